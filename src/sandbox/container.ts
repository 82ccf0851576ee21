import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { OsqrError } from "../core/errors.ts";
import { HOME_LABEL, NAME_LABEL } from "./container/arguments.ts";
import { callEngine, type Engine } from "./container/engine.ts";
import type { ContainerFeatures } from "./container/features.ts";
import { toLaunch } from "./container/launch.ts";
import { removeContainer } from "./container/remains.ts";
import { startContainer } from "./container/start.ts";
import { createMark, parseMark, toCageName, toHomeId } from "./environment.ts";
import { checkMountTargets } from "./mount-targets.ts";
import { trackProcess } from "./process.ts";
import { toTasksMax } from "./start.ts";
import { endLeftovers } from "./terminate/leftovers.ts";
import { countTasks } from "./terminate/process-table.ts";
import type { Mount, Sandbox, SandboxedProcess, SandboxRequest } from "./types.ts";
import { toUserFiles } from "./user-files.ts";

/**
 * Level `container`: a container of podman or docker from an image that the operator names. The image is all of the system that is
 * there inside; beside it only what is mounted. The daemon knows its processes by the process table, the engine by a label.
 */
export function createContainerSandbox(options: {
  readonly homeFolder: string;
  readonly features: ContainerFeatures;
  /** How long a start may take. @default 60_000 */
  readonly startMs?: number;
}): Sandbox {
  const { features, startMs } = options;
  const homeId = toHomeId(options.homeFolder);
  const running = new Set<string>();
  return {
    level: "container",
    async start(asked) {
      const request = { ...asked, mounts: asked.mounts.filter((mount) => mount.source !== features.node) };
      checkMountTargets(request);
      makeMountPoints(request);
      const mark = createMark(homeId, request.label);
      return trackProcess(running, mark, startOne(features, request, mark, startMs));
    },
    async reap() {
      const labels = await removeLeftovers(features.engine, homeId, running);
      // Processes carry a mark too: they end also where the engine does not answer.
      return [...new Set([...labels, ...(await endLeftovers(homeId, running))])].sort();
    },
  };
}

async function startOne(
  features: ContainerFeatures,
  request: SandboxRequest,
  mark: string,
  startMs: number | undefined,
): Promise<SandboxedProcess> {
  const users = writeUserFiles(features, request);
  try {
    const full = { ...request, mounts: [...request.mounts, ...users.mounts] };
    const word = `osqr-${randomBytes(16).toString("hex")}`;
    const launch = toLaunch(features, full, { mark, word, ...readOwnLimits(request) });
    const started = await startContainer(request, startMs === undefined ? launch : { ...launch, startMs });
    void started.result.finally(users.remove);
    return started;
  } catch (error) {
    users.remove();
    throw error;
  }
}

/** Limits that this process could give its own children: engines ask the kernel for more, and fail where that is not allowed. */
function readOwnLimits(request: SandboxRequest): { filesMax: number | null; userTasksMax: number | null } {
  const text = readText("/proc/self/limits");
  const hardOf = (name: string): number | null => {
    const found = new RegExp(`^${name} +\\S+ +(\\d+)`, "m").exec(text)?.[1];
    return found === undefined ? null : Number(found);
  };
  const tasks = (countTasks() ?? 0) + toTasksMax(request);
  const hardTasks = hardOf("Max processes");
  return {
    filesMax: hardOf("Max open files"),
    userTasksMax: hardTasks === null ? null : Math.min(hardTasks, tasks),
  };
}

/** Places of mounts inside writable ones are made here: an engine would make them as another user. */
function makeMountPoints({ mounts }: SandboxRequest): void {
  const writable = mounts.filter((mount) => mount.mode === "write");
  for (const mount of mounts) {
    const outer = writable
      .filter((other) => mount.target.startsWith(`${other.target}/`))
      .toSorted((a, b) => b.target.length - a.target.length)[0];
    if (outer === undefined) continue;
    const place = `${outer.source}${mount.target.slice(outer.target.length)}`;
    const isFolder = statSync(mount.source, { throwIfNoEntry: false })?.isDirectory() ?? true;
    mkdirSync(isFolder ? place : dirname(place), { recursive: true });
    if (!isFolder && statSync(place, { throwIfNoEntry: false }) === undefined) writeFileSync(place, "");
  }
}

/** The names of the users inside, in files beside the log: an engine gives a user of the operator's number none. */
function writeUserFiles(
  { user }: ContainerFeatures,
  request: SandboxRequest,
): { readonly mounts: readonly Mount[]; remove(): void } {
  const files = toUserFiles(user, request.env.HOME ?? "/tmp");
  mkdirSync(dirname(request.logPath), { recursive: true });
  const mounts = Object.entries(files).map(([name, text]): Mount => {
    const source = `${request.logPath}.${name}`;
    try {
      writeFileSync(source, text, { mode: 0o644 });
    } catch (error) {
      throw new OsqrError("sandbox_start_failed", `${request.label}: ${source} cannot be written`, {
        cause: error,
      });
    }
    return { source, target: `/etc/${name}`, mode: "read" };
  });
  return {
    mounts,
    remove() {
      for (const { source } of mounts) rmSync(source, { force: true });
    },
  };
}

/** Removes containers of this home that this daemon does not run. Resolves to the labels of what they ran. */
async function removeLeftovers(
  engine: Engine,
  homeId: string,
  running: ReadonlySet<string>,
): Promise<readonly string[]> {
  const own = new Set([...running].map((mark) => toCageName(homeId, parseMark(mark)?.nonce ?? "")));
  const filter = `label=${HOME_LABEL}=${homeId}`;
  const listed = await callEngine(engine, ["ps", "--all", "--filter", filter, "--format", "{{.Names}}"]);
  const labels: string[] = [];
  for (const name of listed.stdout.split("\n").filter((line) => line !== "" && !own.has(line))) {
    const format = `{{index .Config.Labels "${NAME_LABEL}"}}`;
    const { stdout } = await callEngine(engine, ["container", "inspect", "--format", format, name]);
    labels.push(stdout.trim() || name);
    await removeContainer(engine, name);
  }
  return labels;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // No /proc: not Linux.
  }
}
