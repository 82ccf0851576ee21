/** The ways to an executor, in the order in which they count. */
import type { RouteChoice, TaskRoute, TaskType } from "../model/route.ts";
import { parseChoice } from "./choice.ts";
import { COMMAND, mayRun, type RoutingConfig } from "./config.ts";
import { listSuited } from "./presets.ts";

/** An executor that is on this machine. */
export interface RouteExecutor {
  readonly name: string;
  /** `agent`: it works from a text. */
  readonly kind: "command" | "agent";
  /** Null where it can do the task; else why not, for people. */
  refuse(work: { readonly script: string | null; readonly title: string }): string | null;
}

/** What a route depends on of a task. */
export interface RoutedTask {
  readonly title: string;
  readonly script: string | null;
  readonly type: TaskType;
  /** How its type is known; null: not worth a word. */
  readonly typeWhy: string | null;
  /** What its document asks for; null: nothing. */
  readonly said: TaskRoute["said"];
}

export interface RouteInput {
  readonly task: RoutedTask;
  readonly config: RoutingConfig;
  readonly available: readonly RouteExecutor[];
  /** Why one that the config names is not among them, for people; absent: it is not known. */
  readonly missing?: ReadonlyMap<string, string> | undefined;
  /** Whom the operator wants for this run; null: nobody in particular. It does not touch run blocks. */
  readonly wanted: RouteChoice | null;
}

/** One way: executors, best first, and why these. */
export interface Way {
  readonly choices: readonly RouteChoice[];
  readonly why: string;
  /** Where none of these can do it, the next way is tried. */
  readonly isOpen: boolean;
}

export function listWays(input: RouteInput): readonly Way[] {
  const { task, config, wanted } = input;
  const { said, script, type } = task;
  const ways: Way[] = [];
  const add = (choices: readonly RouteChoice[], why: string, isOpen = false): void => {
    if (choices.length > 0) ways.push({ choices, why, isOpen });
  };
  const named = said?.executor == null ? null : readSaid(input, said.executor);
  if (script === null && wanted !== null) add([wanted], "asked for with --executor");
  if (named !== null) add([named], "the spec says so");
  if (script !== null) add([{ executor: COMMAND, model: null }], "it has a run block");
  add(config.routes[type] ?? [], `the route for ${type}`, true);
  if (config.executor !== null) add([config.executor], "the executor of the config");
  add(listNamed(config, type), `suits ${type} best of those in the config`);
  const agents = listAgents(input);
  if (config.executor === null && agents.length === 1)
    add(agents.map(toChoice), "the only agent that is here");
  return ways;
}

const toChoice = (executor: string): RouteChoice => ({ executor, model: null });

/** Names of the agents that are here and may run. */
export const listAgents = ({
  available,
  config,
}: Pick<RouteInput, "available" | "config">): readonly string[] =>
  available
    .filter(({ kind, name }) => kind === "agent" && mayRun(config, name))
    .map(({ name }) => name)
    .sort();

/** An executor as a document names it, by the name that it has here: people write `Claude`, and `claude:opus`. */
export function readSaid(
  { available, config }: Pick<RouteInput, "available" | "config">,
  text: string,
): RouteChoice {
  const { executor, model } = parseChoice(text) ?? { executor: text, model: null };
  const names = [...available.map(({ name }) => name), ...Object.keys(config.executors)].sort();
  const lower = executor.toLowerCase();
  const found = names.includes(executor) ? executor : names.find((name) => name.toLowerCase() === lower);
  return { executor: found ?? executor, model };
}

/** Executors that the config names: those first whose preset suits the type; agents of one's own last, by name. */
function listNamed({ executors }: RoutingConfig, type: TaskType): readonly RouteChoice[] {
  const all = Object.entries(executors).sort(([a], [b]) => (a < b ? -1 : 1));
  const suited = listSuited(type).flatMap(({ preset }) => all.filter(([, each]) => each.preset === preset));
  const own = all.filter(([, each]) => each.preset === null);
  return [...suited, ...own].map(([name]) => toChoice(name));
}
