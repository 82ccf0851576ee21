/** What a request lacks, in plain words: where, what was expected, what was found. */
import type { z } from "@hono/zod-openapi";

type Issue = z.core.$ZodIssue;

const FOUND_CHARS_MAX = 60;

const FORMATS: Readonly<Record<string, string>> = {
  date: "a date like 2026-12-01",
  regex: "another form",
};

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

const UNITS: Readonly<Record<string, string>> = { string: " characters", array: " entries" };

function describeExpected(issue: Issue): string | null {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? `a value of type ${issue.expected}`;
    case "invalid_format":
      return FORMATS[issue.format] ?? `a text of the form ${issue.format}`;
    case "invalid_value":
      return issue.values
        .map(String)
        .join(", ")
        .replace(/, ([^,]*)$/, " or $1");
    case "too_small":
      return issue.origin === "string" && issue.minimum === 1
        ? "a text that is not empty"
        : `at least ${issue.minimum}${UNITS[issue.origin] ?? ""}`;
    case "too_big":
      return `at most ${issue.maximum}${UNITS[issue.origin] ?? ""}`;
    default:
      return null;
  }
}

/** The value at a path of the input; undefined where the input has none. */
function find(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function describeFound(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > FOUND_CHARS_MAX ? `${text.slice(0, FOUND_CHARS_MAX)}…` : text;
}

/** `due: expected a date like 2026-12-01, found "tomorrow"`. `input`: what was sent, for what was found. */
export function describeIssue(issue: Issue, target: string, input: unknown): string {
  const part = target === "json" ? "body" : target;
  if (issue.code === "unrecognized_keys") {
    const names = issue.keys.slice(0, 5).map((key) => JSON.stringify(key.slice(0, FOUND_CHARS_MAX)));
    return `${[part, ...issue.path.map(String)].join(".")}: unknown field ${names.join(", ")}`;
  }
  const place = issue.path.length === 0 ? part : issue.path.map(String).join(".");
  const expected = describeExpected(issue);
  if (expected === null) return `${place}: ${issue.message}`;
  return `${place}: expected ${expected}, found ${describeFound(find(input, issue.path))}`;
}
