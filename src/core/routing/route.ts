/**
 * Who does a task, with which model, and why (AO-2, EO-3). In this order: the operator's word for this run, what the document says, a run
 * block, the route of the config for its type, the executor of the config, what suits its type among those that the config names, and the
 * one agent that is here where the config says nothing. Pure: the same task, config and machine give the same route.
 */
import type { RouteChoice, TaskRoute } from "../model/route.ts";
import { dropRepeats, isSameChoice } from "./choice.ts";
import { COMMAND, mayRun } from "./config.ts";
import { listFallbacks } from "./fallbacks.ts";
import { findModel } from "./model.ts";
import { listAgents, listWays, type RouteInput, readSaid, type Way } from "./ways.ts";

/** A route, or why there is none. */
export interface Routed extends RouteChoice {
  readonly route: TaskRoute;
  /** Why nobody can do it; null: `executor` can. */
  readonly refusal: string | null;
  /** Nobody has said that this agent may run: the operator confirms it once. */
  readonly isUnconfirmed: boolean;
}

const REASONS_MAX = 20;
const FALLBACKS_MAX = 50;

export function route(input: RouteInput): Routed {
  const missed = new Set<string>();
  for (const way of listWays(input)) {
    const found = takeFirst(input, way, missed);
    if (found !== null) return found;
    if (!way.isOpen) break;
  }
  return giveUp(input, [...missed]);
}

/** The first choice of a way that can do the task, with what comes after it. Why others cannot is added to `missed`. */
function takeFirst(input: RouteInput, way: Way, missed: Set<string>): Routed | null {
  const { task } = input;
  const all = listChoices(input, way);
  for (const [index, choice] of all.entries()) {
    const problem = findProblem(input, choice.executor);
    if (problem !== null) {
      missed.add(problem);
      continue;
    }
    const { model, why } = findModel(input, choice, index === 0);
    const isOwn = way.choices.some((each) => isSameChoice(each, choice));
    const reasons = [
      `${choice.executor}: ${isOwn ? way.why : `a fallback (${way.why})`}`,
      ...(model === null ? [] : [`model ${model}: ${why}`]),
      ...(task.typeWhy === null || choice.executor === COMMAND ? [] : [`${task.type}: ${task.typeWhy}`]),
      ...missed,
    ];
    const taken = { executor: choice.executor, model };
    const cheaper = findCheaper(input, taken);
    return {
      ...taken,
      route: {
        type: task.type,
        reasons: reasons.slice(0, REASONS_MAX),
        fallbacks: listRest(input, all.slice(index + 1), taken),
        ...(cheaper === null ? {} : { cheaper }),
        said: task.said,
      },
      refusal: null,
      isUnconfirmed: !isNamed(input, choice.executor),
    };
  }
  return null;
}

/** What is taken in its place in the red zone. Null: nothing; somebody has asked for this one, or the other is not here. */
function findCheaper(input: RouteInput, taken: RouteChoice): RouteChoice | null {
  const { task, config, wanted } = input;
  const cheaper = Object.hasOwn(config.cheaper, taken.executor) ? config.cheaper[taken.executor] : undefined;
  if (cheaper === undefined || task.said !== null || wanted !== null) return null;
  if (findProblem(input, cheaper.executor) !== null) return null;
  const found = { executor: cheaper.executor, model: findModel(input, cheaper, false).model };
  return isSameChoice(found, taken) ? null : found;
}

/** True where the operator has named it: by its config, or for this run. A document's word does not count. */
function isNamed({ config, wanted, task }: RouteInput, name: string): boolean {
  const { executor, executors, routes, fallbacks, cheaper } = config;
  if (name === COMMAND || Object.hasOwn(executors, name) || Object.hasOwn(fallbacks, name)) return true;
  const chosen = [executor, task.script === null ? wanted : null, ...Object.values(routes).flat()];
  return [...chosen, ...Object.values(fallbacks).flat(), ...Object.values(cheaper)].some(
    (each) => each?.executor === name,
  );
}

/** The choices of a way, each followed by what its executor falls back to. */
function listChoices({ config }: RouteInput, { choices }: Way): readonly RouteChoice[] {
  return dropRepeats(
    choices.flatMap((choice) => [choice, ...listFallbacks(config.fallbacks, choice.executor)]),
  );
}

/** What takes over where the chosen one fails: also what is not here now, it may be by then. */
function listRest(
  input: RouteInput,
  rest: readonly RouteChoice[],
  taken: RouteChoice,
): readonly RouteChoice[] {
  const { task, config } = input;
  const possible = rest.filter(
    ({ executor }) => mayRun(config, executor) && (executor !== COMMAND || task.script !== null),
  );
  const withModels = possible.map((each) => ({ ...each, model: findModel(input, each, false).model }));
  return dropRepeats(withModels)
    .filter((each) => !isSameChoice(each, taken))
    .slice(0, FALLBACKS_MAX);
}

/** Why an executor cannot do the task; null where it can. */
function findProblem({ available, missing, config, task }: RouteInput, name: string): string | null {
  if (!mayRun(config, name)) {
    const named = [COMMAND, ...Object.keys(config.executors)].sort().join(", ");
    return `${name} is none of the executors that the operator's config names: ${named}`;
  }
  const executor = available.find((each) => each.name === name);
  if (executor !== undefined) return executor.refuse(task);
  const why = missing?.get(name);
  if (why !== undefined) return `${name}: ${why}`;
  const there = available.map((each) => each.name).sort();
  return `no executor named ${name} is there; there is ${there.length === 0 ? "none" : there.join(", ")}`;
}

/** Nobody can do it. `executor` is the one that was meant. */
function giveUp(input: RouteInput, missed: readonly string[]): Routed {
  const { type, said } = input.task;
  const refusal = missed.length > 0 ? missed.join("; ") : sayNobody(input);
  return {
    executor: findMeant(input),
    model: null,
    route: { type, reasons: [refusal], fallbacks: [], said },
    refusal,
    isUnconfirmed: false,
  };
}

function findMeant(input: RouteInput): string {
  const { task, config, wanted } = input;
  if (task.script === null && wanted !== null) return wanted.executor;
  if (task.said?.executor != null) return readSaid(input, task.said.executor).executor;
  return config.executor?.executor ?? COMMAND;
}

function sayNobody(input: RouteInput): string {
  const [first, ...others] = listAgents(input);
  if (first === undefined) return "no run block, and no agent is here that could do it: osqr doctor";
  return `no run block, and nothing says which agent is to do it (${[first, ...others].join(", ")}): osqr go --executor ${first}`;
}
