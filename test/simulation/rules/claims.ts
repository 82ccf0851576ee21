import { SLOTS } from "../../../src/core/evolve/draft.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Attempt, AttemptState } from "../../../src/core/model/work.ts";

const OPEN: readonly AttemptState["kind"][] = ["claimed", "running", "waiting"];

export const isOpenAttempt = ({ state }: Attempt): boolean => OPEN.includes(state.kind);

/** Claims: at most one per task, fences that only grow, resources and slots within their capacity. */
export function checkClaims(state: State): string[] {
  return [...checkOneClaim(state), ...checkFences(state), ...checkHeld(state)];
}

function checkOneClaim(state: State): string[] {
  const problems: string[] = [];
  const holder = new Map<string, string>();
  for (const attempt of state.attempts.values()) {
    if (!isOpenAttempt(attempt)) continue;
    const other = holder.get(attempt.task);
    if (other !== undefined) problems.push(`${attempt.task} is claimed twice: ${other} and ${attempt.id}`);
    holder.set(attempt.task, attempt.id);
    const task = state.tasks.get(attempt.task);
    const current =
      task?.state.kind === "running" || task?.state.kind === "waiting" ? task.state.attempt : null;
    if (current !== attempt.id)
      problems.push(`${attempt.id} is open, but its task ${attempt.task} is ${task?.state.kind}`);
  }
  return problems;
}

function checkFences(state: State): string[] {
  const problems: string[] = [];
  for (const task of state.tasks.values()) {
    let last = 0;
    for (const id of task.attempts) {
      const fence = state.attempts.get(id)?.fence ?? -1;
      if (fence <= last) problems.push(`${id} of ${task.id} has fence ${fence}, the one before it ${last}`);
      last = fence;
    }
    if (last >= state.nextFence) problems.push(`fence ${last} of ${task.id} is not below the next one`);
  }
  return problems;
}

/** Units in use by `<project>/<resource>`, computed from the open attempts. */
export function countUse(state: State): Map<string, { units: number; users: number }> {
  const use = new Map<string, { units: number; users: number }>();
  const add = (key: string, units: number): void => {
    const known = use.get(key) ?? { units: 0, users: 0 };
    use.set(key, { units: known.units + units, users: known.users + 1 });
  };
  for (const attempt of state.attempts.values()) {
    if (!isOpenAttempt(attempt)) continue;
    const project = state.workstreams.get(attempt.workstream)?.project;
    if (attempt.state.kind !== "waiting") add(`${project}/${SLOTS}`, 1);
    const task = state.tasks.get(attempt.task);
    // A person who signs takes nothing.
    for (const { resource, amount } of task?.kind === "work" ? task.uses : []) {
      add(`${project}/${resource}`, amount);
    }
  }
  return use;
}

function checkHeld(state: State): string[] {
  const problems: string[] = [];
  const use = countUse(state);
  for (const project of state.projects.values()) {
    for (const [resource, capacity] of Object.entries(project.resources)) {
      const { units, users } = use.get(`${project.id}/${resource}`) ?? { units: 0, users: 0 };
      // One that asks for more than there is gets all of it, alone.
      if (units > capacity && users > 1)
        problems.push(`${users} attempts hold ${units} of ${resource}, there are ${capacity}`);
    }
  }
  const kept = [...state.inUse].map(([key, units]) => `${key}=${units}`);
  const found = [...use].filter(([, { units }]) => units > 0).map(([key, { units }]) => `${key}=${units}`);
  if (kept.join() !== found.sort().join())
    problems.push(`in use is kept as ${kept.join()}, computed as ${found.join()}`);
  return problems;
}
