/** Plays the outside for the tests of plan and report: executors that always succeed, a base that never moves. */

import { findOverlaps } from "../conflicts/overlaps.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { AttemptId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { apply, PROJECT } from "./fixture.ts";

/** One thing that could happen next. */
export type Move = (state: State) => State;

export function claim(state: State, slots = 4): State {
  return apply(state, { kind: "schedule", slots });
}

/** The attempt ends well and its work joins; it made every file that somebody waits for when it was the last task. */
export function finish(state: State, id: AttemptId, workMs = 10): State {
  const { fence, task, workstream } = state.attempts.get(id) as NonNullable<
    ReturnType<State["attempts"]["get"]>
  >;
  const claimed = { attempt: id, fence };
  let next = apply(state, { kind: "attempt_started", ...claimed, sandbox: "none" });
  next = apply(
    next,
    {
      kind: "attempt_succeeded",
      ...claimed,
      commit: `commit-${id}`,
      files: [`${task}.txt`],
      added: 2,
      deleted: 1,
      workMs,
      warnings: [],
    },
    next.at + workMs,
  );
  const prefix = `artifact:${workstream}:`;
  const { counts } = needWorkstream(next, workstream);
  const isLast = counts.completed + 1 === counts.total;
  const artifacts = [...next.waiters.keys()].flatMap((key) =>
    isLast && key.startsWith(prefix) ? [key.slice(prefix.length, key.indexOf("\n"))] : [],
  );
  const handoff = { commit: "h", path: `${task}.md` };
  return apply(next, { kind: "task_joined", ...claimed, tip: `tip-${id}`, handoff, artifacts });
}

export function land(state: State): State {
  const [workstream] = [...state.mergeQueue.values()];
  if (workstream === undefined) return state;
  const next = apply(state, { kind: "integration_started", workstream, onto: "base" });
  return apply(next, { kind: "landed", workstream, commit: `merge-${workstream}`, held: null });
}

export function answer(state: State): State {
  const [decision] = [...state.open.keys()];
  const option = decision === undefined ? undefined : state.decisions.get(decision)?.options[0]?.id;
  if (decision === undefined || option === undefined) return state;
  return apply(state, { kind: "resolve", decision, option, by: "user", reasoning: "" });
}

/** Everything that could happen now. Empty: nothing can go on. */
export function listMoves(state: State): Move[] {
  const moves: Move[] = [...state.active.keys()].map((id) => (now: State) => finish(now, id));
  if (state.mergeQueue.size > 0) moves.push(land);
  if (state.open.size > 0) moves.push(answer);
  return moves;
}

/** Plays until nothing can go on, or `stepsMax` moves; `choose` picks the next move. Slots are filled after each. */
export function play(
  state: State,
  choose: (count: number) => number,
  options: { readonly stepsMax?: number; readonly slots?: number } = {},
): State {
  const { stepsMax = 10_000, slots = 4 } = options;
  let next = claim(state, slots);
  for (let step = 0; step < stepsMax; step += 1) {
    const moves = listMoves(next);
    const move = moves[choose(moves.length)];
    if (move === undefined) return next;
    next = claim(move(next), slots);
    checkHolders(next);
  }
  return next;
}

/** No two that declared the same paths have begun and not landed. */
function checkHolders(state: State): void {
  const holders = [...state.holding.keys()].map((id) => needWorkstream(state, id));
  const [pair] = findOverlaps(holders);
  if (pair !== undefined) throw new Error(`${pair.a} and ${pair.b} hold ${pair.paths.join()} together`);
}

/** Tasks that are not completed, with what they still wait for. */
export function listStuck(state: State): readonly string[] {
  const stuck: string[] = [];
  for (const id of state.projects.get(PROJECT)?.workstreams ?? []) {
    const workstream = needWorkstream(state, id);
    if (workstream.integration.kind !== "landed") stuck.push(`${id} ${workstream.integration.kind}`);
    for (const task of workstream.tasks) {
      const { state: is, requires } = needTask(state, task);
      const unmet = requires.filter((requirement) => state.waiters.has(`${requirement}\n${task}`));
      if (is.kind !== "completed") stuck.push(`${task} ${is.kind}: ${unmet.join(" ")}`);
    }
  }
  return stuck;
}
