import type { SandboxedProcess } from "../sandbox/types.ts";
import { createAttemptMask } from "./attempt-mask.ts";
import {
  type AttemptPlace,
  type AttemptProcessOptions,
  openPlace,
  toAttemptRequest,
} from "./attempt-process.ts";
import { EventQueue } from "./event-queue.ts";
import type { AttemptOrder, Executor, ExecutorSession } from "./types.ts";

/**
 * The executor without a model: runs a task's run block with bash in its workspace. What the block prints, asks and reports
 * comes as events; its exit code is the result. Nothing is interpolated: the script is a file, all else are variables.
 */
export function createCommandExecutor(options: AttemptProcessOptions): Executor {
  return {
    name: "command",
    refuse: (order) => (order.script === null ? "no run block; an agent is needed" : null),
    start: (order) => startCommand(options, order),
  };
}

async function startCommand(options: AttemptProcessOptions, order: AttemptOrder): Promise<ExecutorSession> {
  const events = new EventQueue(createAttemptMask(options.secrets?.() ?? []));
  const place = await openPlace(options, order, events);
  const argv = ["bash", "-euo", "pipefail", place.files.script] as const;
  try {
    const running = await options.sandbox.start({
      ...toAttemptRequest(options, order, place, { argv, mounts: [], env: {} }),
      onLine: (line) => events.push({ kind: "output", line }),
    });
    events.push({ kind: "started", pid: running.pid, logPath: place.files.log });
    place.waits.follow(running);
    const ended = running.result.then(async (result) => {
      events.push({ kind: "ended", result, failure: null });
      await place.release();
    });
    return toSession(events, place, { running, ended });
  } catch (error) {
    await place.release();
    throw error;
  }
}

interface SessionParts {
  readonly running: SandboxedProcess;
  readonly ended: Promise<void>;
}

function toSession(
  events: EventQueue,
  { door, waits }: AttemptPlace,
  { running, ended }: SessionParts,
): ExecutorSession {
  const end = async (reason: "cancel" | "pause" | "shutdown"): Promise<void> => {
    // Whoever waits for an answer hears that it comes later, before the signal comes.
    door.park();
    await running.terminate(reason);
    await ended;
  };
  return {
    events,
    agent: null,
    async answer(ask, optionId) {
      const isHeard = door.answer(ask, optionId);
      waits.close(ask);
      return isHeard;
    },
    cancel: end,
    close: () => end("shutdown"),
  };
}
