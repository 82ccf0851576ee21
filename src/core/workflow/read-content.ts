/** From what YAML or JSON gave to typed content, or to what is wrong with it. */
import { z } from "zod";
import { describeValue } from "../describe-value.ts";
import { findNearestName } from "../nearest-name.ts";
import { type ContentPath, isMapping, nameField, type WorkflowProblem } from "./problems.ts";
import { type WorkflowContent, workflowShape } from "./shape.ts";

/** Nothing that a workflow may say is nested deeper. */
const DEPTH_MAX = 12;

/** Typed content, or every place that does not have the shape. */
export type ReadContent =
  | { readonly content: WorkflowContent }
  | {
      readonly problems: readonly WorkflowProblem[];
      /** What is left without the values that are wrong, so that the rest can be looked at; null: nothing readable. */
      readonly rest: WorkflowContent | null;
    };

/** Empty values (`role:`) are as if the key were not there. */
export function readContent(value: unknown): ReadContent {
  const written = dropEmpty(value, 0);
  const result = workflowShape.safeParse(written, { reportInput: true });
  if (result.success) return { content: result.data };
  const problems = result.error.issues.flatMap((issue) => toProblems(issue, [], written));
  return { problems, rest: readRest(written, problems) };
}

/** Fields that say what a step is: without one of them the others mean something else. */
const TELLING = new Set<string | number>(["key", "kind", "review", "integrate", "duplicates"]);

/** Null too where a step would have to be left out: others may name it. */
function readRest(written: unknown, problems: readonly WorkflowProblem[]): WorkflowContent | null {
  const isDeep = ({ path, code }: WorkflowProblem): boolean =>
    code !== "missing-field" &&
    (path[0] === "steps" ? path.length >= 3 && !TELLING.has(path[2] ?? "") : path.length > 0);
  if (!problems.every(isDeep)) return null;
  const kept = structuredClone(written);
  for (const { path } of problems) dropAt(kept, path[0] === "steps" ? path.slice(0, 3) : path.slice(0, 1));
  const again = workflowShape.safeParse(kept);
  return again.success ? again.data : null;
}

function dropAt(value: unknown, path: ContentPath): void {
  let node = value as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) node = node[step] as typeof node;
  delete node[path.at(-1) ?? ""];
}

function dropEmpty(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => dropEmpty(item, depth + 1));
  if (!isMapping(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, dropEmpty(item, depth + 1)]));
}

type Issue = z.core.$ZodIssue;

function toProblems(issue: Issue, above: ContentPath, content: unknown): readonly WorkflowProblem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => toUnknownKey(key, path, content));
  if (issue.code === "invalid_union") {
    const meant = issue.errors.find((branch) => !branch.some(isOtherType));
    if (meant !== undefined) return meant.flatMap((each) => toProblems(each, path, content));
  }
  // A name that is refused as a key is reported at its place, without what the parser says of keys.
  const expected = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? null) : issue.message;
  const found = issue.code === "invalid_key" ? String(path.at(-1)) : issue.input;
  return [toWrongValue({ path, expected: expected ?? "another value", found }, content)];
}

/** The value is of another type than this branch of a choice: the author meant another branch. */
const isOtherType = ({ code, path }: Issue): boolean => code === "invalid_type" && path.length === 0;

function toWrongValue(
  { path, expected, found }: { path: ContentPath; expected: string; found: unknown },
  content: unknown,
): WorkflowProblem {
  const field = nameField(path, content);
  if (found === undefined && path.length > 0) {
    const message = `${field} is missing`;
    return { path, code: "missing-field", message, found: "nothing", expected, hint: sayHow(path, expected) };
  }
  if (Array.isArray(found) && found.length === 0 && /^at least one (\w+)$/.test(expected)) {
    const message = `${field}: expected ${expected}, found an empty list`;
    return { path, code: "wrong-value", message, found: "an empty list", expected, hint: null };
  }
  const isPlain = typeof found === "number" || typeof found === "boolean";
  const wantsText = isPlain && !/number|true or false/.test(expected);
  const hint = wantsText ? `if it is meant as text, put it in quotes: "${found}"` : null;
  return {
    path,
    code: "wrong-value",
    message: `${field}: expected ${expected}, found ${describeValue(found)}`,
    found: describeValue(found),
    expected,
    hint,
  };
}

const sayHow = (path: ContentPath, expected: string): string => `add it: "${path.at(-1)}:" with ${expected}`;

function toUnknownKey(key: string, path: ContentPath, content: unknown): WorkflowProblem {
  const known = listKeysAt(path);
  const nearest = findNearestName(key.replaceAll(/([a-z])([A-Z])/g, "$1_$2"), known);
  return {
    path: [...path, key],
    code: "unknown-key",
    message: `${path.length === 0 ? "" : `${nameField(path, content)}: `}unknown key "${key.slice(0, 100)}"`,
    found: key.slice(0, 100),
    expected: known.join(", "),
    hint: nearest === null ? null : `did you mean ${nearest}?`,
  };
}

/** The keys that the mapping at a place may have. */
function listKeysAt(path: ContentPath): readonly string[] {
  let shape: z.core.$ZodType | undefined = workflowShape;
  for (const step of path) shape = shape === undefined ? undefined : enter(shape, step);
  const found = shape === undefined ? undefined : asObject(shape);
  return found === undefined ? [] : Object.keys(found.shape);
}

function enter(shape: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  const inner = unwrap(shape);
  if (typeof step === "number") return inner instanceof z.ZodArray ? inner.element : undefined;
  return asObject(inner)?.shape[step];
}

const unwrap = (shape: z.core.$ZodType): z.core.$ZodType =>
  shape instanceof z.ZodOptional ? unwrap(shape.unwrap()) : shape;

function asObject(shape: z.core.$ZodType): z.ZodObject | undefined {
  const inner = unwrap(shape);
  if (inner instanceof z.ZodObject) return inner;
  if (!(inner instanceof z.ZodUnion)) return undefined;
  return inner.options.find((option): option is z.ZodObject => option instanceof z.ZodObject);
}
