/** Who does the tasks of a plan: new ones, and those that were registered before and have nobody. */
import { OsqrError } from "../errors.ts";
import type { TaskDraft } from "../model/drafts.ts";
import type { TaskId } from "../model/ids.ts";
import type { TaskRoute } from "../model/route.ts";
import type { Spec, SpecTask } from "../model/spec.ts";
import type { Task, Workstream } from "../model/work.ts";
import { listKnownNames, sayUnknown } from "../routing/check.ts";
import { formatChoice, isSameChoice } from "../routing/choice.ts";
import { COMMAND } from "../routing/config.ts";
import { type Routed, route } from "../routing/route.ts";
import { findTaskType, USUAL_TYPE } from "../routing/task-type.ts";
import type { PlanInput } from "./input.ts";
import { isLanding } from "./registry.ts";
import type { Scope } from "./scope.ts";
import type { DraftTask, DraftWorkstream } from "./settle.ts";
import type { PlannedReroute } from "./types.ts";

/** The routes of the open tasks that are work, by task. */
export type Routes = ReadonlyMap<TaskId, Routed>;

const isWork = ({ task, flow }: DraftTask): boolean => !task.checked && (flow.kind ?? "work") === "work";

export function routeDrafts(input: PlanInput, drafts: readonly DraftWorkstream[]): Routes {
  const routes = new Map<TaskId, Routed>();
  for (const { fresh, workflow, tasks } of drafts) {
    for (const draft of tasks)
      if (isWork(draft))
        routes.set(
          draft.id,
          routeSpecTask(input, { task: draft.task, spec: fresh.spec, workflow: workflow.name }),
        );
  }
  return routes;
}

/** The route of one task of a spec. */
export function routeSpecTask(
  input: PlanInput,
  { task, spec, workflow }: { readonly task: SpecTask; readonly spec: Spec; readonly workflow: string },
): Routed {
  const { title, run } = task;
  const typed = findTaskType({
    type: task.type ?? spec.type ?? null,
    workflow,
    title,
    specTitle: spec.title,
  });
  return route({
    task: {
      title,
      script: run?.script ?? null,
      type: typed.type,
      typeWhy: typed.why,
      said: readSaid(task, spec),
    },
    config: input.config.routing,
    available: input.executors,
    missing: input.missing,
    wanted: input.wanted ?? null,
  });
}

/** A model goes with the executor that it was written for. */
function readSaid(task: SpecTask, spec: Spec): TaskRoute["said"] {
  const executor = task.executor ?? spec.executor;
  const model = task.model ?? (task.executor === null ? spec.model : undefined) ?? null;
  return executor === null && model === null ? null : { executor, model };
}

/** What is registered of a route: nothing where a run block is run as ever. */
export function keepRoute(
  { model, route: chosen, refusal }: Routed,
  script: string | null,
): Pick<TaskDraft, "model" | "route"> {
  if (script !== null && chosen.said === null && refusal === null) return {};
  return { ...(model === null ? {} : { model }), route: chosen };
}

/** Tasks that go on and get another route: they had nobody, or the operator wants somebody else for this run. */
export function routeKnown(scope: Scope): readonly (PlannedReroute & Pick<Routed, "isUnconfirmed">)[] {
  const { input } = scope;
  const works = [...scope.known.values()].filter((each) => !isLanding(each) && each.intent === "run");
  return works.flatMap(({ tasks }: Workstream) =>
    tasks.flatMap((id) => {
      const task = input.state.tasks.get(id);
      return task === undefined ? [] : (routeAgain(input, task) ?? []);
    }),
  );
}

function routeAgain(input: PlanInput, task: Task): (PlannedReroute & Pick<Routed, "isUnconfirmed">) | null {
  const { wanted = null } = input;
  if (!mayChange(task, wanted !== null)) return null;
  const found = route({
    task: {
      title: task.title,
      script: task.script,
      type: task.route?.type ?? USUAL_TYPE,
      typeWhy: null,
      said: task.route === null ? saidBefore(task) : task.route.said,
    },
    config: input.config.routing,
    available: input.executors,
    missing: input.missing,
    wanted,
  });
  const { executor, model, refusal, isUnconfirmed } = found;
  if (refusal !== null || (isSameChoice(found, task) && !isStuck(task))) return null;
  const [reason = ""] = found.route.reasons;
  return { task: task.id, executor, model, route: found.route, reason, isUnconfirmed };
}

/** Histories of before kept what a document asked for as the executor itself. */
const saidBefore = ({ executor, script }: Task): TaskRoute["said"] =>
  script !== null || executor === COMMAND ? null : { executor, model: null };

const isStuck = ({ state }: Task): boolean =>
  state.kind === "blocked" && state.by.some(({ kind }) => kind === "no_executor");

function mayChange(task: Task, isWanted: boolean): boolean {
  if (task.kind !== "work") return false;
  if (isStuck(task)) return true;
  if (!isWanted || task.script !== null) return false;
  const { kind } = task.state;
  return (
    kind === "pending" ||
    kind === "ready" ||
    kind === "blocked" ||
    (task.state.kind === "waiting" && task.state.attempt === null)
  );
}

/** @throws OsqrError `unknown-executor` for a word of the operator that names no executor */
export function checkWanted({ wanted = null, config, executors }: PlanInput): void {
  if (wanted === null) return;
  const known = [
    ...new Set([...listKnownNames(config.routing), ...executors.map(({ name }) => name)]),
  ].sort();
  if (known.includes(wanted.executor)) return;
  const { message, hint } = sayUnknown(wanted.executor, known);
  throw new OsqrError("unknown-executor", `--executor ${formatChoice(wanted)}: ${message}`, {
    hints: hint === null ? [] : [hint],
  });
}
