import { type ParsedHandoff, parseHandoff } from "../../core/handoff/shape.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { GitPort } from "../../git/types.ts";
import { toReason } from "../effects/context.ts";
import { HANDOFFS_REF } from "../effects/refs.ts";
import { toJsonPath } from "./place.ts";

/** A disk or git that stumbles once is no reason to hold up the work. */
const READ_TRIES = 3;
/** Bytes of a handoff at the most: what is larger is none. */
const BYTES_MAX = 4 * 1024 ** 2;
/** Files read in one call of git; of more than these the whole ref is listed. */
const AT_ONCE_MAX = 200;
/** Files read beside each other. */
const BESIDE_MAX = 8;

const fail = (fault: string): ParsedHandoff => ({ ok: false, fault });

/** The newest commit of handoffs, null where there is none or none can be read. */
export async function readTip(git: GitPort): Promise<Oid | null> {
  try {
    return await git.readRef(HANDOFFS_REF);
  } catch {
    return null; // Whoever reads from it says what is missing.
  }
}

/** Reads one handoff as it stands in the ref now. Never rejects: what is wrong is the fault. */
export async function readHandoff(git: GitPort, tip: Oid | null, path: string): Promise<ParsedHandoff> {
  if (tip === null) return fail(`${HANDOFFS_REF} is gone`);
  const file = toJsonPath(path);
  let failure = "";
  for (let tries = 0; tries < READ_TRIES; tries += 1) {
    try {
      const text = await git.readFile(tip, file);
      return text === null ? fail(`${HANDOFFS_REF} has no ${file}`) : judge(file, text);
    } catch (error) {
      failure = toReason(error);
    }
  }
  return fail(`${file}: ${failure}`);
}

function judge(file: string, text: string): ParsedHandoff {
  const parsed = parseHandoff(text);
  return parsed.ok ? parsed : fail(`${file}: ${parsed.fault}`);
}

/** As `readHandoff` for many: one look at the ref says what it lacks, and few calls of git read the rest where nothing is damaged. */
export async function readHandoffs(
  git: GitPort,
  tip: Oid | null,
  paths: readonly string[],
): Promise<ReadonlyMap<string, ParsedHandoff>> {
  const found = new Map<string, ParsedHandoff>();
  const listed = tip === null ? null : await listOids(git, tip, paths);
  const present: string[] = [];
  for (const path of paths) {
    if (listed === null || listed.has(toJsonPath(path))) present.push(path);
    else found.set(path, fail(`${HANDOFFS_REF} has no ${toJsonPath(path)}`));
  }
  for (let at = 0; at < present.length; at += AT_ONCE_MAX)
    await readTogether(git, listed ?? new Map(), present.slice(at, at + AT_ONCE_MAX), found);
  const left = present.filter((path) => !found.has(path));
  for (let at = 0; at < left.length; at += BESIDE_MAX) {
    const some = left.slice(at, at + BESIDE_MAX);
    const read = await Promise.all(some.map((path) => readHandoff(git, tip, path)));
    some.forEach((path, index) => {
      found.set(path, read[index] ?? fail("not read"));
    });
  }
  return new Map(paths.map((path) => [path, found.get(path) ?? fail("not read")]));
}

/** The objects of the files that are there; null where the ref cannot be listed: then each file is looked at by itself. */
async function listOids(
  git: GitPort,
  tip: Oid,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Oid> | null> {
  try {
    const files = await git.listFiles(tip, paths.length > AT_ONCE_MAX ? undefined : paths.map(toJsonPath));
    return new Map(files.map(({ path, oid }) => [path, oid]));
  } catch {
    return null;
  }
}

/** Leaves out all of them where one is damaged, and what is too large: each is looked at by itself then. */
async function readTogether(
  git: GitPort,
  listed: ReadonlyMap<string, Oid>,
  paths: readonly string[],
  found: Map<string, ParsedHandoff>,
): Promise<void> {
  const files = paths.flatMap((path) => {
    const oid = listed.get(toJsonPath(path));
    return oid === undefined ? [] : [{ path, oid }];
  });
  try {
    const oids = files.map(({ oid }) => oid);
    const blobs = await git.readBlobs(oids, BYTES_MAX);
    files.forEach(({ path }, at) => {
      const blob = blobs[at];
      if (blob != null) found.set(path, judge(toJsonPath(path), blob.toString("utf8")));
    });
  } catch {
    // Whoever reads them one by one says which it is.
  }
}
