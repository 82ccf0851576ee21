import type { RouteChoice, TaskType } from "../model/route.ts";
import type { PresetName } from "./presets.ts";

/** A server that speaks OpenAI's chat completions. */
export interface ApiSetting {
  /** Where `/chat/completions` is, e.g. `http://127.0.0.1:11434/v1`. */
  readonly baseUrl: string;
  /** Variable of the operator's environment that holds the key; null: the server needs none. */
  readonly keyEnv: string | null;
  /** Tokens that the model takes in one request; null: 100,000. */
  readonly contextTokens: number | null;
}

/** An executor as the operator's config describes it. */
export interface ExecutorSetting {
  /** Null: an agent of the operator's own, started by `argv`. */
  readonly preset: PresetName | null;
  /** The program and its arguments, in place of the preset's; null: the preset's. Its first word is absolute, below `~/`, or found on PATH. */
  readonly argv: readonly string[] | null;
  /** Arguments after those. */
  readonly args: readonly string[];
  /** Names of variables that it gets from the operator's environment. */
  readonly env: readonly string[];
  /** Hosts that it reaches beside its preset's, also where the network is off for everything else. */
  readonly hosts: readonly string[];
  /** Id of an agent in the public registry, whose launch data starts it; absent: it is none of them. */
  readonly registry?: string;
  /** A model behind an API, in place of an agent's program; null: it is an agent. */
  readonly api: ApiSetting | null;
  /** Its requests to the model pass osqr's meter; null: where a limit holds and it can be. */
  readonly meter: boolean | null;
  /** Its model where no route names one; null: its own choice. */
  readonly model: string | null;
}

/** Who may do which work. Only the operator's own config says who may run at all. */
export interface RoutingConfig {
  /** Null: nobody has said. */
  readonly executor: RouteChoice | null;
  /** By name, in the order of the names. Empty: every agent that is found on the machine may run. `command` always may. */
  readonly executors: Readonly<Record<string, ExecutorSetting>>;
  /** Path of the registry's file, absolute or below `~/`; absent: `registry.json` beside the config. */
  readonly registry?: string;
  /** By type of task, best first. */
  readonly routes: Readonly<Partial<Record<TaskType, readonly RouteChoice[]>>>;
  /** By executor: who takes over where it is missing, rate-limited or failing, in this order. Without cycles. */
  readonly fallbacks: Readonly<Record<string, readonly RouteChoice[]>>;
  /** By executor: what new starts take in its place in the red zone of a run's budget. */
  readonly cheaper: Readonly<Record<string, RouteChoice>>;
}

/** Of a config that says nothing about executors. */
export const NO_ROUTING: RoutingConfig = {
  executor: null,
  executors: {},
  routes: {},
  fallbacks: {},
  cheaper: {},
};

/** The executor that runs commands and no agent. It always may. */
export const COMMAND = "command";

/** True where the operator's config lets an executor run. */
export const mayRun = ({ executors }: Pick<RoutingConfig, "executors">, name: string): boolean =>
  name === COMMAND || Object.keys(executors).length === 0 || Object.hasOwn(executors, name);
