import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { OsqrError } from "../core/errors.ts";
import {
  type BubblewrapFeatures,
  toClosingArguments,
  toMountArguments,
  toUserFiles,
  toWallArguments,
} from "./bubblewrap-arguments.ts";
import { BUBBLEWRAP_INPUTS, FIRST_INPUT_FD } from "./descriptors.ts";
import { cleanEnvironment, createMark, MARK_NAME, toHomeId } from "./environment.ts";
import { trackProcess } from "./process.ts";
import { type Launch, startProcess, wrapCommand } from "./start.ts";
import { endLeftovers } from "./terminate/leftovers.ts";
import type { Mount, Sandbox, SandboxRequest } from "./types.ts";

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
      checkTargets(request);
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
  const users = toUserFiles(features, env.HOME ?? "/tmp");
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

/**
 * A mount inside a writable one must not go through a link that an earlier process put there: bubblewrap would make
 * folders wherever the link points to.
 *
 * @throws OsqrError `sandbox_mount_refused`
 */
function checkTargets(request: SandboxRequest): void {
  const writable = request.mounts.filter((mount) => mount.mode === "write");
  for (const mount of request.mounts) {
    const outer = writable.find((other) => mount.target.startsWith(`${other.target}/`));
    const link = outer === undefined ? null : findLink(mount, outer);
    if (link === null) continue;
    throw new OsqrError(
      "sandbox_mount_refused",
      `${request.label}: ${mount.target} cannot be mounted: ${link} is a link, expected a folder or nothing`,
      { hints: [`remove the link: rm '${link}'`] },
    );
  }
}

function findLink(mount: Mount, outer: Mount): string | null {
  let path = `${outer.source}${mount.target.slice(outer.target.length)}`;
  for (; path.length > outer.source.length; path = dirname(path)) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return path;
  }
  return null;
}
