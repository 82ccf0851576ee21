import { findNearestName } from "../nearest-name.ts";
import type { RoutingProblem } from "./check.ts";
import { COMMAND, type ExecutorSetting } from "./config.ts";
import { isPresetName, PRESET_NAMES, type PresetName } from "./presets.ts";

/** An executor as it is written; what is absent or null is not said. */
export interface WrittenExecutor {
  readonly preset?: PresetName | null | undefined;
  readonly registry?: string | null | undefined;
  readonly argv?: readonly string[] | null | undefined;
  readonly args?: readonly string[] | null | undefined;
  readonly env?: readonly string[] | null | undefined;
  readonly hosts?: readonly string[] | null | undefined;
  readonly meter?: boolean | null | undefined;
  readonly model?: string | null | undefined;
  readonly api?:
    | {
        readonly baseUrl: string;
        readonly keyEnv?: string | null | undefined;
        readonly contextTokens?: number | null | undefined;
      }
    | null
    | undefined;
}

/** More executors than anybody has. */
const EXECUTORS_MAX = 100;

const NAME = /^[A-Za-z0-9][\w.-]{0,49}$/;

/** Names that stand for something else wherever an executor is named. */
const TAKEN: Readonly<Record<string, string>> = {
  [COMMAND]: "it is built in and always there",
  person: "it stands for the people who sign",
};

/** Completes what is written: a name that is a preset's means that preset. Problems have their path below `executors`. */
export function settleExecutors(written: Readonly<Record<string, WrittenExecutor | null>>): {
  readonly executors: Readonly<Record<string, ExecutorSetting>>;
  readonly problems: readonly RoutingProblem[];
} {
  const names = Object.keys(written);
  const problems: RoutingProblem[] = names.flatMap((name) => findProblem(name, written[name] ?? {}) ?? []);
  if (names.length > EXECUTORS_MAX) {
    const message = `expected at most ${EXECUTORS_MAX} executors, found ${names.length}`;
    problems.push({ path: [], message, hint: null });
  }
  const executors = names.map((name) => [name, complete(name, written[name] ?? {})] as const);
  return { executors: Object.fromEntries(executors), problems };
}

function complete(
  name: string,
  { preset, registry, argv, args, env, hosts, meter, model, api }: WrittenExecutor,
): ExecutorSetting {
  const usual = isPresetName(name) ? name : null;
  return {
    preset: preset ?? usual,
    argv: argv ?? null,
    args: args ?? [],
    env: env ?? [],
    hosts: hosts ?? [],
    meter: meter ?? null,
    model: model ?? null,
    ...(registry == null ? {} : { registry }),
    api:
      api == null
        ? null
        : { baseUrl: api.baseUrl, keyEnv: api.keyEnv ?? null, contextTokens: api.contextTokens ?? null },
  };
}

function findProblem(name: string, written: WrittenExecutor): RoutingProblem | null {
  const { preset, registry, argv, api, model, meter } = written;
  if (!NAME.test(name)) {
    const message = `expected a name of up to 50 letters, digits, ".", "-" and "_", found "${name.slice(0, 100)}"`;
    return { path: [name], message, hint: null };
  }
  const taken = Object.hasOwn(TAKEN, name) ? TAKEN[name] : undefined;
  if (taken !== undefined)
    return { path: [name], message: `expected another name, found "${name}": ${taken}`, hint: null };
  if (registry != null) {
    const others = { preset, argv, api };
    const other = Object.keys(others).find((key) => others[key as keyof typeof others] != null);
    if (other !== undefined)
      return { path: [name], message: `expected registry or ${other}, found both`, hint: null };
    if (!isPresetName(name)) return null;
    const message = `expected another name for an agent of the registry, found "${name}", which is a preset's`;
    return { path: [name], message, hint: null };
  }
  if (meter != null && preset == null && !isPresetName(name))
    return {
      path: [name, "meter"],
      message:
        api == null
          ? "expected a preset beside meter: of another agent osqr does not know how to lead its requests"
          : "expected no meter beside api: osqr itself makes its requests, and counts each",
      hint: null,
    };
  if (api != null) {
    const isBoth = preset != null || argv != null || isPresetName(name);
    if (isBoth) return { path: [name], message: "expected api, or a preset or argv, found both", hint: null };
    if (model == null)
      return {
        path: [name],
        message: "expected the model that its api serves, found none",
        hint: "model: <name>",
      };
    return null;
  }
  if (preset != null || argv != null || isPresetName(name)) return null;
  const nearest = findNearestName(name, PRESET_NAMES);
  return {
    path: [name],
    message: "expected a preset, argv for an agent of your own, or registry, found none of them",
    hint: nearest === null ? `presets: ${PRESET_NAMES.join(", ")}` : `did you mean ${nearest}?`,
  };
}
