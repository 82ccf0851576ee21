import { OsqrError } from "../../core/errors.ts";
import { revertOf } from "../../core/evolve/reverts.ts";
import { type Decision, THIS_DECISION } from "../../core/model/decision.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import type { GitPort } from "../../git/types.ts";
import { handRef, workRef } from "./refs.ts";

/** How to merge a workstream by hand, or to take it out again. `decision` null: its number is not known yet. */
export function writeHandSteps(workstream: Workstream, onto: Oid, decision: string | null): string[] {
  const revert = revertOf(workstream);
  const act =
    revert === null
      ? `git merge ${workRef(workstream)}   # resolve, commit`
      : `git revert -m 1 ${revert.of}   # resolve, commit`;
  return writeSteps(workstream, onto, { act, decision });
}

/** The same where git cannot take it out: what landed it is not in the base, or not its work alone. */
export function writeFreeSteps(workstream: Workstream, onto: Oid): string[] {
  const act = `"$EDITOR" .   # take the work out and commit; nothing to do where it is out already`;
  return writeSteps(workstream, onto, { act, decision: null });
}

function writeSteps(
  workstream: Workstream,
  onto: Oid,
  { act, decision }: { readonly act: string; readonly decision: string | null },
): string[] {
  return [
    `git worktree add --detach ../by-hand ${onto}`,
    `cd ../by-hand && ${act}`,
    `git update-ref ${handRef(workstream)} HEAD`,
    `osqr decide ${decision ?? THIS_DECISION} by-hand`,
  ];
}

/** What is wrong with the commit that was merged by hand; null: nothing. */
export async function findHandFault(
  git: Pick<GitPort, "readRef" | "isAncestor">,
  workstream: Workstream,
  onto: Oid,
): Promise<string | null> {
  const tip = await git.readRef(handRef(workstream));
  if (tip === null) return "it does not exist";
  return (await git.isAncestor(onto, tip)) ? null : "it does not contain the base";
}

/**
 * The answer `by-hand` is taken only when there is something to take.
 *
 * @throws OsqrError `hand-missing` with the steps
 */
export async function checkHand(
  git: Pick<GitPort, "readRef" | "isAncestor" | "effectiveBase">,
  workstream: Workstream,
  { base, decision }: { readonly base: string; readonly decision: Decision["id"] },
): Promise<void> {
  const onto = await git.effectiveBase(base);
  const fault = await findHandFault(git, workstream, onto);
  if (fault === null) return;
  const what = revertOf(workstream) === null ? "a merge" : `a commit without ${workstream.name}`;
  throw new OsqrError(
    "hand-missing",
    `${decision} waits for ${what} at ${handRef(workstream)} that contains ${base} at ${onto.slice(0, 12)}: ${fault}`,
    { hints: writeHandSteps(workstream, onto, decision) },
  );
}
