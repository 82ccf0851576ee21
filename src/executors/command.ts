import type { TaskId } from "../core/model/ids.ts";
import { type Door, openDoor } from "../sandbox/door.ts";
import type { Toolchains } from "../sandbox/toolchains.ts";
import type { Mount, Sandbox, SandboxedProcess, SandboxLimits, SandboxRequest } from "../sandbox/types.ts";
import { type AttemptFolder, prepareAttemptFolder } from "./attempt-folder.ts";
import { EventQueue } from "./event-queue.ts";
import { type PortReservation, reservePorts } from "./ports.ts";
import type { AttemptOrder, Executor, ExecutorSession } from "./types.ts";

/** Ports that each attempt gets: `$OSQR_PORT_1` to `$OSQR_PORT_3`. */
const PORTS_COUNT = 3;

export interface CommandExecutorOptions {
  readonly sandbox: Sandbox;
  /** The operator's programs, as `resolveToolchains` found them. */
  readonly toolchains: Toolchains;
  /** Node binary that runs `osqr-ask`: the daemon's own, `process.execPath`. */
  readonly node: string;
  /** The time limit is each order's own. */
  readonly limits: Omit<SandboxLimits, "timeoutMs">;
}

/**
 * The executor without a model: runs a task's run block with bash in its workspace. What the block prints, asks and reports
 * comes as events; its exit code is the result. Nothing is interpolated: the script is a file, all else are variables.
 */
export function createCommandExecutor(options: CommandExecutorOptions): Executor {
  return {
    name: "command",
    refuse: (order) => (order.script === null ? "no run block; an agent is needed" : null),
    start: (order) => startCommand(options, order),
  };
}

async function startCommand(options: CommandExecutorOptions, order: AttemptOrder): Promise<ExecutorSession> {
  const events = new EventQueue();
  const files = await prepareAttemptFolder({
    folder: order.folder,
    script: order.script ?? "",
    briefing: order.briefing,
    node: options.node,
  });
  const ports = await reservePorts(PORTS_COUNT);
  const asks = new OpenAsks();
  const door = await openDoor({
    folder: order.folder,
    onAsk: (ask, question) => {
      asks.open(ask);
      events.push({ kind: "asked", ask, question });
    },
    onProgress: (text) => events.push({ kind: "progress", text }),
  });
  const clean = async (): Promise<void> => {
    ports.release();
    await door.close();
  };
  try {
    const running = await options.sandbox.start({
      ...toRequest(options, order, { files, door, ports }),
      onLine: (line) => events.push({ kind: "output", line }),
    });
    events.push({ kind: "started", pid: running.pid, logPath: files.log });
    asks.follow(running);
    const ended = running.result.then(async (result) => {
      events.push({ kind: "ended", result, failure: null });
      await clean();
    });
    return toSession(events, { door, asks, running, ended });
  } catch (error) {
    await clean();
    throw error;
  }
}

/** Open questions of a process: its time stands still while there is one. */
class OpenAsks {
  readonly #asks = new Set<string>();
  #running: SandboxedProcess | null = null;

  follow(running: SandboxedProcess): void {
    this.#running = running;
    this.#tell();
  }

  open(ask: string): void {
    this.#asks.add(ask);
    this.#tell();
  }

  close(ask: string): void {
    this.#asks.delete(ask);
    this.#tell();
  }

  #tell(): void {
    this.#running?.setWaiting(this.#asks.size > 0);
  }
}

interface SessionParts {
  readonly door: Door;
  readonly asks: OpenAsks;
  readonly running: SandboxedProcess;
  readonly ended: Promise<void>;
}

function toSession(events: EventQueue, { door, asks, running, ended }: SessionParts): ExecutorSession {
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
      door.answer(ask, optionId);
      asks.close(ask);
    },
    cancel: end,
    close: () => end("shutdown"),
  };
}

interface AttemptParts {
  readonly files: AttemptFolder;
  readonly door: Door;
  readonly ports: PortReservation;
}

function toRequest(
  options: CommandExecutorOptions,
  order: AttemptOrder,
  parts: AttemptParts,
): SandboxRequest {
  const { files, door } = parts;
  const { workspace } = order;
  const read = (path: string): Mount => ({ source: path, target: path, mode: "read" });
  const write = (path: string): Mount => ({ source: path, target: path, mode: "write" });
  return {
    label: order.attempt,
    argv: ["bash", "-euo", "pipefail", files.script],
    cwd: workspace.tree,
    env: toEnvironment(options, order, parts),
    mounts: [
      ...options.toolchains.mounts,
      ...[workspace.gitDir, ...workspace.objectStores].map(read),
      ...[files.script, files.briefing].map(read),
      ...files.ask.mounts,
      ...[workspace.tree, files.home, door.path].map(write),
      ...order.mounts,
    ],
    network: order.network,
    limits: { ...options.limits, timeoutMs: order.timeoutMs },
    logPath: files.log,
  };
}

/** The order's own variables come first: none of them can replace osqr's. Its PATH goes before the toolchains'. */
function toEnvironment(
  options: CommandExecutorOptions,
  order: AttemptOrder,
  { files, door, ports }: AttemptParts,
): Record<string, string> {
  const { PATH: ownPath, ...own } = order.env;
  const path = [files.ask.folder, ownPath ?? "", options.toolchains.path].filter((part) => part !== "");
  return {
    ...options.toolchains.env,
    ...own,
    HOME: files.home,
    PATH: path.join(":"),
    LANG: "C.UTF-8",
    TMPDIR: files.temporary,
    CI: "true",
    OSQR_BRIEFING: files.briefing,
    OSQR_DOOR: door.path,
    ...Object.fromEntries(ports.ports.map((port, index) => [`OSQR_PORT_${index + 1}`, String(port)])),
    ...toTaskVariables(order),
  };
}

/** What every command that runs for a task can read: whose it is, and what was answered. */
export function toTaskVariables({
  task,
  attempt,
  answers,
}: Pick<AttemptOrder, "task" | "attempt" | "answers">): Record<string, string> {
  return {
    OSQR_TASK: toShortName(task),
    OSQR_ATTEMPT: attempt,
    OSQR_WORKSTREAM: toWorkstream(task),
    ...Object.fromEntries(Object.entries(answers).map(([key, option]) => [toAnswerName(key), option])),
  };
}

/** The variable that holds the answer to a question. */
export function toAnswerName(key: string): string {
  return `OSQR_ANSWER_${key.toUpperCase().replace(/[^A-Z0-9_]/g, "_")}`;
}

/** Names for people: without the project, which stands before the first slash. */
function toShortName(task: TaskId): string {
  return task.slice(task.indexOf("/") + 1);
}

/** A task's id is `<project>/<workstream>#<task key>`; keys hold no `#`. */
function toWorkstream(task: TaskId): string {
  const name = toShortName(task);
  return name.slice(0, name.lastIndexOf("#"));
}
