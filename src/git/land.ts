import type { Oid } from "../core/model/ids.ts";
import { readBranch, readLaterTime } from "./base.ts";
import {
  type Checkout,
  fastForward,
  findCheckouts,
  findInTheWay,
  findUnfinished,
  moveFiles,
} from "./checkouts.ts";
import { GitError } from "./errors.ts";
import { mergeCommits, writeCommit } from "./merge.ts";
import { checkBranchName, checkOid, showPath } from "./names.ts";
import { isAncestor } from "./read.ts";
import { deleteRef, moveBranch, readRef, readRefs, updateRef } from "./refs.ts";
import type { Repository } from "./repository.ts";
import type { Landing } from "./types.ts";

/*
 * How work reaches the base branch. `refs/osqr/landed/<base>` says where the base has to go; it is set first and deleted
 * when the branch is there. So it exists only while something is on its way or held, whoever finds it can finish it, and
 * a branch that the user moves back afterwards stays where the user put it.
 *
 *   landed ref          branch                      means
 *   absent, or held by the branch                   nothing is on its way
 *   ahead               an ancestor of it           held: new work starts from the landed ref
 *   apart               has commits that it lacks   diverged: `findEffectiveBase` merges both in memory
 */

const landedRef = (base: string) => `refs/osqr/landed/${base}`;

interface BaseState {
  readonly tip: Oid;
  readonly landed: Oid | null;
  /** Where new work starts; null: diverged. */
  readonly effective: Oid | null;
}

async function readState(repository: Repository, base: string): Promise<BaseState> {
  const { tip, landed } = await readTips(repository, base);
  if (landed === null || (await isAncestor(repository, landed, tip))) return { tip, landed, effective: tip };
  return { tip, landed, effective: (await isAncestor(repository, tip, landed)) ? landed : null };
}

/** Both refs, read in one go. */
async function readTips(repository: Repository, base: string): Promise<{ tip: Oid; landed: Oid | null }> {
  const [branch, landed] = await readRefs(repository, [
    `refs/heads/${checkBranchName(base)}`,
    landedRef(base),
  ]);
  return { tip: branch ?? (await readBranch(repository, base)), landed: landed ?? null };
}

export async function land(repository: Repository, base: string, from: Oid, to: Oid): Promise<Landing> {
  checkOid(from);
  if (!(await isAncestor(repository, from, checkOid(to)))) {
    throw new GitError("not-a-descendant", `${to} cannot land on ${base}: it does not contain ${from}`);
  }
  const state = await readState(repository, base);
  if (state.effective !== from) return { kind: "base_moved", at: state.effective ?? state.tip };
  if (!(await updateRef(repository, landedRef(base), to, state.landed))) {
    return { kind: "base_moved", at: (await readRef(repository, landedRef(base))) ?? state.tip };
  }
  const landing = await advance(repository, base, state.tip, to);
  // Nothing may stay on its way that the caller will merge again.
  if (landing.kind === "base_moved") await takeBack(repository, base, to, state.landed);
  return landing;
}

async function takeBack(repository: Repository, base: string, to: Oid, before: Oid | null): Promise<void> {
  if (before === null) await deleteRef(repository, landedRef(base), to);
  else await updateRef(repository, landedRef(base), before, to);
}

export async function follow(repository: Repository, base: string): Promise<Landing | null> {
  const { tip, landed, effective } = await readState(repository, base);
  if (landed === null) return null;
  if (effective === landed && landed !== tip) return advance(repository, base, tip, landed);
  if (effective === null) {
    const reason = `${base} and ${landedRef(base)} have diverged: each has commits that the other lacks`;
    return { kind: "held", paths: [], reason };
  }
  await deleteRef(repository, landedRef(base), landed);
  return null;
}

/** Brings the branch, and the work trees that have it checked out, from `tip` to `to`. */
async function advance(repository: Repository, base: string, tip: Oid, to: Oid): Promise<Landing> {
  const checkouts = await findCheckouts(repository, base);
  const landing =
    checkouts[0] === undefined
      ? await moveRefOnly(repository, base, tip, to)
      : await moveCheckouts(repository, base, [checkouts[0], ...checkouts.slice(1)], { tip, to });
  if (landing.kind === "landed") await deleteRef(repository, landedRef(base), to);
  return landing;
}

async function moveRefOnly(repository: Repository, base: string, tip: Oid, to: Oid): Promise<Landing> {
  if (!(await moveBranch(repository, base, to, tip))) {
    return { kind: "base_moved", at: await readBranch(repository, base) };
  }
  // Somebody may have checked the branch out since we looked; their files are brought along where that is safe.
  const late = (await findCheckouts(repository, base)).filter(({ use }) => use === "checked-out");
  for (const checkout of late) await moveFiles(repository, checkout, tip, to, false);
  return { kind: "landed", followed: late.length > 0 };
}

async function moveCheckouts(
  repository: Repository,
  base: string,
  checkouts: readonly [Checkout, ...Checkout[]],
  { tip, to }: { readonly tip: Oid; readonly to: Oid },
): Promise<Landing> {
  const unfinished = checkouts.map(findUnfinished).find((reason) => reason !== null);
  if (unfinished !== undefined) return { kind: "held", paths: [], reason: unfinished };
  const [first, ...others] = checkouts;
  for (const checkout of others) {
    const held = await tryMove(repository, checkout, tip, to);
    if (held !== null) return held;
  }
  const at = await readBranch(repository, base);
  if (at !== tip) return { kind: "base_moved", at };
  const advanced = await fastForward(repository, first, to);
  const after = await readBranch(repository, base);
  // Somebody may have committed on top already.
  if (after !== to && !(await isAncestor(repository, to, after))) {
    if (after !== tip) return { kind: "base_moved", at: after };
    // Where git says that all went well, HEAD was switched to another branch in that moment.
    const reason = advanced.kind === "refused" ? advanced.reason : "another branch was checked out meanwhile";
    return toHeld(first, reason, await findInTheWay(repository, first, tip, to));
  }
  for (const checkout of others) await moveFiles(repository, checkout, tip, to, false);
  return { kind: "landed", followed: true };
}

/** Null when a further checkout of the same branch can be brought along. */
async function tryMove(
  repository: Repository,
  checkout: Checkout,
  tip: Oid,
  to: Oid,
): Promise<Landing | null> {
  const tried = await moveFiles(repository, checkout, tip, to, true);
  // read-tree would write over ignored files, so what is in the way is looked up in any case.
  const paths = await findInTheWay(repository, checkout, tip, to);
  if (tried.kind === "advanced" && paths.length === 0) return null;
  return toHeld(checkout, tried.kind === "refused" ? tried.reason : "", paths);
}

const shownPathsMax = 5;

/** What is in the way says more than git's own words, where it is known. */
function toHeld({ path }: Checkout, reason: string, paths: readonly string[]): Landing {
  if (paths.length === 0) return { kind: "held", paths, reason: `${path}: ${reason}` };
  const more = paths.length > shownPathsMax ? ` and ${paths.length - shownPathsMax} more` : "";
  const shown = paths.slice(0, shownPathsMax).map(showPath).join(", ");
  return { kind: "held", paths, reason: `${path}: local changes are in the way: ${shown}${more}` };
}

/** Tries before giving up: each loss means that somebody else moved the base meanwhile. */
const triesMax = 3;

export async function findEffectiveBase(repository: Repository, base: string): Promise<Oid> {
  for (let left = triesMax; left > 0; left--) {
    const { tip, landed, effective } = await readState(repository, base);
    if (effective !== null || landed === null) return effective ?? tip;
    const merged = await mergeDiverged(repository, base, tip, landed);
    if (await updateRef(repository, landedRef(base), merged, landed)) return merged;
  }
  throw new GitError("base-diverged", `${base} keeps moving: gave up after ${triesMax} tries`, {
    hints: ["try again when nobody commits to it"],
  });
}

async function mergeDiverged(repository: Repository, base: string, tip: Oid, landed: Oid): Promise<Oid> {
  const { tree, conflicts } = await mergeCommits(repository, tip, landed);
  if (conflicts.length > 0) {
    throw new GitError(
      "base-diverged",
      `${base} and what has landed for it went apart and conflict in ${conflicts.slice(0, 10).join(", ")}`,
      { hints: [`on ${base}: git merge ${landedRef(base)}, resolve, commit; then go on`] },
    );
  }
  return writeCommit(repository, {
    tree,
    parents: [tip, landed],
    message: `Merge what has landed into ${base}`,
    at: await readLaterTime(repository, tip, landed),
  });
}
