/** What a person has to know to sign: who may, what done means, what was made so far, what it resembles (FR-003, FR-006). */
import type { Decision } from "../model/decision.ts";
import type { Migration, SignOff } from "../model/flow.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import { viewMade } from "./made.ts";
import type { CandidateView, ReviewedView, ReviewFields } from "./review-fields.ts";
import type { RevertedView, SignOffView } from "./types.ts";
import { nameOfBase, nameOfTask, nameOfWorkstream } from "./words.ts";

const NOTHING: ReviewFields = {
  step: null,
  role: null,
  holders: null,
  definitionOfDone: null,
  candidates: [],
  made: [],
  reviewed: null,
  earlier: [],
  since: [],
  reverted: null,
};

export function viewReviewFields(state: State, { subject, id }: Decision): ReviewFields {
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
    reviewed: viewReviewed(state, workstream),
    earlier: listEarlier(state, workstream, { task, decision: id }).filter(
      // Ticks are asked behind a signature: that one is no reason to ask again.
      ({ outcome }) => subject.kind !== "ticks" || outcome === "rejected",
    ),
    since: listSince(state, workstream, task),
    reverted: viewReverts(state, workstream).at(-1) ?? null,
  };
}

function viewReviewed(state: State, { project, spec, workflow, tip, integration }: Workstream): ReviewedView {
  const merged = integration.kind === "landed" ? integration.commit : null;
  return {
    spec: spec.path,
    summary: spec.summary ?? null,
    criteria: spec.criteria ?? null,
    workflow: `${workflow.name}@${workflow.version}`,
    base: nameOfBase(state, project),
    hasWork: tip !== null && merged === null,
    merged,
  };
}

/** Signatures of the same step before this one, and what sent the work back behind them. */
function listEarlier(
  state: State,
  workstream: Workstream,
  { task, decision }: { readonly task: Task; readonly decision: Decision["id"] },
): readonly SignOffView[] {
  const all = workstream.signOffs;
  const now = all.findIndex((each) => each.decision === decision);
  const before = now === -1 ? all : all.slice(0, now);
  const first = before.findIndex((each) => each.task === task.id);
  if (first === -1) return [];
  const counted = before
    .slice(first)
    .filter((each) => each.task === task.id || reaches(workstream, each, task));
  return viewSignOffs(state, { signOffs: counted });
}

/** After the first signature of this step or of one before it: work that was sent back without a review, and migrations. */
function listSince(state: State, workstream: Workstream, task: Task): readonly string[] {
  const { signOffs, returns, steps } = workstream;
  const orderOf = (key: string): number => steps.find((step) => step.key === key)?.order ?? 0;
  const first = signOffs.find(({ outcome, task: of }) => {
    const signed = state.tasks.get(of);
    return outcome === "approved" && (signed === undefined || signed.order <= task.order);
  });
  if (first === undefined) return [];
  const isReview = (at: number): boolean =>
    signOffs.some((each) => each.returnedTo !== null && each.at === at);
  const sentBack = returns
    .filter(({ at, to }) => at >= first.at && !isReview(at) && orderOf(to) <= orderOf(task.step))
    .map(({ at, to, by, reason }) => ({ at, said: `sent back to ${to} by ${by}: ${reason}` }));
  const migrated = [...state.migrations.values()]
    .filter((each) => each.workstream === workstream.id && each.at >= first.at)
    .map((each) => ({ at: each.at, said: sayMigration(each) }));
  return [...sentBack, ...migrated].sort((a, b) => a.at - b.at).map(({ said }) => said);
}

function sayMigration({ id, from, to, by, reason, rollsBack }: Migration): string {
  const way =
    rollsBack !== null
      ? `${rollsBack} rolled back`
      : from.specHash !== to.specHash
        ? "migrated to another text of its spec"
        : `migrated from ${from.workflow}@${from.version} to ${to.workflow}@${to.version}`;
  return `${way} by ${by} (${id}): ${reason}`;
}

/** A rejection sent the work back to where this comes after it. */
function reaches({ steps }: Workstream, { returnedTo }: SignOff, { step }: Task): boolean {
  const orderOf = (wanted: string | null): number =>
    steps.find(({ key }) => key === wanted)?.order ?? Number.POSITIVE_INFINITY;
  return returnedTo !== null && orderOf(returnedTo) <= orderOf(step);
}

/** What was landed and taken out of the base again, oldest first. */
export function viewReverts(state: State, { reverts, project }: Workstream): readonly RevertedView[] {
  const base = nameOfBase(state, project);
  return reverts.map(({ to: _, at, ...each }) => ({ ...each, base, at: new Date(at).toISOString() }));
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

/** Signatures of a workstream, in the order in which they were given. */
export function viewSignOffs(
  state: State,
  { signOffs }: Pick<Workstream, "signOffs">,
): readonly SignOffView[] {
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
