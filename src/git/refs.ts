import type { Oid } from "../core/model/ids.ts";
import { GitError } from "./errors.ts";
import { checkBranchName, checkOid, checkOsqrRef, checkRef } from "./names.ts";
import type { Repository } from "./repository.ts";
import { readLine } from "./run.ts";

/*
 * Refs of the project's repository. They are written under compare-and-set, in `refs/osqr/` by `updateRef`, and on the
 * base branch by `moveBranch` alone.
 */

export async function listRefs(repository: Repository, prefix: string): Promise<{ ref: string; oid: Oid }[]> {
  // git matches whole parts of a name; the rest of the prefix is compared here.
  const folder = prefix.slice(0, prefix.lastIndexOf("/"));
  if (folder !== "refs") checkRef(folder);
  return (await askRefs(repository, [folder])).filter(({ ref }) => ref.startsWith(prefix));
}

async function askRefs(
  { project }: Repository,
  patterns: readonly string[],
): Promise<{ ref: string; oid: Oid }[]> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", ...patterns];
  const lines = (await readLine(project, { args })).split("\n").filter((line) => line !== "");
  return lines.map((line) => ({
    oid: line.slice(0, line.indexOf(" ")),
    ref: line.slice(line.indexOf(" ") + 1),
  }));
}

/** The objects that refs hold, in the order asked; null where there is no such ref. */
export async function readRefs(repository: Repository, refs: readonly string[]): Promise<(Oid | null)[]> {
  const found = await askRefs(repository, refs.map(checkRef));
  return refs.map((asked) => found.find(({ ref }) => ref === asked)?.oid ?? null);
}

export async function readRef(repository: Repository, ref: string): Promise<Oid | null> {
  return (await readRefs(repository, [ref]))[0] ?? null;
}

const absent: Record<Repository["objectFormat"], Oid> = { sha1: "0".repeat(40), sha256: "0".repeat(64) };

/** Compare-and-set of any ref; resolves false when the ref is not at `expected` (null: absent). */
async function setRef(
  repository: Repository,
  ref: string,
  next: Oid,
  expected: Oid | null,
  extra: readonly string[],
): Promise<boolean> {
  const old = expected === null ? absent[repository.objectFormat] : checkOid(expected);
  const args = ["update-ref", ...extra, ref, checkOid(next), old];
  try {
    await repository.project({ args });
    return true;
  } catch (error) {
    // Another value than expected is an answer; a lock that stays, a full disk or a missing object is a failure.
    if (error instanceof GitError && (await readRef(repository, ref)) !== expected) return false;
    throw error;
  }
}

export async function updateRef(
  repository: Repository,
  ref: string,
  next: Oid,
  expected: Oid | null,
): Promise<boolean> {
  return setRef(repository, checkOsqrRef(ref), next, expected, ["--no-deref"]);
}

/** Moves a branch by compare-and-set. The caller has made sure that no work tree has it checked out. */
export async function moveBranch(
  repository: Repository,
  branch: string,
  next: Oid,
  expected: Oid,
): Promise<boolean> {
  const ref = `refs/heads/${checkBranchName(branch)}`;
  return setRef(repository, ref, next, expected, ["-m", "osqr: fast-forward"]);
}

/** Deletes a ref of osqr, wherever it is or only at `expected`; a missing one is fine. */
export async function deleteRef(repository: Repository, ref: string, expected?: Oid): Promise<void> {
  checkOsqrRef(ref);
  const old = expected === undefined ? [] : [checkOid(expected)];
  try {
    await repository.project({ args: ["update-ref", "--no-deref", "-d", ref, ...old] });
  } catch (error) {
    const at = await readRef(repository, ref);
    if (error instanceof GitError && (at === null || (expected !== undefined && at !== expected))) return;
    throw error;
  }
}
