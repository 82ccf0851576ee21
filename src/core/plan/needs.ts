import { type TaskId, toTaskId, type WorkstreamId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { Requirement, Workstream } from "../model/work.ts";
import { type DependencyEdge, type DependencyEnd, isNews } from "./dependencies.ts";
import { normalizePath } from "./names.ts";
import type { Fresh } from "./registry.ts";
import type { Scope } from "./scope.ts";
import { findTarget, isTicked } from "./targets.ts";

/** One thing that a task waits for, beside the order of its own list. */
export interface Need {
  /** Null: nothing is left to wait for, only to know or to start from. */
  readonly requirement: Requirement | null;
  /** The workstream that meets it. */
  readonly on: WorkstreamId;
  /** What the author wrote; null where osqr added it. */
  readonly edge: DependencyEdge | null;
  /** It takes over work that may not have landed. */
  readonly stacks: boolean;
  /** Whose handoffs go into the briefing. */
  readonly knowledge: readonly (TaskId | WorkstreamId)[];
  /** Nobody waits for it: what is handed off later is told at work. */
  readonly news?: true;
}

/** The workstream that a dependency points at. */
interface There {
  readonly id: WorkstreamId;
  /** Null: it is registered with this plan. */
  readonly known: Workstream | null;
  readonly spec: Spec | undefined;
}

/** What a dependency asks of a new workstream. Null: it is met, and there is nothing to hand over. */
export function toNeed(scope: Scope, fresh: Fresh, edge: DependencyEdge): Need | null {
  const need = findNeed(scope, fresh, edge);
  return need !== null && isNews(edge.dependency)
    ? { ...need, requirement: null, stacks: false, news: true }
    : need;
}

function findNeed(scope: Scope, fresh: Fresh, edge: DependencyEdge): Need | null {
  const { to, dependency } = edge;
  const spec = scope.specs.get(to.spec);
  if (to.spec === fresh.spec.key) {
    return isTicked(spec, to) ? null : toPartNeed({ id: fresh.id, known: null, spec }, edge, to);
  }
  const target = findTarget(scope, to.spec);
  if (target.kind === "out") return null;
  if (target.kind === "met" || isTicked(spec, to)) {
    const built = target.kind === "fresh" ? null : target.workstream;
    if (dependency.type !== "knowledge" || built === null) return null;
    return { requirement: null, on: built.id, edge, stacks: false, knowledge: [built.id] };
  }
  const there: There =
    target.kind === "fresh"
      ? { id: target.fresh.id, known: null, spec }
      : { id: target.workstream.id, known: target.workstream, spec };
  if (dependency.type === "output") return toOutputNeed(scope, there, edge, dependency.artifact);
  return isPartThere(scope.input.state, there, to) ? toPartNeed(there, edge, to) : toWholeNeed(there, edge);
}

/** False for a whole workstream, and for a part that the text it was registered with did not have. */
function isPartThere(state: State, { id, known }: There, { task, phase }: DependencyEnd): boolean {
  if (task !== null) return known === null || state.tasks.has(toTaskId(id, task));
  if (phase !== null) return known === null || known.phases.some(({ key }) => key === phase);
  return false;
}

function toPartNeed({ id, spec }: There, edge: DependencyEdge, { task, phase }: DependencyEnd): Need {
  const stacks = edge.dependency.type !== "knowledge" && edge.from.spec !== edge.to.spec;
  if (task !== null) {
    const taskId = toTaskId(id, task);
    return { requirement: `task:${taskId}`, on: id, edge, stacks, knowledge: [taskId] };
  }
  const members = (spec?.tasks ?? []).filter((each) => each.phase === phase);
  const knowledge = members.map(({ key }) => toTaskId(id, key));
  return { requirement: `phase:${id}/${phase}`, on: id, edge, stacks, knowledge };
}

function toWholeNeed({ id, known, spec }: There, edge: DependencyEdge): Need {
  const knowledge = [id];
  if (edge.dependency.type !== "knowledge") {
    // A task in the middle takes over what landed after its own workstream had begun on an older base.
    const stacks = edge.from.task !== null;
    return { requirement: `landed:${id}`, on: id, edge, stacks, knowledge };
  }
  const isDone = known === null ? areAllTicked(spec) : areAllCompleted(known);
  return { requirement: isDone ? null : `done:${id}`, on: id, edge, stacks: false, knowledge };
}

function toOutputNeed(scope: Scope, there: There, edge: DependencyEdge, artifact: string): Need | null {
  const path = normalizePath(artifact, scope.input.project.root);
  if (scope.input.baseFiles(path)) return null;
  const { id, known } = there;
  const need = { on: id, edge, knowledge: [id] };
  const { state } = scope.input;
  if (known !== null && hasMade(state, known, path)) return { ...need, requirement: null, stacks: true };
  return { ...need, requirement: `artifact:${id}:${path}`, stacks: true };
}

const areAllTicked = (spec: Spec | undefined): boolean =>
  spec?.tasks.every(({ checked }) => checked) ?? false;

const areAllCompleted = ({ counts }: Workstream): boolean => counts.completed === counts.total;

/** True where a task that is completed wrote the file. */
function hasMade(state: State, workstream: Workstream, path: string): boolean {
  return workstream.tasks.some((id) => {
    const task = state.tasks.get(id);
    if (task?.state.kind !== "completed") return false;
    return task.attempts.some((attempt) => state.attempts.get(attempt)?.files.includes(path) ?? false);
  });
}
