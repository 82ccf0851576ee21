/** What somebody has to know before they answer, and what the question itself does not say. */
import { findScopeQuestion } from "../decide/scope-questions.ts";
import { type Decision, SPEC_GONE } from "../model/decision.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import { isLanded } from "../status.ts";
import { nameOfBase } from "./words.ts";

/** Sentences about an open decision; empty where nothing is to be said. */
export function listNotes(state: State, { subject, state: now }: Decision): readonly string[] {
  if (now.kind !== "open" || !("task" in subject)) return [];
  const task = state.tasks.get(subject.task);
  const workstream = task === undefined ? undefined : state.workstreams.get(task.workstream);
  if (task === undefined || workstream === undefined) return [];
  if (subject.kind === "task_failed")
    return task.stage === "after" && isLanded(workstream) ? [sayLanded(state, workstream)] : [];
  const scope = findScopeQuestion(state, workstream.id);
  const isWord = subject.kind === "review" || subject.kind === "intake" || subject.kind === "ticks";
  if (scope === null || !isWord) return [];
  return [`${sayChange(scope)} since: answer ${scope.id} first (osqr show ${scope.id})`];
}

/** What became of a spec that a decision asks about. */
export const sayChange = ({ subject }: Decision): string =>
  subject.kind === "scope" && subject.hash === SPEC_GONE ? "the spec is gone" : "the spec has changed";

function sayLanded(state: State, { name, project, integration }: Workstream): string {
  if (integration.kind !== "landed") return `${name} had nothing to merge`;
  const commit = integration.commit.slice(0, 7);
  return `the work is in ${nameOfBase(state, project)} already (${commit}); to take it out: osqr revert ${name} --because <text>`;
}
