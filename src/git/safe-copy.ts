import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readlink, realpath, symlink, writeFile } from "node:fs/promises";
import { systemCode } from "./errors.ts";

/*
 * Copies single files out of a tree that somebody hostile may be changing at this moment. The file is opened without
 * following a link and without blocking, and what was opened is compared with what was meant: a folder that was swapped
 * for a link to `~/.ssh` in between gives another real path and is refused. On Linux the check is exact, because the
 * kernel names the path of the open file; elsewhere the path is resolved again, which leaves a moment.
 */

export type CopyOutcome =
  | { readonly kind: "copied" }
  /** It is not there any more. */
  | { readonly kind: "gone" }
  /** It is there and may not be read. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** The bytes of a path below a folder; `path` has one character per byte. */
export function toPathBytes(folder: string, path: string): Buffer {
  return path === ""
    ? Buffer.from(folder)
    : Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, "latin1")]);
}

/** A larger file is not copied: one with holes takes no room in the tree, but all of it in the copy. */
export const fileBytesMax = 1024 ** 3;

const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Copies a regular file to the same path below another folder, with its executable bit.
 * @param tree real path of the tree
 * @param bytesMax a larger file is not read
 */
export async function copyBeneath(
  tree: string,
  path: string,
  folder: string,
  bytesMax = fileBytesMax,
): Promise<CopyOutcome> {
  const source = toPathBytes(tree, path);
  let file: FileHandle;
  try {
    file = await open(source, openFlags);
  } catch (error) {
    return toOutcome(error);
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: "unreadable", reason: "it is no regular file" };
    if (stats.size > bytesMax) return { kind: "unreadable", reason: `it has more than ${bytesMax} bytes` };
    if (!(await isSame(file, source))) return { kind: "unreadable", reason: "its folder was exchanged" };
    const target = toPathBytes(folder, path);
    await makeParent(folder, path);
    await copyContent(file, stats.size, target, (stats.mode & 0o100) === 0 ? 0o600 : 0o700);
    return { kind: "copied" };
  } finally {
    await file.close();
  }
}

/** Copies a symbolic link as such. Resolves to its target too. */
export async function copyLink(
  tree: string,
  path: string,
  folder: string,
): Promise<CopyOutcome & { target?: Buffer }> {
  try {
    const target = await readlink(toPathBytes(tree, path), { encoding: "buffer" });
    await makeParent(folder, path);
    await symlink(target, toPathBytes(folder, path));
    return { kind: "copied", target };
  } catch (error) {
    return toOutcome(error);
  }
}

async function makeParent(folder: string, path: string): Promise<void> {
  const parent = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  await mkdir(toPathBytes(folder, parent), { recursive: true });
}

/** True when the open file is still what its path names. */
async function isSame(file: FileHandle, path: Buffer): Promise<boolean> {
  if (process.platform === "linux") {
    return path.equals(await readlink(`/proc/self/fd/${file.fd}`, { encoding: "buffer" }));
  }
  try {
    return path.equals(await realpath(path, { encoding: "buffer" }));
  } catch {
    return false;
  }
}

const smallBytes = 1024 * 1024;

/** Copies as many bytes as the file had when it was opened: one that grows for ever must not be read for ever. */
async function copyContent(file: FileHandle, size: number, target: Buffer, mode: number): Promise<void> {
  if (size <= smallBytes) return writeFile(target, await readUpTo(file, size, 0), { mode });
  const copy = await open(target, "w", mode);
  try {
    for (let at = 0; at < size; ) {
      const chunk = await readUpTo(file, Math.min(smallBytes, size - at), at);
      if (chunk.length === 0) break;
      await copy.writeFile(chunk);
      at += chunk.length;
    }
  } finally {
    await copy.close();
  }
}

async function readUpTo(file: FileHandle, bytes: number, position: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await file.read(buffer, filled, bytes - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

const goneCodes = new Set(["ENOENT", "ENOTDIR"]);
const unreadable: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "it became a link",
  ENXIO: "it is no regular file",
  EINVAL: "it is no link any more",
  ENAMETOOLONG: "its path is too long",
  EIO: "input/output error",
};

function toOutcome(error: unknown): CopyOutcome {
  const code = systemCode(error) ?? "";
  if (goneCodes.has(code)) return { kind: "gone" };
  const reason = unreadable[code];
  if (reason === undefined) throw error;
  return { kind: "unreadable", reason };
}
