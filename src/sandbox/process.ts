import { cleanEnvironment, createMark, MARK_NAME, toHomeId } from "./environment.ts";
import { type Launch, startProcess, wrapCommand } from "./start.ts";
import { endLeftovers } from "./terminate/leftovers.ts";
import type { Sandbox, SandboxedProcess, SandboxRequest } from "./types.ts";

/** Descendants that leave their session are found by looking only: often. */
const MEMBERS_PAUSE_MS = 400;

/**
 * Level `process`: a clean environment, a session of its own and the limits, and nothing else. What it runs sees the
 * network and may write where the user may. It is said loudly wherever it is in force.
 */
export function createProcessSandbox(options: { readonly homeFolder: string }): Sandbox {
  const homeId = toHomeId(options.homeFolder);
  const running = new Set<string>();
  return {
    level: "process",
    async start(request) {
      const mark = createMark(homeId, request.label);
      return trackProcess(running, mark, startProcess(request, toLaunch(request, mark), mark));
    },
    reap: () => endLeftovers(homeId, running),
  };
}

/** Keeps the mark in `running` while the process lives, so that `reap` does not take it for a leftover. */
export async function trackProcess(
  running: Set<string>,
  mark: string,
  start: Promise<SandboxedProcess>,
): Promise<SandboxedProcess> {
  running.add(mark);
  try {
    const started = await start;
    void started.result.finally(() => running.delete(mark));
    return started;
  } catch (error) {
    running.delete(mark);
    throw error;
  }
}

function toLaunch(request: SandboxRequest, mark: string): Launch {
  return {
    argv: wrapCommand(request, 0),
    cwd: request.cwd,
    env: { ...cleanEnvironment(request.env), [MARK_NAME]: mark },
    inputs: [],
    membersPauseMs: MEMBERS_PAUSE_MS,
  };
}
