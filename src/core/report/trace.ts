import { needTask } from "../evolve/draft.ts";
import type { AttemptId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";

/** One clause of a spec and what became of it. */
export interface TraceLine {
  readonly line: number;
  readonly text: string;
  readonly status: string;
  readonly attempt: string | null;
  readonly commit: string | null;
  readonly merged: string | null;
  /** A command that shows it again, null where there is nothing to show. */
  readonly proof: string | null;
}

/** From each task of the spec to its attempt, its commit and the merge that brought it into the base. */
export function traceWorkstream(state: State, workstream: Workstream): readonly TraceLine[] {
  const { integration } = workstream;
  const merged = integration.kind === "landed" ? integration.commit : null;
  const tasks = workstream.tasks.map((id): TraceLine => {
    const task = needTask(state, id);
    const attempts = task.attempts.map((each) => state.attempts.get(each as AttemptId));
    const done = attempts.findLast((attempt) => attempt?.state.kind === "completed");
    const commit = done?.state.kind === "completed" ? done.state.commit : null;
    return {
      line: task.line,
      text: `${task.key} ${task.title}`,
      status: task.state.kind === "completed" && task.state.how === "skipped" ? "skipped" : task.state.kind,
      attempt: done?.id ?? task.attempts.at(-1) ?? null,
      commit,
      merged: commit === null ? null : merged,
      proof: commit === null ? null : `git show --stat ${commit.slice(0, 12)}`,
    };
  });
  const gates = workstream.gateReports.map(
    (gate): TraceLine => ({
      line: 0,
      text: `gate ${gate.name}: ${gate.command}`,
      status: gate.status,
      attempt: null,
      commit: null,
      merged,
      proof: gate.command,
    }),
  );
  return [...tasks, ...gates];
}
