import { cleanEnvironment, parseMark, toCageName } from "../environment.ts";
import { toTasksMax } from "../start.ts";
import type { SandboxRequest } from "../types.ts";
import { toRunArguments } from "./arguments.ts";
import type { Engine } from "./engine.ts";
import type { ContainerFeatures } from "./features.ts";
import { toHeader } from "./wrapper.ts";

/** How a container is started. */
export interface ContainerLaunch {
  readonly engine: Engine;
  readonly name: string;
  readonly args: readonly string[];
  /** The word that says that it stands. */
  readonly word: string;
  /** Variables and command, for stdin. */
  readonly header: string;
  readonly mark: string;
  /** @default 60_000 */
  readonly startMs?: number;
}

/** What differs from start to start. */
export interface LaunchParts {
  readonly mark: string;
  readonly word: string;
  readonly filesMax: number | null;
  readonly userTasksMax: number | null;
}

/** A request as an engine gets it. Pure. @throws OsqrError `sandbox_mount_refused` */
export function toLaunch(
  features: ContainerFeatures,
  request: SandboxRequest,
  { mark, word, filesMax, userTasksMax }: LaunchParts,
): ContainerLaunch {
  const { homeId = "", nonce = "" } = parseMark(mark) ?? {};
  const { engine, image, user, isRootless, setting } = features;
  const name = toCageName(homeId, nonce);
  const args = toRunArguments({
    kind: engine.kind,
    isRootless,
    name,
    homeId,
    label: request.label,
    image,
    user,
    network: request.network,
    mounts: request.mounts,
    cwd: request.cwd,
    tasksMax: toTasksMax(request),
    filesMax,
    userTasksMax,
    diskBytesMax: request.limits.diskBytesMax,
    memoryBytes: setting.memoryBytes,
    cpus: setting.cpus,
    mark,
    nonce: word,
    stdio: request.stdio ?? "log",
  });
  return {
    engine,
    name,
    args,
    word,
    header: toHeader(cleanEnvironment(request.env), request.argv, word),
    mark,
  };
}
