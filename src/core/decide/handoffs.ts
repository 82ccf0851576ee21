/** Handoffs that a collector committed, and those that were made again. */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Command } from "../model/command.ts";
import type { ProjectId, TaskId } from "../model/ids.ts";
import type { BlockReason } from "../model/work.ts";
import { nameOfTask } from "../report/words.ts";
import { knownProject } from "./known.ts";
import { askForUnreachable } from "./missing.ts";
import { refuse, type Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

export function collectHandoffs(step: Step, command: Of<"handoffs_collected">): void {
  const { project, commit, tasks, paths } = command;
  if (tasks.length !== paths.length)
    refuse(
      "bad-command",
      `${tasks.length} tasks were collected, expected ${paths.length}: one for each path`,
    );
  if (tasks.length > 0) step.emit({ kind: "handoffs_collected", project, commit, tasks, paths });
}

export function repairHandoff(step: Step, command: Of<"handoff_repaired">): void {
  const { task: id, handoff, by } = command;
  const task = step.state.tasks.get(id);
  if (task === undefined) refuse("unknown-task", `no task ${nameOfTask(step.state, id)}`);
  step.emit({ kind: "handoff_repaired", task: id, handoff, by });
  releaseBlocked(step, id, "its handoff was made again");
}

const isBy = (reason: BlockReason, source: TaskId): boolean =>
  reason.kind === "handoff" && reason.source === source;

/** Tasks that wait for this handoff alone may start. */
export function releaseBlocked(step: Step, source: TaskId, why: string): void {
  const { project } = needWorkstream(step.state, needTask(step.state, source).workstream);
  for (const id of listBlocked(step, project)) {
    const { state } = needTask(step.state, id);
    if (state.kind !== "blocked" || !state.by.some((each) => isBy(each, source))) continue;
    const others = state.by.filter((each) => !isBy(each, source));
    if (others.length > 0) {
      step.emit({ kind: "task_blocked", task: id, by: others });
      continue;
    }
    step.emit({ kind: "task_requeued", task: id, reason: `${nameOfTask(step.state, source)}: ${why}` });
    askForUnreachable(step, id);
  }
}

function listBlocked(step: Step, project: ProjectId): readonly TaskId[] {
  return knownProject(step, project).workstreams.flatMap((id) => {
    const { counts, tasks } = needWorkstream(step.state, id);
    return counts.blocked === 0 ? [] : tasks;
  });
}
