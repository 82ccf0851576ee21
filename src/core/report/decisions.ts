import { intakeQuestion } from "../decide/review-questions.ts";
import { PRIORITY_RANK } from "../evolve/draft.ts";
import { type Decision, THIS_DECISION } from "../model/decision.ts";
import type { DecisionId, ProjectId, TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import { BehindSearch } from "./behind.ts";
import { listNotes } from "./decision-notes.ts";
import { viewReviewFields } from "./reviews.ts";
import type { DecisionView } from "./types.ts";
import { nameOfTask, nameOfWorkstream } from "./words.ts";

/** Open decisions first where they stop work that is critical, then those that stop anything, then the rest. */
export function groupOf(decision: Pick<Decision, "priority" | "blocksProgress">): DecisionView["group"] {
  if (decision.priority === "critical") return "critical";
  return decision.blocksProgress ? "blocking" : "background";
}

const toIso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/**
 * Tasks that cannot go on before the decision: those that asked, and everything behind them, also what stands on their work
 * or keeps off their declared paths.
 */
export function listBehind(state: State, decision: Decision): ReadonlySet<TaskId> {
  const search = new BehindSearch(state);
  for (const task of decision.askers) search.addTask(task);
  search.addWaiters(`decision:${decision.id}\n`);
  const { subject } = decision;
  if (subject.kind === "integration" || subject.kind === "revert") search.addBehind(subject.workstream);
  return search.run();
}

/** What is asked as it is now: what an intake resembled may be gone since, or have landed. */
function askAnew(state: State, decision: Decision): Pick<Decision, "question" | "context" | "options"> {
  const { subject, workstream: id } = decision;
  if (decision.state.kind !== "open" || subject.kind !== "intake") return decision;
  const [task, workstream] = [state.tasks.get(subject.task), state.workstreams.get(id)];
  if (task === undefined || workstream === undefined) return decision;
  return intakeQuestion(state, { workstream, task, attempt: subject.attempt });
}

export function viewDecision(state: State, decision: Decision): DecisionView {
  const behind = listBehind(state, decision);
  const { location, state: settled } = decision;
  const { question, context, options } = askAnew(state, decision);
  return {
    id: decision.id,
    workstream: nameOfWorkstream(state, decision.workstream),
    type: decision.type,
    priority: decision.priority,
    group: groupOf(decision),
    question,
    context: context.replaceAll(THIS_DECISION, decision.id),
    location: location === null ? null : `${location.path}:${location.line}`,
    options,
    blocksProgress: decision.blocksProgress,
    blocks: decision.askers.map((task) => nameOfTask(state, task)),
    waitingBehind: [...behind].filter((task) => !decision.askers.includes(task)).length,
    deadline: toIso(decision.deadline),
    defaultOption: decision.defaultOption,
    autoResolveAt: toIso(decision.autoResolveAt),
    openedAt: new Date(decision.openedAt).toISOString(),
    state: settled.kind,
    answer:
      settled.kind === "resolved"
        ? {
            option: settled.option,
            by: settled.by,
            signer: settled.signer ?? null,
            reasoning: settled.reasoning,
          }
        : null,
    ...viewReviewFields(state, decision),
    notes: listNotes(state, decision),
  };
}

const GROUPS: readonly DecisionView["group"][] = ["critical", "blocking", "background"];
const numberOf = (id: string): number => Number(id.slice(2));

/** How many decisions of a project are open. */
export function countInbox(state: State, project: ProjectId): number {
  let count = 0;
  for (const id of state.open.keys()) if (isOf(state, id, project)) count += 1;
  return count;
}

const isOf = (state: State, id: DecisionId, project: ProjectId): boolean => {
  const decision = state.decisions.get(id);
  return decision !== undefined && state.workstreams.get(decision.workstream)?.project === project;
};

/** Open decisions of a project: by group, then by the work behind them, then by priority and age. */
export function rankInbox(state: State, project: ProjectId): readonly DecisionView[] {
  const views: DecisionView[] = [];
  for (const id of state.open.keys()) {
    const decision = state.decisions.get(id);
    if (decision !== undefined && isOf(state, id, project)) views.push(viewDecision(state, decision));
  }
  const weight = ({ blocks, waitingBehind }: DecisionView): number => blocks.length + waitingBehind;
  return views.sort(
    (a, b) =>
      GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) ||
      weight(b) - weight(a) ||
      PRIORITY_RANK[a.priority] - PRIORITY_RANK[b.priority] ||
      numberOf(a.id) - numberOf(b.id),
  );
}
