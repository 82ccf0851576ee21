import { revertOf } from "../../../src/core/evolve/reverts.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Task, TaskCounts, Workstream } from "../../../src/core/model/work.ts";
import { isLanded } from "../../../src/core/status.ts";

/** Counts, phases, integration and declared overlaps of each workstream. */
export function checkWorkstreams(state: State): string[] {
  const problems: string[] = [];
  for (const workstream of state.workstreams.values()) {
    const tasks = workstream.tasks.flatMap((id) => state.tasks.get(id) ?? []);
    if (tasks.length !== workstream.tasks.length)
      problems.push(`${workstream.id} names tasks that do not exist`);
    problems.push(...checkCounts(workstream, tasks));
    problems.push(...checkIntegration(state, workstream));
    problems.push(...checkOverlaps(state, workstream));
  }
  return problems;
}

const COUNTED = ["completed", "failed", "waiting", "running", "blocked", "cancelled"] as const;

function checkCounts(workstream: Workstream, tasks: readonly Task[]): string[] {
  const counts: Record<keyof TaskCounts, number> = {
    total: tasks.length,
    completed: 0,
    failed: 0,
    waiting: 0,
    running: 0,
    blocked: 0,
    cancelled: 0,
  };
  for (const { state } of tasks) for (const kind of COUNTED) if (state.kind === kind) counts[kind] += 1;
  const problems: string[] = [];
  for (const key of Object.keys(counts) as (keyof TaskCounts)[]) {
    if (workstream.counts[key] !== counts[key])
      problems.push(`${workstream.id} counts ${workstream.counts[key]} ${key}, there are ${counts[key]}`);
  }
  for (const phase of workstream.phases) {
    const members = tasks.filter((task) => task.phase === phase.key);
    const completed = members.filter(({ state }) => state.kind === "completed").length;
    if (phase.total !== members.length || phase.completed !== completed)
      problems.push(
        `phase ${phase.key} of ${workstream.id} counts ${phase.completed} of ${phase.total}, there are ${completed} of ${members.length}`,
      );
  }
  for (const step of workstream.steps) {
    const members = tasks.filter((task) => task.step === step.key);
    const completed = members.filter(({ state }) => state.kind === "completed").length;
    if (step.total !== members.length || step.completed !== completed)
      problems.push(
        `step ${step.key} of ${workstream.id} counts ${step.completed} of ${step.total}, there are ${completed} of ${members.length}`,
      );
  }
  const after = tasks.filter(({ stage }) => stage === "after").length;
  if (after !== workstream.after)
    problems.push(`${workstream.id} counts ${workstream.after} tasks after the merge, there are ${after}`);
  return problems;
}

function checkIntegration(state: State, workstream: Workstream): string[] {
  const { integration, counts, id } = workstream;
  const problems: string[] = [];
  const moving = ["queued", "running", "intended"].includes(integration.kind);
  const tasks = workstream.tasks.flatMap((each) => state.tasks.get(each) ?? []);
  const isOpen = tasks.some((task) => task.stage === "before" && task.state.kind !== "completed");
  if ((moving || isLanded(workstream)) && isOpen)
    problems.push(`${id} is ${integration.kind} with ${counts.completed} of ${counts.total} tasks completed`);
  const early = tasks.filter((task) => task.stage === "after" && task.state.kind === "completed");
  if (!isLanded(workstream) && revertOf(workstream) === null && early.length > 0)
    problems.push(`${early[0]?.id} comes after the merge, which is ${integration.kind}, and is done`);
  if (isLanded(workstream) && state.holding.has(id))
    problems.push(`${id} has landed and still holds its paths`);
  if (isLanded(workstream) && workstream.intent === "cancelled")
    problems.push(`${id} has landed and is cancelled`);
  if (integration.kind === "waiting" && workstream.intent !== "cancelled") {
    const decision = state.decisions.get(integration.decision)?.state;
    const refused = decision?.kind === "resolved" && decision.option === "reject";
    if (decision?.kind !== "open" && !refused)
      problems.push(`the integration of ${id} waits for ${integration.decision}, which is ${decision?.kind}`);
  }
  if (moving && workstream.intent !== "cancelled" && revertOf(workstream) === null) {
    for (const below of workstream.stacksOn) {
      const standing = state.workstreams.get(below);
      // What is to be taken out is still there.
      if (standing === undefined || !(isLanded(standing) || revertOf(standing) !== null))
        problems.push(`${id} is ${integration.kind} before ${below}, which it stands on, has landed`);
    }
  }
  return problems;
}

/** Workstreams that declared the same paths never hold them at the same time. */
function checkOverlaps(state: State, workstream: Workstream): string[] {
  if (!state.holding.has(workstream.id)) return [];
  return workstream.overlaps
    .filter(({ workstream: other }) => state.holding.has(other))
    .map(({ workstream: other, paths }) => `${workstream.id} and ${other} both hold ${paths.join()}`);
}
