/** Another executor takes over a task: because somebody wants it so, or because the one before could not do it. */
import { needTask } from "../evolve/draft.ts";
import type { Command } from "../model/command.ts";
import type { TaskId } from "../model/ids.ts";
import type { RouteChoice, RouteFailure } from "../model/route.ts";
import type { Task } from "../model/work.ts";
import { formatChoice, isSameChoice } from "../routing/choice.ts";
import { nextRoute } from "../routing/next-route.ts";
import { askForUnreachable } from "./missing.ts";
import { refuse, type Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** Gives a task that has no open attempt another route. The same one again changes nothing. */
export function rerouteTask(step: Step, command: Of<"reroute_task">): void {
  const { to, route, reason } = command;
  const task = step.state.tasks.get(command.task);
  if (task === undefined) refuse("unknown-task", `no task ${command.task}`);
  checkOpen(task);
  const from = { executor: task.executor, model: task.model };
  const isStuck = task.state.kind === "blocked" && task.state.by.some(({ kind }) => kind === "no_executor");
  if (isSameChoice(from, to) && !isStuck) return;
  const told = route === undefined ? {} : { route };
  step.emit({ kind: "task_rerouted", task: task.id, from, to, reason, failure: null, ...told });
  if (isStuck) withdrawAsked(step, task.id, `${formatChoice(to)} does it: ${reason}`);
  if (isStuck) askForUnreachable(step, task.id);
}

function checkOpen({ id, kind, state }: Task): void {
  if (kind !== "work") refuse("not-allowed", `task ${id} is a person's word; no executor does it`);
  if (state.kind === "completed" || state.kind === "cancelled")
    refuse("task-ended", `task ${id} is ${state.kind}; nobody has to do it any more`);
  if (state.kind === "running" || (state.kind === "waiting" && state.attempt !== null))
    refuse("task-busy", `task ${id} has an attempt under way, which goes on as it is`);
}

/** Nobody is asked any more what becomes of a task without an executor. */
function withdrawAsked(step: Step, task: TaskId, reason: string): void {
  for (const id of [...step.state.open.keys()]) {
    const decision = step.state.decisions.get(id);
    if (decision?.contentKey.startsWith(`no-executor:${task}:`) === true)
      step.emit({ kind: "decision_withdrawn", decision: id, reason });
  }
}

/**
 * Hands a task whose attempt has just failed to whoever takes over, and queues it again.
 *
 * @returns False where nobody is left: the task is as it was
 */
export function takeNextRoute(
  step: Step,
  id: TaskId,
  failed: RouteChoice & { readonly kind: RouteFailure; readonly message: string },
): boolean {
  const task = needTask(step.state, id);
  const to = nextRoute(task, failed);
  if (to === null) return false;
  const from = { executor: failed.executor, model: failed.model };
  const reason = `${formatChoice(from)}: ${failed.message}`;
  step.emit({ kind: "task_rerouted", task: id, from, to, reason, failure: failed.kind });
  step.emit({ kind: "task_requeued", task: id, reason: `${formatChoice(to)} takes over`, rerouted: true });
  askForUnreachable(step, id);
  return true;
}
