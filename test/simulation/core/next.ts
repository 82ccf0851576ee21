import { revertOf } from "../../../src/core/evolve/reverts.ts";
import { PERSON } from "../../../src/core/evolve/reviews.ts";
import type { Command } from "../../../src/core/model/command.ts";
import type { CriteriaSide, CriterionState } from "../../../src/core/model/flow.ts";
import type { AttemptId, WorkstreamId } from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Attempt } from "../../../src/core/model/work.ts";
import { findEarlier } from "../../../src/core/reuse/find-earlier.ts";
import type { Random } from "../random.ts";
import { COMMIT } from "./draw.ts";

/** What an engine reports next of an attempt; null: nothing. */
export function nextOfAttempt(state: State, attempt: Attempt, random: Random): Command | null {
  const { id, fence, workstream, state: now, executor } = attempt;
  if (now.kind === "claimed" || (now.kind === "running" && executor !== PERSON)) {
    const side = now.kind === "claimed" ? "entry" : "exit";
    const open = (state.tasks.get(attempt.task)?.[side] ?? []).filter(
      ({ check, met }) => check.kind !== "tick" && !met,
    );
    if (open.length > 0) return checkOf({ attempt: id, fence }, side, open, () => true);
  }
  if (now.kind === "claimed") {
    const inputHash = random.chance(0.7) ? hashOf(random) : undefined;
    const hash = inputHash === undefined ? {} : { inputHash };
    return { kind: "attempt_started", attempt: id, fence, sandbox: "process", ...hash };
  }
  if (now.kind === "running") return succeedAs(state, attempt);
  if (state.joining.has(id)) {
    const handoff = random.chance(0.5)
      ? { commit: random.chance(0.5) ? COMMIT : null, path: `${id}.md` }
      : null;
    const artifacts = [`out-${workstream}.txt`];
    return { kind: "task_joined", attempt: id, fence, tip: COMMIT, handoff, artifacts };
  }
  return null;
}

/** Few hashes, so that attempts often have the same inputs. */
const hashOf = (random: Random): string => random.pick(["a", "b"]).repeat(64);

/** With the result of an earlier attempt where that had the same inputs. */
export function succeedAs(state: State, { id, fence, task, inputHash }: Attempt): Command {
  const result = { commit: COMMIT, files: [], added: 1, deleted: 0, workMs: 10, warnings: [] };
  // Its workstream may have been removed since.
  const isKnown = inputHash !== null && state.tasks.has(task);
  const earlier = isKnown ? findEarlier(state, task, inputHash) : null;
  const reused = earlier === null ? {} : { reused: earlier.id };
  return { kind: "attempt_succeeded", attempt: id, fence, ...result, ...reused };
}

export function checkOf(
  claim: { readonly attempt: AttemptId; readonly fence: number },
  side: CriteriaSide,
  criteria: readonly CriterionState[],
  isMet: () => boolean,
): Command {
  const results = criteria.map(({ key }) => ({ key, met: isMet(), detail: "it was looked at" }));
  return { kind: "criteria_checked", ...claim, side, results, tail: [], workMs: 1, salvage: null };
}

/** How a merge that is under way ends: the work is in the base, or out of it. */
export function finishMerge(state: State, workstream: WorkstreamId): Command {
  const found = state.workstreams.get(workstream);
  const kind = found !== undefined && revertOf(found) !== null ? "reverted" : "landed";
  return { kind, workstream, commit: COMMIT, held: null };
}
