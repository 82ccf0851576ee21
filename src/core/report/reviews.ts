/** What a person has to know to sign: who may, what done means, what was made so far, what it resembles (FR-003, FR-006). */
import { needTask } from "../evolve/draft.ts";
import type { Decision } from "../model/decision.ts";
import type { SignOff } from "../model/flow.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import type { Rework } from "../model/workflow.ts";
import type { CandidateView, MadeView, ReviewFields } from "./review-fields.ts";
import type { SignOffView } from "./types.ts";
import { nameOfTask, nameOfWorkstream } from "./words.ts";

const NOTHING: ReviewFields = {
  step: null,
  role: null,
  holders: null,
  definitionOfDone: null,
  candidates: [],
  made: [],
};
const FILES_MAX = 20;

export function viewReviewFields(state: State, { subject }: Decision): ReviewFields {
  if (subject.kind !== "review" && subject.kind !== "intake" && subject.kind !== "ticks") return NOTHING;
  const task = state.tasks.get(subject.task);
  const workstream = task === undefined ? undefined : state.workstreams.get(task.workstream);
  if (task === undefined || workstream === undefined) return NOTHING;
  const step = workstream.steps.find(({ key }) => key === task.step);
  return {
    step: step?.title ?? task.step,
    role: task.role,
    holders: listHolders(state, workstream, task.role),
    definitionOfDone: step?.definitionOfDone ?? null,
    candidates: subject.kind === "intake" ? viewCandidates(state, task) : [],
    made: subject.kind === "intake" ? [] : viewMade(state, workstream, task),
  };
}

/** Who has a role in a project; null: anybody may take it. */
export function listHolders(
  state: State,
  { project }: Pick<Workstream, "project">,
  role: string | null,
): readonly string[] | null {
  return role === null ? null : (state.projects.get(project)?.roles[role] ?? null);
}

function viewCandidates(state: State, { candidates }: Task): readonly CandidateView[] {
  return candidates.map(({ workstream: id, similarity, shared }) => {
    const other = state.workstreams.get(id);
    const { number = null, title = "" } = other ?? {};
    return { workstream: nameOfWorkstream(state, id), number, title, similarity, shared };
  });
}

/** All work that is done; for ticks of a result that result alone, which is not joined yet. */
function viewMade(state: State, { tasks, steps }: Workstream, about: Task): readonly MadeView[] {
  const own = about.kind === "work" ? [about] : tasks.map((id) => needTask(state, id));
  const reworkOf = ({ step }: Task): Rework => steps.find(({ key }) => key === step)?.rework ?? "continue";
  return own.flatMap((task) => viewResult(state, task, reworkOf(task)) ?? []);
}

function viewResult(state: State, task: Task, rework: Rework): MadeView | null {
  const tries = task.attempts.flatMap((id) => state.attempts.get(id) ?? []);
  const last = tries.at(-1);
  if (task.kind !== "work" || last?.state.kind !== "completed") return null;
  // What was refused and built on is still part of the work.
  const counted = tries.filter(
    (each) => each === last || (each.state.kind === "rework" && rework === "continue"),
  );
  const files = [...new Set(counted.flatMap((each) => each.files))];
  const sum = (field: "added" | "deleted"): number => counted.reduce((all, each) => all + each[field], 0);
  return {
    task: nameOfTask(state, task.id),
    title: task.title,
    commit: last.commit,
    files: files.slice(0, FILES_MAX),
    filesTotal: files.length,
    added: sum("added"),
    deleted: sum("deleted"),
    checked: [...task.entry, ...task.exit]
      .filter(({ met }) => met)
      .map(({ text, detail }) => (detail === null || detail === "" ? text : `${text}: ${detail}`)),
  };
}

/** Signatures of a workstream, in the order in which they were given. */
export function viewSignOffs(state: State, { signOffs }: Workstream): readonly SignOffView[] {
  return signOffs.map((signOff: SignOff) => ({
    task: nameOfTask(state, signOff.task),
    step: state.tasks.get(signOff.task)?.step ?? "",
    decision: signOff.decision,
    outcome: signOff.outcome,
    by: signOff.by,
    role: signOff.role,
    reason: signOff.reason,
    at: new Date(signOff.at).toISOString(),
    returnedTo: signOff.returnedTo,
  }));
}
