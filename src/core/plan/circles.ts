import type { SpecProblem } from "../model/spec.ts";
import { findCycles, type WaitEdge } from "./cycles.ts";
import type { DependencyEdge } from "./dependencies.ts";
import { listStanding, type Scope } from "./scope.ts";
import type { DraftTask, DraftWorkstream } from "./settle.ts";

/** Specs that a problem stops. */
export interface Stopped {
  readonly problem: SpecProblem;
  readonly keys: readonly string[];
}

/**
 * Circles that only the order of a task list closes: `T2` depends on `T5`, and `T5` comes after it. `checkDependencies`
 * looks at what authors wrote; this looks at what would be registered.
 */
export function findOrderCircles(scope: Scope, drafts: readonly DraftWorkstream[]): readonly Stopped[] {
  return findCycles(listWaits(scope, drafts)).map((cycle) => ({
    problem: describeCircle(cycle),
    keys: [...new Set(cycle.map(({ from }) => from.spec))].filter((key) => scope.fresh.has(key)),
  }));
}

function listWaits(scope: Scope, drafts: readonly DraftWorkstream[]): WaitEdge<DependencyEdge>[] {
  const waits: WaitEdge<DependencyEdge>[] = [];
  const wait = (from: string, to: string, label: DependencyEdge | null = null) =>
    waits.push({ from, to, label });
  for (const { fresh, tasks } of drafts) {
    const { id } = fresh;
    wait(`landed:${id}`, `done:${id}`);
    for (const draft of tasks) {
      if (draft.task.checked) continue;
      wait(`done:${id}`, `task:${draft.id}`);
      if (draft.task.phase !== null) wait(`phase:${id}/${draft.task.phase}`, `task:${draft.id}`);
      for (const key of draft.after) wait(`task:${draft.id}`, `task:${id}#${key}`);
      waitForNeeds(draft, id, wait);
    }
  }
  for (const workstream of listStanding(scope)) {
    for (const id of workstream.tasks) {
      wait(`done:${workstream.id}`, `task:${id}`);
      for (const requirement of scope.input.state.tasks.get(id)?.requires ?? [])
        wait(`task:${id}`, requirement);
    }
  }
  return waits;
}

function waitForNeeds(
  draft: DraftTask,
  id: string,
  wait: (from: string, to: string, label: DependencyEdge | null) => void,
): void {
  for (const { requirement, on, edge, stacks } of draft.needs) {
    if (stacks && on !== id) wait(`landed:${id}`, `landed:${on}`, edge);
    if (requirement === null) continue;
    // Which task makes a file is not known: any of them may.
    const to = requirement.startsWith("artifact:") ? `done:${on}` : requirement;
    wait(`task:${draft.id}`, to, edge);
  }
}

function describeCircle(cycle: readonly DependencyEdge[]): SpecProblem {
  const [first] = cycle as [DependencyEdge];
  const { path, line } = first.dependency.location;
  const names = cycle.map(({ from, to }) => `${describe(from)} waits for ${describe(to)}`);
  const places = cycle.map(({ dependency: { location } }) => `${location.path}:${location.line}`);
  const way = names.join(", ");
  return {
    severity: "error",
    code: "circular-dependency",
    message:
      cycle.length === 1
        ? `${way}, which comes after it in the list (${path}:${line})`
        : `circular dependency through the order of tasks: ${way} (${places.join(", ")})`,
    location: first.dependency.location,
    found: way,
    expected: "dependencies that the order of the list does not contradict",
    hint: "move the task that is waited for up, or mark both [P]",
  };
}

function describe({ spec, task, phase }: DependencyEdge["from"]): string {
  const part = task ?? phase;
  return part === null ? spec : `${spec}#${part}`;
}
