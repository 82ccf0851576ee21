/** What somebody has to know before they answer, and what the question itself does not say. */
import { findScopeQuestion } from "../decide/scope-questions.ts";
import { listDuplicates } from "../duplicates.ts";
import { type Decision, SPEC_GONE } from "../model/decision.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import { isLanded } from "../status.ts";
import { nameOfBase } from "./words.ts";

/** Sentences about an open decision; empty where nothing is to be said. */
export function listNotes(state: State, decision: Decision): readonly string[] {
  if (decision.state.kind !== "open") return [];
  return [...noteSubject(state, decision), ...noteCancel(state, decision)];
}

const NAMES_MAX = 5;

/** To give it up is to give up what it stands for, which nobody sees in its own text. */
function noteCancel(state: State, { options, askers, workstream: home }: Decision): readonly string[] {
  if (options.every(({ id }) => id !== "cancel")) return [];
  const id = (askers[0] === undefined ? null : state.tasks.get(askers[0])?.workstream) ?? home;
  const names = listDuplicates(state, id).map(({ workstream: { name } }) => name);
  if (names.length === 0) return [];
  const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : "";
  const { name = id } = state.workstreams.get(id) ?? {};
  return [
    `to cancel ${name} gives up ${names.slice(0, NAMES_MAX).join(", ")}${more} too, which it stands for`,
  ];
}

function noteSubject(state: State, { subject }: Decision): readonly string[] {
  if (!("task" in subject)) return [];
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
