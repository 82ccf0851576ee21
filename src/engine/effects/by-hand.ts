import { OsqrError } from "../../core/errors.ts";
import type { Decision } from "../../core/model/decision.ts";
import type { Oid } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import type { GitPort } from "../../git/types.ts";
import { handRef, workRef } from "./refs.ts";

/** How to merge a workstream by hand. `decision` null: its number is not known yet. */
export function writeHandSteps(workstream: Workstream, onto: Oid, decision: string | null): string[] {
  const answer = `osqr decide ${decision ?? "<this decision>"} by-hand`;
  return [
    `git worktree add --detach ../by-hand ${onto}`,
    `cd ../by-hand && git merge ${workRef(workstream)}   # resolve, commit`,
    `git update-ref ${handRef(workstream)} HEAD`,
    answer,
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
  throw new OsqrError(
    "hand-missing",
    `${decision} waits for a merge at ${handRef(workstream)} that contains ${base} at ${onto.slice(0, 12)}: ${fault}`,
    { hints: writeHandSteps(workstream, onto, decision) },
  );
}
