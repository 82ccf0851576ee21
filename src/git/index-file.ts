import { readFile, stat } from "node:fs/promises";
import type { Oid } from "../core/model/ids.ts";

/*
 * Reads git's index format (gitformat-index(5), versions 2 and 3): what osqr's own index says of each file at checkout,
 * so that only files which changed since are read again.
 */

export interface IndexEntry {
  readonly mode: number;
  readonly oid: Oid;
  /** The lower 32 bits, as the format keeps them. */
  readonly size: number;
  readonly inode: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/** `entries` is keyed by path, one character per byte (latin1): file names need not be UTF-8. */
export interface IndexFile {
  readonly entries: ReadonlyMap<string, IndexEntry>;
  readonly writtenAtMs: number;
}

export async function readIndex(path: string, objectFormat: "sha1" | "sha256"): Promise<IndexFile> {
  const bytes = await readFile(path);
  const { mtimeMs } = await stat(path);
  return { entries: parseIndex(bytes, objectFormat === "sha256" ? 32 : 20), writtenAtMs: mtimeMs };
}

const headerBytes = 12;
/** Offset of the object name in an entry. */
const oidAt = 40;

/** @throws Error when it is no index of version 2 or 3. */
export function parseIndex(bytes: Buffer, oidBytes: number): Map<string, IndexEntry> {
  const version = bytes.length < headerBytes ? 0 : bytes.readUInt32BE(4);
  if (bytes.toString("latin1", 0, 4) !== "DIRC" || (version !== 2 && version !== 3)) {
    throw new Error(`expected a git index of version 2 or 3, found version ${version}`);
  }
  const entries = new Map<string, IndexEntry>();
  let at = headerBytes;
  for (let left = bytes.readUInt32BE(8); left > 0; left--) {
    const flags = bytes.readUInt16BE(at + oidAt + oidBytes);
    const isExtended = (flags & 0x4000) !== 0;
    const nameAt = at + oidAt + oidBytes + (isExtended ? 4 : 2);
    const nameEnd = bytes.indexOf(0, nameAt);
    const time = (offset: number) => {
      return bytes.readUInt32BE(at + offset) * 1_000 + bytes.readUInt32BE(at + offset + 4) / 1_000_000;
    };
    entries.set(bytes.toString("latin1", nameAt, nameEnd), {
      ctimeMs: time(0),
      mtimeMs: time(8),
      inode: bytes.readUInt32BE(at + 20),
      mode: bytes.readUInt32BE(at + 24),
      size: bytes.readUInt32BE(at + 36),
      oid: bytes.toString("hex", at + oidAt, at + oidAt + oidBytes),
    });
    // Entries are padded with 1 to 8 NULs to a multiple of 8.
    at += Math.ceil((nameEnd - at + 1) / 8) * 8;
  }
  return entries;
}

export const isLinkMode = (mode: number) => (mode & 0o170000) === 0o120000;
export const isGitlinkMode = (mode: number) => (mode & 0o170000) === 0o160000;
