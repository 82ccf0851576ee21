import {
  type BubblewrapFeatures,
  toClosingArguments,
  toInsideIds,
  toMountArguments,
  toWallArguments,
} from "./bubblewrap-arguments.ts";
import { BUBBLEWRAP_INPUTS, FIRST_INPUT_FD } from "./descriptors.ts";
import { cleanEnvironment, createMark, MARK_NAME, toHomeId } from "./environment.ts";
import { checkMountTargets } from "./mount-targets.ts";
import { trackProcess } from "./process.ts";
import { type Launch, startProcess, wrapCommand } from "./start.ts";
import { endLeftovers } from "./terminate/leftovers.ts";
import type { Sandbox, SandboxRequest } from "./types.ts";
import { toUserFiles } from "./user-files.ts";

/** The pid namespace holds every descendant; looking only counts them. */
const MEMBERS_PAUSE_MS = 2_000;

/**
 * Level `bubblewrap`: namespaces of its own for processes, users, IPC and (where off) the network; only what is mounted
 * is there; no process outlives the first one inside, and that one dies with the daemon.
 */
export function createBubblewrapSandbox(options: {
  readonly homeFolder: string;
  readonly features: BubblewrapFeatures;
}): Sandbox {
  const homeId = toHomeId(options.homeFolder);
  const running = new Set<string>();
  return {
    level: "bubblewrap",
    async start(request) {
      checkMountTargets(request);
      const mark = createMark(homeId, request.label);
      return trackProcess(
        running,
        mark,
        startProcess(request, toLaunch(options.features, request, mark), mark),
      );
    },
    reap: () => endLeftovers(homeId, running),
  };
}

function toLaunch(features: BubblewrapFeatures, request: SandboxRequest, mark: string): Launch {
  const env = cleanEnvironment(request.env);
  const users = toUserFiles(toInsideIds(features), env.HOME ?? "/tmp");
  const tmpBytesMax = request.limits.diskBytesMax;
  // Mounts go by descriptor: the paths of the host are nobody's business inside, and they may be many.
  const args = [
    ...toWallArguments(features, { network: request.network, tmpBytesMax }),
    ...toMountArguments(request.mounts),
    ...toClosingArguments(request.cwd, FIRST_INPUT_FD + 1, FIRST_INPUT_FD + 2),
  ];
  return {
    argv: [features.path, "--args", String(FIRST_INPUT_FD), "--", ...wrapCommand(request, BUBBLEWRAP_INPUTS)],
    cwd: "/",
    env: { ...env, [MARK_NAME]: mark },
    inputs: [args.map((arg) => `${arg}\0`).join(""), users.passwd, users.group],
    membersPauseMs: MEMBERS_PAUSE_MS,
  };
}
