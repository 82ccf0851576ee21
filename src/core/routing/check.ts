/** What the operator's config says of executors, seen as a whole: names that mean nothing, agents that cannot be started, circles. */

import type { RouteChoice, TaskType } from "../model/route.ts";
import { findNearestName } from "../nearest-name.ts";
import { COMMAND, type ExecutorSetting } from "./config.ts";
import { findCycles } from "./fallbacks.ts";
import { PRESET_NAMES } from "./presets.ts";

/** The keys of a config file that say who does what. */
export interface RoutingLayer {
  readonly executor?: RouteChoice | null | undefined;
  readonly executors?: Readonly<Record<string, ExecutorSetting>> | null | undefined;
  readonly registry?: string | null | undefined;
  readonly routes?: Readonly<Partial<Record<TaskType, readonly RouteChoice[]>>> | null | undefined;
  readonly fallbacks?: Readonly<Record<string, readonly RouteChoice[]>> | null | undefined;
  readonly cheaper?: Readonly<Record<string, RouteChoice>> | null | undefined;
}

/** Something wrong at a key. `hint` null: the message says it all. */
export interface RoutingProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string | null;
}

/** Executors that may be named: those of the file, else the presets; `command` always. */
export function listKnownNames({ executors }: RoutingLayer): readonly string[] {
  const named = Object.keys(executors ?? {});
  return [COMMAND, ...(named.length === 0 ? PRESET_NAMES : named)].sort();
}

/** All problems of a file by itself. Empty: it holds together. */
export function checkRouting(layer: RoutingLayer): readonly RoutingProblem[] {
  const unknown = findUnknown(layer);
  const cycles = findCycles(layer.fallbacks ?? {}).map((cycle): RoutingProblem => {
    const [first = ""] = cycle;
    return {
      path: ["fallbacks", first],
      message: `expected fallbacks that come to an end, found the cycle ${cycle.join(" → ")}`,
      hint: `take one of them out; other models of one executor go into routes`,
    };
  });
  return [...unknown, ...cycles, ...findUseless(layer)];
}

/** Cheaper routes that are none. */
function findUseless({ cheaper }: RoutingLayer): RoutingProblem[] {
  return Object.entries(cheaper ?? {}).flatMap(([name, choice]): RoutingProblem[] => {
    const path = ["cheaper", name];
    if (choice.executor === COMMAND)
      return [
        { path, message: "expected an executor with a model, found command, which has none", hint: null },
      ];
    if (choice.executor !== name || choice.model !== null) return [];
    const message = `expected another model or executor, found ${name} itself`;
    return [{ path, message, hint: `e.g. ${name}:<cheaper model>` }];
  });
}

function findUnknown(layer: RoutingLayer): RoutingProblem[] {
  const known = listKnownNames(layer);
  const problems: RoutingProblem[] = [];
  const check = (name: string, path: RoutingProblem["path"]): void => {
    if (!known.includes(name)) problems.push({ path, ...sayUnknown(name, known) });
  };
  if (layer.executor != null) check(layer.executor.executor, ["executor"]);
  for (const [type, choices] of Object.entries(layer.routes ?? {})) {
    for (const [index, { executor }] of choices.entries()) check(executor, ["routes", type, index]);
  }
  for (const [from, { executor }] of Object.entries(layer.cheaper ?? {})) {
    check(from, ["cheaper", from]);
    check(executor, ["cheaper", from]);
  }
  for (const [from, choices] of Object.entries(layer.fallbacks ?? {})) {
    check(from, ["fallbacks", from]);
    for (const [index, { executor }] of choices.entries()) check(executor, ["fallbacks", from, index]);
  }
  return problems;
}

/** What to say of a name that no executor has. */
export function sayUnknown(name: string, known: readonly string[]): Omit<RoutingProblem, "path"> {
  const nearest = findNearestName(name, known);
  return {
    message: `expected the name of an executor, found "${name}"`,
    hint: nearest === null ? `executors: ${known.join(", ")}` : `did you mean ${nearest}?`,
  };
}
