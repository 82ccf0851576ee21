/** The shape of a config file: what it may say, before it is known who says it (`config.ts`). */
import { z } from "zod";
import { ACTION_NAMES, type ActionName } from "./autonomy/action-names.ts";
import { parseActionRule } from "./autonomy/action-rule.ts";
import type { Level, Rule, Tier } from "./autonomy/types.ts";
import { parseByteSize } from "./byte-size.ts";
import { describeValue } from "./describe-value.ts";
import { parseDurationMs } from "./duration.ts";
import type { Policy } from "./model/work.ts";
import { findNearestName } from "./nearest-name.ts";

/** A gate in a config: a command, a command with a limit of its own, or `false` to switch off a gate that was found. */
export type GateChoice = string | { readonly command: string; readonly timeoutMs?: number } | false;

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

/** One value: `read` gives null for what is not `expected`. */
function value<T>(expected: string, read: (found: unknown) => T | null, wantsText = false) {
  return z.unknown().transform((found, context): T => {
    const result = read(found);
    if (result !== null) return result;
    const message = `expected ${expected}, found ${describeValue(found)}`;
    context.addIssue({ code: "custom", message, params: { wantsText } });
    return z.NEVER;
  });
}

function text(expected: string, isGood: (found: string) => boolean) {
  const read = (found: unknown) => (typeof found === "string" && isGood(found) ? found : null);
  return value(expected, read, true);
}

function oneOf<const T extends string>(...words: readonly T[]) {
  return value(words.join(" or "), (found) => words.find((word) => word === found) ?? null);
}

function wholeNumber(expected: string, minimum: number, maximum: number) {
  const isGood = (found: unknown): found is number =>
    Number.isInteger(found) && Number(found) >= minimum && Number(found) <= maximum;
  return value(expected, (found) => (isGood(found) ? found : null));
}

function duration(expected: string, maximumMs: number) {
  return value(expected, (found) => {
    const ms = typeof found === "string" ? parseDurationMs(found) : null;
    return ms !== null && ms <= maximumMs ? ms : null;
  });
}

const byteSize = value("a size such as 20 GiB, or a number of bytes", (found) => {
  if (typeof found === "string") return parseByteSize(found);
  return Number.isSafeInteger(found) && Number(found) >= 1 ? Number(found) : null;
});

function list<T extends z.ZodType>(expected: string, item: T) {
  return z.array(item, { error: ({ input }) => `expected ${expected}, found ${describeValue(input)}` });
}

function mapping<T extends z.ZodType>(expected: string, item: T) {
  const error = ({ input }: { input?: unknown }) => `expected ${expected}, found ${describeValue(input)}`;
  return z.record(z.string(), item, { error });
}

function section<T extends z.ZodRawShape>(shape: T) {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code, input }) =>
      code === "invalid_type" ? `expected a mapping with ${keys}, found ${describeValue(input)}` : undefined,
  });
}

const isCommand = (found: string) => found.trim() !== "" && found.length <= 10_000 && !found.includes("\0");
const command = text("a shell command", isCommand);
const taskTimeout = duration("a duration up to 7 days such as 5m or 1h 30m", TASK_TIMEOUT_MS_MAX);
const gateWithLimit = section({ command, timeout: taskTimeout.optional() }).transform(
  ({ command, timeout }): GateChoice =>
    timeout === undefined ? { command } : { command, timeoutMs: timeout },
);
const gateWord = value<GateChoice>(
  "a shell command, {command, timeout} or false",
  (found) => {
    if (found === false) return false;
    return typeof found === "string" && isCommand(found) ? found : null;
  },
  true,
);
/** Whichever fits what was found, so that its problems are named and not those of the other. */
function eitherOf<T>(ofMapping: z.ZodType<T>, ofWord: z.ZodType<T>) {
  return z.unknown().transform((found, context): T => {
    const isMapping = typeof found === "object" && found !== null && !Array.isArray(found);
    const result = (isMapping ? ofMapping : ofWord).safeParse(found);
    if (result.success) return result.data;
    for (const issue of result.error.issues)
      context.issues.push({ ...issue, input: found } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}
const gate = eitherOf<GateChoice>(gateWithLimit, gateWord);

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
const estimateLimit = duration("a duration such as 20s or 5m", TASK_TIMEOUT_MS_MAX);

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
  handoffs: oneOf<"producer" | "collector">("producer", "collector").nullish(),
  me: person.nullish(),
  roles: mapping("a mapping from roles to lists of names", list("a list of names", person)).nullish(),
  gates: mapping("a mapping from names to commands", gate).nullish(),
  setup: setup.nullish(),
  resources: mapping(
    "a mapping from names to amounts",
    wholeNumber("a whole number from 1 to 1,000,000", 1, 1_000_000),
  ).nullish(),
  taskTimeout: taskTimeout.nullish(),
  disk: section({ maxBytes: byteSize.nullish(), minFreeBytes: byteSize.nullish() }).nullish(),
  sandbox: section({
    level: oneOf("bubblewrap", "process").nullish(),
    network: oneOf("off", "open").nullish(),
    mounts: list("a list of paths", place).nullish(),
    env: list("a list of variables", variable).nullish(),
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

/**
 * Reads the content of a config file, as YAML or JSON gave it.
 *
 * @param content null or undefined: an empty file
 */
export function parseConfig(
  content: unknown,
): { readonly layer: ConfigLayer } | { readonly problems: readonly ConfigProblem[] } {
  const result = shape.safeParse(content ?? {});
  if (result.success) return { layer: result.data };
  return { problems: result.error.issues.flatMap(toProblems) };
}

/** Every key that a config file may have, e.g. `disk.maxBytes`; `<name>` stands for names that people choose. */
export function listConfigKeys(): string[] {
  return listKeys(shape);
}

function listKeys(of: z.ZodObject, above = ""): string[] {
  return Object.entries(of.shape).flatMap(([name, field]) => {
    const key = `${above}${name}`;
    const inner = unwrapField(field as z.ZodType);
    if (inner === rules) return [`${key}.<name>`];
    if (inner instanceof z.ZodObject) return listKeys(inner, `${key}.`);
    return inner instanceof z.ZodRecord ? [`${key}.<name>`] : [key];
  });
}

/** What is left of a field without "or nothing". */
function unwrapField(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable)
    return unwrapField(field.unwrap() as z.ZodType);
  return field;
}

function toProblems(issue: z.core.$ZodIssue): ConfigProblem[] {
  const path = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
  if (issue.code !== "unrecognized_keys") {
    const wantsText = issue.code === "custom" && issue.params?.wantsText === true;
    return [{ path, message: issue.message, hint: null, wantsText }];
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
  if (path[0] === "gates") return ["command", "timeout"];
  if (path[0] === "autonomy" && path[1] === "rules") return listRuleKeys(path.slice(2));
  if (path.length === 0) return Object.keys(shape.shape);
  const prefix = `${path.join(".")}.`;
  return listConfigKeys()
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}
