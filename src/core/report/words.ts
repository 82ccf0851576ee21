import { needWorkstream } from "../evolve/draft.ts";
import type { ProjectId, TaskId, WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import { findBudgetHold } from "./budget-hold.ts";

/** Names for people: workstreams by name, tasks as `name#T1`, never with the project's prefix. */
export function nameOfWorkstream(state: State, id: WorkstreamId): string {
  return state.workstreams.get(id)?.name ?? id.slice(id.indexOf("/") + 1);
}

export function nameOfTask(state: State, id: TaskId): string {
  const task = state.tasks.get(id);
  return task === undefined
    ? id.slice(id.indexOf("/") + 1)
    : `${nameOfWorkstream(state, task.workstream)}#${task.key}`;
}

/** The branch that a project's work goes to. */
export const nameOfBase = (state: State, project: ProjectId): string =>
  state.projects.get(project)?.base ?? "the base";

/** What a task after the merge waits for. */
export const nameMerge = (state: State, id: WorkstreamId): string =>
  `the merge of ${nameOfWorkstream(state, id)}`;

/** A requirement in words: `token-format`, `session-store#T2`, `D-1`, `src/a.ts of token-format`. */
export function nameRequirement(state: State, requirement: string): string {
  const colon = requirement.indexOf(":");
  const target = requirement.slice(colon + 1);
  switch (requirement.slice(0, colon)) {
    case "task":
      return nameOfTask(state, target as TaskId);
    case "phase": {
      const slash = target.lastIndexOf("/");
      return `${target.slice(slash + 1)} of ${nameOfWorkstream(state, target.slice(0, slash) as WorkstreamId)}`;
    }
    case "artifact": {
      const split = target.indexOf(":");
      return `${target.slice(split + 1)} of ${nameOfWorkstream(state, target.slice(0, split) as WorkstreamId)}`;
    }
    case "decision":
      return target;
    case "integrated":
      return nameMerge(state, target as WorkstreamId);
    default:
      return nameOfWorkstream(state, target as WorkstreamId);
  }
}

/** Requirements of a task that are not met. */
export function listUnmet(state: State, task: Task): readonly string[] {
  return task.requires.filter((requirement) => state.waiters.has(`${requirement}\n${task.id}`));
}

/** Workstreams under way that declared the same paths: this one starts after them. */
export function listHolders(
  state: State,
  workstream: Workstream,
): readonly { name: string; paths: readonly string[] }[] {
  if (workstream.started) return [];
  return workstream.overlaps
    .filter(({ workstream: other }) => state.holding.has(other))
    .map(({ workstream: other, paths }) => ({ name: nameOfWorkstream(state, other), paths }));
}

/** A resource of which a ready task finds too little, with who uses it. */
export interface Scarce {
  readonly resource: string;
  readonly capacity: { readonly used: number; readonly total: number };
  /** `#1 a`. */
  readonly users: readonly string[];
}

/** What keeps a ready task back although nothing that it waits for is missing. */
export function listScarce(state: State, task: Task): readonly Scarce[] {
  const { project } = needWorkstream(state, task.workstream);
  const known = state.projects.get(project);
  return task.uses.flatMap(({ resource, amount }) => {
    const total = known?.resources[resource] ?? 1;
    const used = state.inUse.get(`${project}/${resource}`) ?? 0;
    if (used + Math.min(amount, Math.max(1, total)) <= total) return [];
    return [{ resource, capacity: { used, total }, users: listUsers(state, project, resource) }];
  });
}

/** Attempts keep what they use while they wait for an answer too. */
function listUsers(state: State, project: ProjectId, resource: string): readonly string[] {
  const users = new Set<string>();
  for (const id of [...state.active.values(), ...state.parked.values()]) {
    const task = state.tasks.get(id);
    if (!task?.uses.some((use) => use.resource === resource)) continue;
    const workstream = needWorkstream(state, task.workstream);
    if (workstream.project === project) users.add(`#${workstream.number} ${workstream.name}`);
  }
  return [...users];
}

/** The question about its budget, else the word alone. */
function wordsOfBudget(state: State, task: Task): readonly string[] {
  const hold = findBudgetHold(state, task);
  return hold === null ? [] : [hold.decision ?? "budget"];
}

/** What a task waits for, in words. Empty: for nothing. */
export function wordsOfWait(state: State, task: Task): readonly string[] {
  switch (task.state.kind) {
    case "pending":
      return listUnmet(state, task).map((requirement) => nameRequirement(state, requirement));
    case "waiting":
    case "failed":
      return state.open.has(task.state.decision) ? [task.state.decision] : [];
    case "blocked":
      return task.state.by.map(({ message }) => message);
    case "ready":
      return [
        ...wordsOfBudget(state, task),
        ...listHolders(state, needWorkstream(state, task.workstream)).map(
          ({ name, paths }) => `${name} (${paths.join(", ")})`,
        ),
        ...listScarce(state, task).map(
          ({ resource, users }) => `${resource} (in use by ${users.join(", ")})`,
        ),
      ];
    default:
      return [];
  }
}
