/** The shape of a config file: what it may say, before it is known who says it (`config.ts`). */
import { z } from "zod";
import { ACTION_NAMES, type ActionName } from "./autonomy/action-names.ts";
import { parseActionRule } from "./autonomy/action-rule.ts";
import type { Level, Rule, Tier } from "./autonomy/types.ts";
import { gates, isCommand, listGateKeys, listWatchKeys, watch } from "./checks/gate-shape.ts";
import {
  byteSize,
  duration,
  eitherOf,
  list,
  mapping,
  oneOf,
  presetName,
  section,
  tell,
  text,
  value,
  wholeNumber,
} from "./config-values.ts";
import type { OverlapPolicy, Policy } from "./model/project.ts";
import { TASK_TYPES, type TaskType } from "./model/route.ts";
import { findNearestName } from "./nearest-name.ts";
import { parseAllowList } from "./network/allow-list.ts";
import { parseTokens, parseUsd } from "./read-amount.ts";
import { checkRouting, type RoutingProblem } from "./routing/check.ts";
import { parseChoice } from "./routing/choice.ts";
import { settleExecutors } from "./routing/settle-executors.ts";
import { toTaskType } from "./routing/task-type.ts";

/** Something wrong in a config. The reader of the file adds the line. */
export interface ConfigProblem {
  /** Keys from the top to the place. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** One next step; null: the message says it all. */
  readonly hint: string | null;
  /** Text was expected: a number or `true` there may want quotes. */
  readonly wantsText: boolean;
}

const TASK_TIMEOUT_MS_MAX = 7 * 86_400_000;

const taskTimeout = duration("a duration up to 7 days such as 5m or 1h 30m", TASK_TIMEOUT_MS_MAX);
/** Shorter would mean to look at work trees more often than once a minute. */
const taskStuck = duration("a duration from 4m to 7 days such as 10m", TASK_TIMEOUT_MS_MAX, 4 * 60_000);
const folder = text("a folder or file inside the repository", (found) => {
  const parts = found.split("/");
  return found !== "" && found.length <= 1000 && !/^[/\\]|\0/.test(found) && !parts.includes("..");
});
const branch = text("a branch name", (found) => /^[^-\s][^\s~^:?*[\\]{0,249}$/.test(found));
const place = text("an absolute path or one below ~/", (found) => /^(?:\/|~\/)[^\0]{1,4000}$/.test(found));
const variable = text("a variable's name", (found) => /^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(found));
const person = text(
  "a person's name",
  (found) => found.trim() === found && found !== "" && found.length <= 200,
);
const specName = text("a spec's id", (found) => found.trim() !== "" && found.length <= 200);
const setup = value<string | false>(
  "a shell command, or false for none",
  (found) => (found === false || (typeof found === "string" && isCommand(found)) ? found : null),
  true,
);
const program = text("a program: a name that is found on PATH, an absolute path, or one below ~/", (found) =>
  /^(?:[\w.+@-]+|(?:~?\/)[^\0]{1,4000})$/.test(found),
);
const argument = text("an argument", (found) => found.length <= 4_000 && !found.includes("\0"));
const modelName = text("a model's name", (found) => /^\S{1,200}$/.test(found));
const choice = value(
  "an executor, or executor:model",
  (found) => (typeof found === "string" ? parseChoice(found) : null),
  true,
);
const choices = list("a list such as [claude:opus, codex]", choice);
const argv = list("a list of a program and its arguments", argument)
  .min(1, { error: "expected a program and its arguments, found an empty list" })
  .superRefine(([first], context) => {
    if (first === undefined) return;
    const result = program.safeParse(first);
    for (const issue of result.error?.issues ?? [])
      context.addIssue({ code: "custom", message: issue.message, path: [0] });
  });
const host = text(
  "a host, a host with a port, *.host, or packages: with npm, pypi, cargo, go or all",
  (found) => parseAllowList([found]).problems.length === 0,
);
const executorKeys = section({
  preset: presetName.nullish(),
  registry: text("the id of an agent in the registry", (found) =>
    /^[a-z][a-z0-9-]{0,99}$/.test(found),
  ).nullish(),
  argv: argv.nullish(),
  args: list("a list of arguments", argument).nullish(),
  env: list("a list of variables", variable).nullish(),
  hosts: list("a list of hosts", host).nullish(),
  meter: value("true or false", (found) => (typeof found === "boolean" ? found : null)).nullish(),
  model: modelName.nullish(),
  api: section({
    baseUrl: text(
      "an http or https address",
      (found) => /^https?:\/\/[^\s/]+/.test(found) && URL.canParse(found),
    ),
    keyEnv: variable.nullish(),
    contextTokens: wholeNumber("a whole number from 1,000 to 10,000,000", 1_000, 10_000_000).nullish(),
  }).nullish(),
});
const executor = executorKeys.nullable();
const executors = mapping("a mapping from names to executors", executor).transform((written, context) => {
  const { executors: settled, problems } = settleExecutors(written);
  tell(problems, context);
  return settled;
});
const routes = mapping("a mapping from types of task to lists of executors", choices).transform(
  (written, context): Partial<Record<TaskType, z.output<typeof choices>>> => {
    tell(Object.keys(written).flatMap(findTypeProblem), context);
    return written;
  },
);

function findTypeProblem(word: string): RoutingProblem | [] {
  if (TASK_TYPES.some((type) => type === word)) return [];
  const meant = toTaskType(word) ?? findNearestName(word, TASK_TYPES);
  const hint = meant === null ? `types: ${TASK_TYPES.join(", ")}` : `did you mean ${meant}?`;
  return { path: [word], message: `unknown type of task "${word}"`, hint };
}

const estimateLimit = duration("a duration such as 20s or 5m", TASK_TIMEOUT_MS_MAX);

const limit = section({
  tokens: value("a whole number of tokens such as 500k or 2M", parseTokens).nullish(),
  usd: value("dollars such as 5 or 2.50", parseUsd).nullish(),
});

const networkWord = oneOf("off", "open");
const allowed = section({ allow: list("a list of hosts", host) });
const network = eitherOf<"off" | "open" | { readonly allow: readonly string[] }>(allowed, networkWord);

const pattern = (action: "edit" | "execute", expected: string) =>
  text(expected, (found) => !("problem" in parseActionRule(`${action}:${found}`)));
const level = oneOf<Level>("full", "supervised", "ask");
const ruleConditions = section({
  paths: list("a list of globs", pattern("edit", "a glob in the repository")).optional(),
  commands: list("a list of commands", pattern("execute", "the first words of one command")).optional(),
  maxFiles: wholeNumber("a whole number from 1 to 10,000", 1, 10_000).optional(),
  maxChars: wholeNumber("a whole number from 1 to 1,000,000", 1, 1_000_000).optional(),
  tests: oneOf("present", "passing").optional(),
  inScope: value("true", (found) => (found === true ? found : null)).optional(),
});
const ruleWithConditions = section({
  level,
  when: ruleConditions.optional(),
  otherwise: level.optional(),
});
const rule = eitherOf<Rule>(
  ruleWithConditions as z.ZodType<Rule>,
  level.transform((found): Rule => ({ level: found })),
);
const rules = section(
  Object.fromEntries(
    (Object.keys(ACTION_NAMES) as ActionName[]).map((name) => [name, rule.nullish()]),
  ) as Record<ActionName, z.ZodOptional<z.ZodNullable<typeof rule>>>,
);
const share = value("a number from 0 to 1", (found) =>
  typeof found === "number" && found >= 0 && found <= 1 ? found : null,
);

const image = text("an image's name, as podman and docker write it", (found) =>
  /^[A-Za-z0-9][\w./:@-]{0,400}$/.test(found),
);
const cores = value("a number of cores from 0.1 to 1024, such as 2 or 1.5", (found) =>
  typeof found === "number" && found >= 0.1 && found <= 1024 ? found : null,
);
const container = section({
  engine: oneOf("podman", "docker").nullish(),
  image,
  memory: byteSize.nullish(),
  cpus: cores.nullish(),
});

/** Empty values (`base:`) are as if the key were not there. */
const shape = section({
  base: branch.nullish(),
  specs: list("a list of folders", folder).nullish(),
  maxParallel: wholeNumber("a whole number from 1 to 256", 1, 256).nullish(),
  policy: oneOf<Policy>("fifo", "dependency_first", "user_defined").nullish(),
  order: list("a list of specs", specName).nullish(),
  workflow: text("a workflow's name, or name@version", (found) =>
    /^[a-z0-9][a-z0-9._-]*(?:@\d+)?$/.test(found),
  ).nullish(),
  overlaps: oneOf<OverlapPolicy>("queue", "ask", "branch").nullish(),
  handoffs: oneOf<"producer" | "collector">("producer", "collector").nullish(),
  executor: choice.nullish(),
  executors: executors.nullish(),
  registry: place.nullish(),
  routes: routes.nullish(),
  fallbacks: mapping("a mapping from executors to lists of executors", choices).nullish(),
  cheaper: mapping("a mapping from executors to cheaper routes", choice).nullish(),
  me: person.nullish(),
  roles: mapping("a mapping from roles to lists of names", list("a list of names", person)).nullish(),
  gates: gates.nullish(),
  setup: setup.nullish(),
  resources: mapping(
    "a mapping from names to amounts",
    wholeNumber("a whole number from 1 to 1,000,000", 1, 1_000_000),
  ).nullish(),
  taskTimeout: taskTimeout.nullish(),
  taskStuck: taskStuck.nullish(),
  taskRounds: wholeNumber("a whole number from 0 to 10", 0, 10).nullish(),
  watch: watch.nullish(),
  disk: section({ maxBytes: byteSize.nullish(), minFreeBytes: byteSize.nullish() }).nullish(),
  sandbox: section({
    level: oneOf("bubblewrap", "process", "container").nullish(),
    container: container.nullish(),
    network: network.nullish(),
    mounts: list("a list of paths", place).nullish(),
    env: list("a list of variables", variable).nullish(),
  }).nullish(),
  budget: section({
    run: limit.nullish(),
    workstream: limit.nullish(),
    task: limit.nullish(),
    toolCalls: wholeNumber("a whole number from 1 to 100,000", 1, 100_000).nullish(),
  }).nullish(),
  estimate: section({ low: estimateLimit.nullish(), high: estimateLimit.nullish() }).nullish(),
  autonomy: section({
    tier: oneOf<Tier>("supervised", "balanced", "autonomous", "full_auto").nullish(),
    rules: rules.nullish(),
    confidence: section({ proceed: share.nullish(), log: share.nullish() }).nullish(),
  }).nullish(),
});

/** What one file says. Durations are milliseconds, sizes bytes; null and undefined: it says nothing. */
export type ConfigLayer = z.output<typeof shape>;

/** Whose file it is. The operator's names all executors itself; a project's chooses among those. */
export type ConfigOwner = "operator" | "project";

/**
 * Reads the content of a config file, as YAML or JSON gave it.
 *
 * @param content null or undefined: an empty file
 */
export function parseConfig(
  content: unknown,
  owner: ConfigOwner = "project",
): { readonly layer: ConfigLayer } | { readonly problems: readonly ConfigProblem[] } {
  const result = shape.safeParse(content ?? {});
  if (!result.success) return { problems: result.error.issues.flatMap(toProblems) };
  const problems = owner === "operator" ? checkRouting(result.data) : [];
  if (problems.length > 0) return { problems: problems.map((each) => ({ ...each, wantsText: false })) };
  return { layer: result.data };
}

/** Every key that a config file may have, e.g. `disk.maxBytes`; `<name>` stands for names that people choose. */
export function listConfigKeys(): string[] {
  return listKeys(shape);
}

function listKeys(of: z.ZodObject, above = ""): string[] {
  return Object.entries(of.shape).flatMap(([name, field]) => {
    const key = `${above}${name}`;
    const inner = unwrapField(field as z.ZodType);
    if (inner === rules || isMapping(inner)) return [`${key}.<name>`];
    return inner instanceof z.ZodObject ? listKeys(inner, `${key}.`) : [key];
  });
}

/** What is left of a field without "or nothing". */
function unwrapField(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable)
    return unwrapField(field.unwrap() as z.ZodType);
  return field;
}

const isMapping = (schema: unknown): boolean =>
  schema instanceof z.ZodRecord || (schema instanceof z.ZodPipe && schema.in instanceof z.ZodRecord);

function toProblems(issue: z.core.$ZodIssue): ConfigProblem[] {
  const path = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
  if (issue.code !== "unrecognized_keys") {
    const told = issue.code === "custom" ? issue.params : undefined;
    const hint = typeof told?.hint === "string" ? told.hint : null;
    return [{ path, message: issue.message, hint, wantsText: told?.wantsText === true }];
  }
  const known = listKeysAt(path);
  return issue.keys.map((key) => {
    const nearest = findNearestName(key, known);
    const hint = nearest === null ? `known keys: ${known.join(", ")}` : `did you mean ${nearest}?`;
    return { path: [...path, key], message: `unknown key "${key}"`, hint, wantsText: false };
  });
}

function listRuleKeys([action, part]: readonly (string | number)[]): readonly string[] {
  if (action === undefined) return Object.keys(ACTION_NAMES);
  return Object.keys(part === "when" ? ruleConditions.shape : ruleWithConditions.shape);
}

function listKeysAt(path: readonly (string | number)[]): readonly string[] {
  if (path[0] === "gates") return listGateKeys(String(path[1]));
  if (path[0] === "watch" && path.length > 1) return listWatchKeys(String(path[1]));
  if (path[0] === "executors") return Object.keys(executorKeys.shape);
  if (path[0] === "autonomy" && path[1] === "rules") return listRuleKeys(path.slice(2));
  if (path.length === 0) return Object.keys(shape.shape);
  const prefix = `${path.join(".")}.`;
  const below = listConfigKeys().filter((key) => key.startsWith(prefix));
  return [...new Set(below.map((key) => key.slice(prefix.length).replace(/\..*/, "")))];
}
