/** A task that no executor can do is a dead end once the work before it is done: then somebody is asked. */
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { TaskId } from "../model/ids.ts";
import type { Requirement } from "../model/work.ts";
import { askQuestion, failureQuestion, withoutCancel, withoutRetry } from "./questions.ts";
import type { Step } from "./step.ts";

/** Tasks without an executor that wait for a requirement. To be listed before it is met: then nobody waits any more. */
export function listWithoutExecutor(step: Step, requirement: Requirement): readonly TaskId[] {
  const prefix = `${requirement}\n`;
  const found: TaskId[] = [];
  for (const [key, id] of step.state.waiters.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    if (findReason(step, id) !== null) found.push(id);
  }
  return found;
}

/** Asks about each of them that nothing else holds back. It can be left out, or the work cancelled. */
export function askForExecutor(step: Step, tasks: readonly TaskId[]): void {
  for (const id of tasks) {
    const reason = findReason(step, id);
    const { unmet, workstream, stage, attempts } = needTask(step.state, id);
    if (reason === null || unmet > 0) continue;
    const { round } = needWorkstream(step.state, workstream);
    const failed = failureQuestion(id, "", reason, []);
    const question = {
      ...withoutRetry(stage === "after" ? withoutCancel(failed) : failed),
      contentKey: `no-executor:${id}:${round}:${attempts.length}`,
      question: `nobody can do ${id.slice(id.indexOf("#") + 1)}: ${reason}`,
    };
    askQuestion(step, workstream, question, [id]);
  }
}

function findReason(step: Step, id: TaskId): string | null {
  const { state } = needTask(step.state, id);
  if (state.kind !== "blocked") return null;
  return state.by.find(({ kind }) => kind === "no_executor")?.message ?? null;
}
