import type { Event } from "../model/event.ts";
import type { TaskRoute } from "../model/route.ts";
import type { Task } from "../model/work.ts";
import { dropRepeats, isSameChoice } from "../routing/choice.ts";
import { USUAL_TYPE } from "../routing/task-type.ts";
import { type Draft, needTask, putTask, refreshTask } from "./draft.ts";
import { awaitMissing } from "./requirements.ts";
import { reopen } from "./steps.ts";

type Rerouted = Extract<Event, { kind: "task_rerouted" }>;

const NO_ROUTE: TaskRoute = { type: USUAL_TYPE, reasons: [], fallbacks: [], said: null };

/** More would mean that something goes round in a circle. */
const TRIED_MAX = 100;

/** An attempt that is under way goes on as it is. A task that had no executor is free again. */
export function rerouteTask(draft: Draft, event: Rerouted): void {
  const task = needTask(draft, event.task);
  const { executor, model } = event.to;
  const next = { ...task, executor, model, route: event.route ?? moveOn(task, event) };
  const { state } = task;
  if (state.kind !== "blocked" || state.by.every(({ kind }) => kind !== "no_executor")) {
    draft.tasks = draft.tasks.set(task.id, next);
    return;
  }
  const others = state.by.filter(({ kind }) => kind !== "no_executor");
  if (others.length > 0) {
    putTask(draft, next, { kind: "blocked", by: others }, event.kind);
    return;
  }
  putTask(draft, reopen(next), { kind: "pending" }, event.kind);
  awaitMissing(draft, task.id);
  refreshTask(draft, task.id, event.kind);
}

/** What was left comes last, for when somebody wants all of it tried anew. */
function moveOn(task: Task, { from, to, reason, failure }: Rerouted): TaskRoute {
  const route = task.route ?? NO_ROUTE;
  const own = { executor: task.executor, model: task.model };
  // What was taken to save is no part of the route, unless it is among the fallbacks as well.
  const isPart = [own, ...route.fallbacks].some((each) => isSameChoice(each, from));
  const left = dropRepeats([own, ...(isPart ? [from] : [])]).filter((each) => !isSameChoice(each, to));
  const rest = route.fallbacks.filter((each) => ![to, ...left].some((other) => isSameChoice(each, other)));
  const tried = failure === null ? [] : [{ ...from, kind: failure }];
  return {
    ...route,
    reasons: [reason, ...route.reasons].slice(0, 20),
    fallbacks: [...rest, ...left],
    tried: [...(route.tried ?? []), ...tried].slice(-TRIED_MAX),
  };
}

/** Somebody has decided on the task: what was tried before may be tried again. */
export function forgetTried(task: Task): Task {
  if (task.route?.tried === undefined) return task;
  const { tried: _, ...route } = task.route;
  return { ...task, route };
}
