import type { Decision } from "../../model/decision.ts";
import type { DecisionId } from "../../model/ids.ts";
import type { State } from "../../model/state.ts";
import { sayWho } from "./people.ts";

/** Whose turn a decision is and how to take it. */
export function explainDecision(state: State, id: string): string {
  const decision = state.decisions.get(id as DecisionId);
  if (decision === undefined) return `${id} is not known.`;
  if (decision.state.kind === "resolved") {
    const { option, signer, by } = decision.state;
    return `${id} was answered ${option} by ${signer ?? by}.`;
  }
  if (decision.state.kind === "withdrawn") return `${id} was withdrawn: ${decision.state.reason}.`;
  const question = /[.?!]$/.test(decision.question) ? decision.question : `${decision.question}.`;
  return `${id} is open: ${question} ${sayTurn(state, decision)}`;
}

/** As `explainDecision`, after a sentence that has said already what it is about. */
export function explainTurn(state: State, id: DecisionId): string {
  const decision = state.decisions.get(id);
  if (decision?.state.kind !== "open") return explainDecision(state, id);
  return `${id} is open. ${sayTurn(state, decision)}`;
}

/** Of a pause that osqr makes by itself: what it does then, and when. Null: it asks a person. */
export function waitOf({
  type,
  subject,
  state,
  defaultOption,
  autoResolveAt,
}: Decision): { readonly option: string; readonly at: string } | null {
  const isPause = type === "resource" && subject.kind === "task_failed" && state.kind === "open";
  if (!isPause || autoResolveAt === null || defaultOption === null) return null;
  const at = `${new Date(autoResolveAt).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return { option: defaultOption, at };
}

function sayTurn(state: State, decision: Decision): string {
  const { id, options, subject } = decision;
  const command = `osqr decide ${id} ${options.map((option) => option.id).join("|")}`;
  const wait = waitOf(decision);
  if (wait !== null)
    return `${wait.option} is done by itself at ${wait.at}, nobody has to act. Sooner: ${command}`;
  if (subject.kind !== "review" && subject.kind !== "intake" && subject.kind !== "ticks")
    return `It is your turn: ${command}`;
  const task = state.tasks.get(subject.task);
  const who = task === undefined ? null : sayWho(state, task);
  return `It is ${who === null ? "your turn" : `the turn of ${who}`}: ${command} --because <text>`;
}
