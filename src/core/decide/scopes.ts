/** The spec of work in flight has another text in the base: a person says which one counts, and nothing lands before. */
import { needWorkstream } from "../evolve/draft.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { Command } from "../model/command.ts";
import { type Decision, SPEC_GONE } from "../model/decision.ts";
import type { DecisionId, WorkstreamId } from "../model/ids.ts";
import type { Workstream } from "../model/work.ts";
import { isLanded } from "../status.ts";
import { knownWorkstream } from "./known.ts";
import type { Answer } from "./people.ts";
import { askQuestion } from "./questions.ts";
import { queueIntegration } from "./results.ts";
import { findScopeQuestion, scopeKey, scopeQuestion } from "./scope-questions.ts";
import { refuse, type Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** A text is asked about once; a newer one takes the place of the question. An empty summary: nothing that matters changed. */
export function changeSpec(step: Step, command: Of<"spec_changed">): void {
  const workstream = knownWorkstream(step, command.workstream);
  const { id, spec, leftSpec, name } = workstream;
  const { hash, summary, commit } = command;
  if (isTooLate(workstream)) return;
  const asked = findScopeQuestion(step.state, id);
  if (asked?.subject.kind === "scope" && asked.subject.hash === hash) return;
  const stands = hash === spec.hash || summary.length === 0;
  const settled = stands || hash === leftSpec ? null : findKept(step, workstream, hash);
  if (stands || hash === leftSpec || settled !== null) {
    if (settled !== null) step.emit({ kind: "spec_left", workstream: id, hash, decision: settled });
    if (asked !== null) takeBack(step, asked, id, `the text of ${name} is as it was decided on`);
    return;
  }
  if (asked !== null)
    step.emit({ kind: "decision_withdrawn", decision: asked.id, reason: "the text has changed once more" });
  const base = step.state.projects.get(workstream.project)?.base ?? "the base";
  const decision = askQuestion(step, id, scopeQuestion(workstream, { hash, summary, base }), []);
  step.emit({ kind: "spec_changed", workstream: id, hash, commit, decision, summary: summary.slice(0, 40) });
  if (isStopping(workstream, asked)) {
    const reason = hash === SPEC_GONE ? "its spec is gone" : "its spec has changed";
    step.emit({ kind: "integration_stopped", workstream: id, decision, reason });
  }
}

/** What has landed, was cancelled or is on its last step into the base is not asked about. */
function isTooLate(workstream: Workstream): boolean {
  const { integration, intent } = workstream;
  if (isLanded(workstream) || intent === "cancelled") return true;
  return integration.kind === "intended" || revertOf(workstream) !== null;
}

/** It was on its way into the base, or waits for the question that is asked anew. */
function isStopping({ integration }: Workstream, asked: Decision | null): boolean {
  if (integration.kind === "waiting") return integration.decision === asked?.id;
  return integration.kind === "queued" || integration.kind === "running";
}

/** The decision by which this text was left aside before. */
function findKept(step: Step, { project, id }: Workstream, hash: string): DecisionId | null {
  const found = step.state.byContent.get(`${project}/${scopeKey(id, hash)}`);
  const state = found === undefined ? undefined : step.state.decisions.get(found)?.state;
  return found !== undefined && state?.kind === "resolved" && state.option === "keep" ? found : null;
}

/** Nobody has to answer any more: what waited for it goes on. */
function takeBack(step: Step, { id: decision }: Decision, workstream: WorkstreamId, reason: string): void {
  const { integration } = needWorkstream(step.state, workstream);
  step.emit({ kind: "decision_withdrawn", decision, reason });
  if (integration.kind !== "waiting" || integration.decision !== decision) return;
  const arrival = step.state.seq + 1;
  step.emit({ kind: "integration_queued", workstream, arrival, resolution: null });
}

/** `migrate` comes as a migration that answers the question; here it cannot be carried out. */
export function settleScope(step: Step, decision: Decision, answer: Answer, cancel: () => void): void {
  const { subject, id } = decision;
  if (subject.kind !== "scope") return;
  const { option, by, signer, reasoning } = answer;
  if (option === "migrate")
    refuse("needs-a-plan", `${id}: taking the new text needs a plan of it`, [`osqr decide ${id} migrate`]);
  const who = signer === undefined ? { by } : { by, signer };
  step.emit({ kind: "decision_resolved", decision: id, option, ...who, reasoning });
  if (option !== "keep") {
    cancel();
    return;
  }
  const { workstream, hash } = subject;
  step.emit({ kind: "spec_left", workstream, hash, decision: id });
  queueIntegration(step, workstream, null);
}
