/** The commit that takes a landed workstream out of the base again (FR-010). */
import type { Revert } from "../../core/model/flow.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import { UNSAFE } from "../../core/safe-text.ts";
import type { CommitContent } from "../../git/types.ts";
import { findHandFault, writeFreeSteps, writeHandSteps } from "./by-hand.ts";
import { type Combined, type Merge, stop } from "./merging.ts";
import { handRef } from "./refs.ts";

/** Paths of a conflict that its reason names. */
const NAMED_PATHS_MAX = 3;

/**
 * The base without the work: a three-way merge from the commit that landed it back to the base before that, so that what came
 * later stays. `onto` itself where the base does not hold it any more; null where it stopped, and a decision says why.
 */
export async function takeOut(merge: Merge, revert: Revert, onto: Oid): Promise<Combined | null> {
  const { git } = merge.project;
  if (merge.resolution === "by-hand") return takeHand(merge, revert, onto);
  const landed = await git.readCommit(revert.of);
  const before = landed?.parents[0];
  const fault = await findFault(merge, landed, { revert, onto });
  if (fault !== null || before === undefined) {
    await stopAtFault(merge, onto, fault ?? `${revert.of.slice(0, 12)} has nothing before it`);
    return null;
  }
  const { tree, conflicts } = await git.mergeFrom(revert.of, onto, before);
  if (conflicts.length > 0) {
    await stopOnConflict(merge, onto, conflicts);
    return null;
  }
  if (tree === (await git.treeOf(onto))) return { commit: onto, specHash: null };
  return { commit: await commitRevert(merge, revert, { tree, parents: [onto] }), specHash: null };
}

/** Why the commit cannot be turned round; null: it can. */
async function findFault(
  { project, workstream, base }: Merge,
  landed: CommitContent | null,
  { revert, onto }: { readonly revert: Revert; readonly onto: Oid },
): Promise<string | null> {
  const { name } = workstream;
  const commit = revert.of.slice(0, 12);
  if (landed === null || !(await project.git.isAncestor(revert.of, onto)))
    return `${commit}, which landed ${name}, is not in ${base} any more: its history was rewritten`;
  const lines = landed.message.split("\n");
  const isRevert = lines.some((line) => line.startsWith("Osqr-Reverts: "));
  const isOurs = lines.includes(`Osqr-Workstream: ${name}`) && !isRevert;
  return isOurs ? null : `${commit}, which brought ${name} into ${base}, is not a merge by osqr`;
}

/** What the operator has put there, as it is. The base itself says that the work is out of it already. */
async function takeHand(merge: Merge, revert: Revert, onto: Oid): Promise<Combined | null> {
  const { project, workstream } = merge;
  const { git } = project;
  const hand = await git.readRef(handRef(workstream));
  const fault = await findHandFault(git, workstream, onto);
  if (hand === null || fault !== null) {
    await stopAtFault(merge, onto, `${handRef(workstream)}: ${fault ?? "it does not exist"}`);
    return null;
  }
  if (hand === onto) return { commit: onto, specHash: null };
  const tree = await git.treeOf(hand);
  return { commit: await commitRevert(merge, revert, { tree, parents: [onto, hand] }), specHash: null };
}

function commitRevert(
  { context, project, workstream }: Merge,
  revert: Revert,
  made: { readonly tree: Oid; readonly parents: readonly Oid[] },
): Promise<Oid> {
  const at = context.engine.ports.clock.now();
  return project.git.commit({ ...made, message: writeMessage(workstream, revert), at });
}

/** A person's words on one line: they cannot end the paragraph that the trailers stand in. */
const toLine = (text: string): string => text.replace(/\s+/g, " ").replace(UNSAFE, "").trim();

function writeMessage({ name, title }: Workstream, { of, by, reason }: Revert): string {
  return [
    `Revert "${name}: ${toLine(title)}"`,
    "",
    toLine(reason),
    "",
    `This takes ${of} out again, as ${toLine(by)} wanted.`,
    "",
    `Osqr-Reverts: ${of}`,
    `Osqr-Workstream: ${name}`,
    "",
  ].join("\n");
}

async function stopOnConflict(merge: Merge, onto: Oid, paths: readonly string[]): Promise<void> {
  const { workstream, base } = merge;
  const named = paths.slice(0, NAMED_PATHS_MAX).join(", ");
  await stop(merge, {
    cause: "conflict",
    reason: `${workstream.name} cannot be taken out of ${base}: what came after it conflicts in ${named}`,
    context: [
      ...paths.map((path) => `conflict: ${path}`),
      "",
      "By hand: make a commit without it and put it where osqr looks:",
      ...writeHandSteps(workstream, onto, null).map((step) => `  ${step}`),
    ].join("\n"),
  });
}

async function stopAtFault(merge: Merge, onto: Oid, fault: string): Promise<void> {
  const { workstream } = merge;
  await stop(merge, {
    cause: "error",
    reason: `${workstream.name} could not be reverted: ${fault}`,
    context: [
      "By hand: make a commit without it and put it where osqr looks:",
      ...writeFreeSteps(workstream, onto).map((step) => `  ${step}`),
    ].join("\n"),
  });
}
