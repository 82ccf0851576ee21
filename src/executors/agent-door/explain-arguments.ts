import type { z } from "zod";
import { describeValue } from "../../core/describe-value.ts";
import { findNearestName } from "../../core/nearest-name.ts";

const ISSUES_MAX = 8;

/** Says of wrong arguments what was expected, what came, and how a call looks that works: an agent corrects itself by it. */
export function explainArguments(
  tool: string,
  issues: readonly z.core.$ZodIssue[],
  known: { readonly names: readonly string[]; readonly example: object },
): string {
  const lines = issues
    .flatMap((issue) => explainIssue(issue, known.names))
    .slice(0, ISSUES_MAX)
    .map((line) => `- ${line}`);
  return [
    `${tool} did nothing: its arguments are wrong. Correct this and call it again:`,
    ...lines,
    `A call that works: ${JSON.stringify(known.example)}`,
  ].join("\n");
}

function explainIssue(issue: z.core.$ZodIssue, names: readonly string[]): string[] {
  const path = toPath(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.slice(0, ISSUES_MAX).map((key) => {
        const nearest = issue.path.length === 0 ? findNearestName(key, names) : null;
        const name = toPath([...issue.path, key.slice(0, 60)]);
        return `${name}: there is no such argument; ${nearest === null ? "leave it out" : `did you mean ${nearest}?`}`;
      });
    case "invalid_value":
      return [`${path}: expected one of ${issue.values.join(", ")}; found ${describeValue(issue.input)}`];
    case "too_small":
    case "too_big":
      return [`${path}: ${explainSize(issue)}`];
    case "invalid_type":
      return [
        `${path}: expected ${TYPES[issue.expected] ?? issue.expected}; found ${describeValue(issue.input)}`,
      ];
    case "invalid_format":
      return [`${path}: ${issue.message}; found ${describeValue(issue.input)}`];
    default:
      return [`${path}: ${issue.message}`];
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  array: "a list",
  object: "an object",
  int: "a whole number",
  number: "a number",
};

function explainSize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const isLow = issue.code === "too_small";
  const bound = isLow ? issue.minimum : issue.maximum;
  const { input } = issue;
  if (typeof input === "string" && isLow) return "expected some text; found none";
  if (typeof input === "string") return `expected at most ${bound} characters; found ${input.length}`;
  const least = isLow ? "at least" : "at most";
  if (Array.isArray(input)) return `expected ${least} ${bound} entries; found ${input.length}`;
  const edge = isLow && issue.inclusive === false ? "more than" : least;
  return `expected ${edge} ${bound}; found ${describeValue(input)}`;
}

/** `options[1].id`; the whole where there is no path. */
function toPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "arguments";
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`,
    )
    .join("");
}
