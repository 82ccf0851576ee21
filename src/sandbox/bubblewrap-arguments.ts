import { INFO_FD } from "./descriptors.ts";
import { SHM_BYTES_MAX, TMP_BYTES_MAX } from "./memory-files.ts";
import { toSystemArguments } from "./system-view.ts";
import type { Mount } from "./types.ts";
import type { UserIds } from "./user-files.ts";

/** What the bubblewrap of this machine can do; the probe tells. */
export interface BubblewrapFeatures {
  readonly path: string;
  /** A user namespace can be made. Without one only root can use bubblewrap. */
  readonly userNamespace: boolean;
  /** `--size` is known (0.7 and later): memory file systems can be bounded. */
  readonly sizedTmpfs: boolean;
}

/** User and group that a process of root has inside: programs behave like for any user (`tar` keeps no owners). */
const INSIDE_ID = 1000;

/** Arguments that make the walls: namespaces, no capabilities, the system read-only, memory for `/tmp`. */
export function toWallArguments(
  features: BubblewrapFeatures,
  options: { readonly network: "off" | "open"; readonly tmpBytesMax: number },
): string[] {
  const tmpfs = (target: string, bytes: number, mode: string): string[] => [
    "--perms",
    mode,
    ...(features.sizedTmpfs ? ["--size", String(Math.max(1 << 20, Math.floor(bytes)))] : []),
    "--tmpfs",
    target,
  ];
  return [
    ...["--die-with-parent", "--new-session", "--cap-drop", "ALL"],
    ...["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
    ...toUserArguments(features),
    ...(options.network === "off" ? ["--unshare-net"] : []),
    ...toSystemArguments(options.network),
    ...["--proc", "/proc", "--dev", "/dev"],
    ...tmpfs("/dev/shm", Math.min(options.tmpBytesMax, SHM_BYTES_MAX), "1777"),
    ...["--remount-ro", "/dev"],
    ...tmpfs("/tmp", Math.min(options.tmpBytesMax, TMP_BYTES_MAX), "1777"),
    ...["--symlink", "../tmp", "/var/tmp"],
  ];
}

/** Arguments for the mounts, outer ones first, so that a mount inside another is not hidden by it. */
export function toMountArguments(mounts: readonly Mount[]): string[] {
  const ordered = mounts.toSorted((a, b) => a.target.length - b.target.length);
  return ordered.flatMap((mount) => [
    mount.mode === "write" ? "--bind" : "--ro-bind",
    mount.source,
    mount.target,
  ]);
}

/** Arguments that read user and group names from two descriptors, and make all that is left read-only. */
export function toClosingArguments(cwd: string, passwdFd: number, groupFd: number): string[] {
  return [
    ...["--ro-bind-data", String(passwdFd), "/etc/passwd"],
    ...["--ro-bind-data", String(groupFd), "/etc/group"],
    ...["--remount-ro", "/", "--chdir", cwd, "--info-fd", String(INFO_FD)],
  ];
}

function toUserArguments(features: BubblewrapFeatures): string[] {
  if (!features.userNamespace) return [];
  const { uid, gid } = toInsideIds(features);
  return ["--unshare-user", "--uid", String(uid), "--gid", String(gid)];
}

/** Who a process is inside. */
export function toInsideIds(features: BubblewrapFeatures): UserIds {
  const uid = process.getuid?.() ?? INSIDE_ID;
  const gid = process.getgid?.() ?? INSIDE_ID;
  if (!features.userNamespace) return { uid, gid };
  return { uid: uid === 0 ? INSIDE_ID : uid, gid: gid === 0 ? INSIDE_ID : gid };
}
