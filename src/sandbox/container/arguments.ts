import { OsqrError } from "../../core/errors.ts";
import { SHM_BYTES_MAX, TMP_BYTES_MAX } from "../memory-files.ts";
import type { Mount } from "../types.ts";
import type { UserIds } from "../user-files.ts";
import type { EngineKind } from "./engine.ts";
import { WRAPPER } from "./wrapper.ts";

/** Labels by which containers are found again. */
export const HOME_LABEL = "osqr.home";
export const NAME_LABEL = "osqr.label";

/** What a container is made from. Values of variables and the command are not part of it: they go in by stdin. */
export interface ContainerSpec {
  readonly kind: EngineKind;
  /** podman without root: its user inside is made the operator, so that files belong to the operator. */
  readonly isRootless: boolean;
  readonly name: string;
  readonly homeId: string;
  readonly label: string;
  /** Id of the image: a name could mean another one by now. */
  readonly image: string;
  readonly user: UserIds;
  readonly network: "off" | "open";
  readonly mounts: readonly Mount[];
  readonly cwd: string;
  /** Tasks (threads too) that the engine's control group allows. */
  readonly tasksMax: number;
  /** Limit of the kernel on open files; null: the engine's. */
  readonly filesMax: number | null;
  /** Limit of the kernel on tasks of the user; null: the engine's. */
  readonly userTasksMax: number | null;
  readonly diskBytesMax: number;
  readonly memoryBytes: number | null;
  readonly cpus: number | null;
  readonly mark: string;
  readonly nonce: string;
  readonly stdio: "log" | "pipes";
}

/** Arguments of the client for one container that is gone when its command ends. Pure. */
export function toRunArguments(spec: ContainerSpec): string[] {
  return [
    ...["run", "--rm", "--interactive", "--pull=never", "--sig-proxy=false", "--log-driver=none"],
    ...["--name", spec.name, "--hostname", "osqr", "--workdir", "/", "--no-healthcheck"],
    ...["--label", `${HOME_LABEL}=${spec.homeId}`, "--label", `${NAME_LABEL}=${spec.label}`],
    ...toWallArguments(spec),
    ...toLimitArguments(spec),
    ...toMountArguments(spec.mounts),
    ...["--entrypoint", "/usr/bin/env", spec.image],
    ...["-i", `OSQR_SANDBOX=${spec.mark}`, "/bin/sh", "-c", WRAPPER, "osqr"],
    ...[spec.nonce, spec.cwd, toBlocks(spec.diskBytesMax), spec.stdio],
  ];
}

function toWallArguments(spec: ContainerSpec): string[] {
  const { uid, gid } = spec.user;
  const isPodman = spec.kind === "podman";
  return [
    ...["--cap-drop=ALL", "--security-opt=no-new-privileges"],
    // Mounts keep the labels that they have on the machine: SELinux would let nobody in.
    ...["--security-opt=label=disable", "--read-only", "--ipc=private"],
    ...(spec.network === "off" ? ["--network=none"] : []),
    ...(isPodman ? ["--read-only-tmpfs=false", "--http-proxy=false", "--passwd=false"] : []),
    ...(isPodman && spec.isRootless ? ["--userns=keep-id"] : []),
    ...(isPodman ? [] : ["--userns=host"]),
    ...["--user", `${uid}:${gid}`],
  ];
}

function toLimitArguments(spec: ContainerSpec): string[] {
  const { diskBytesMax, filesMax, userTasksMax, memoryBytes, cpus } = spec;
  const tmpBytes = Math.max(1 << 20, Math.floor(Math.min(diskBytesMax, TMP_BYTES_MAX)));
  const shmBytes = Math.max(1 << 20, Math.floor(Math.min(diskBytesMax, SHM_BYTES_MAX)));
  const tmpfs = (target: string): string =>
    `--tmpfs=${target}:rw,exec,nosuid,nodev,mode=1777,size=${tmpBytes}`;
  return [
    ...[tmpfs("/tmp"), tmpfs("/var/tmp"), `--shm-size=${shmBytes}b`],
    ...[`--pids-limit=${spec.tasksMax}`, "--oom-score-adj=500", "--stop-signal=KILL", "--stop-timeout=0"],
    ...(filesMax === null ? [] : [`--ulimit=nofile=${filesMax}:${filesMax}`]),
    ...(userTasksMax === null ? [] : [`--ulimit=nproc=${userTasksMax}:${userTasksMax}`]),
    ...(memoryBytes === null ? [] : [`--memory=${memoryBytes}b`, `--memory-swap=${memoryBytes}b`]),
    ...(cpus === null ? [] : [`--cpus=${cpus}`]),
  ];
}

/** Outer mounts first; of two with one target the last counts. @throws OsqrError `sandbox_mount_refused` */
function toMountArguments(mounts: readonly Mount[]): string[] {
  const byTarget = new Map(mounts.map((mount) => [mount.target, mount]));
  return [...byTarget.values()]
    .toSorted((a, b) => a.target.length - b.target.length)
    .flatMap(({ source, target, mode }) => [
      "--mount",
      [
        "type=bind",
        toField(`src=${source}`),
        toField(`dst=${target}`),
        ...(mode === "read" ? ["readonly"] : []),
      ].join(","),
    ]);
}

/** A field of a line of comma-separated values, as engines read it. */
function toField(text: string): string {
  if (/[\n\r\0]/.test(text)) {
    throw new OsqrError(
      "sandbox_mount_refused",
      `${JSON.stringify(text.slice(4))} cannot be mounted: the path has a line break`,
      { hints: ["rename the folder"] },
    );
  }
  return /[,"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One block above the limit, so that a single file that hits it is also seen to be above it. */
function toBlocks(diskBytesMax: number): string {
  return String(Math.ceil(diskBytesMax / 512) + 1);
}
