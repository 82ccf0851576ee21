import type { SpecProblem } from "../model/spec.ts";

/** Keys and positions from the top of a workflow's content to a place in it. */
export type ContentPath = readonly (string | number)[];

/** Something wrong in a workflow; who knows the file adds the line. */
export interface WorkflowProblem {
  readonly path: ContentPath;
  /** Stable; all are listed in `docs/workflows.md`. */
  readonly code: string;
  readonly message: string;
  readonly found: string | null;
  readonly expected: string | null;
  readonly hint: string | null;
}

/** More would not be read. */
const PROBLEMS_MAX = 50;

/** Where a workflow was written. */
export interface WorkflowPlace {
  /** Path in the repository, or `built-in`. */
  readonly source: string;
  /** Line of a place, from 1; 0 for a built-in one. */
  lineOf(path: ContentPath): number;
}

/** The problems with their places, by line, at most 50 and a count of the rest. */
export function locateProblems(
  problems: readonly WorkflowProblem[],
  { source, lineOf }: WorkflowPlace,
): readonly SpecProblem[] {
  const located = problems.map(({ path, ...problem }): SpecProblem => {
    return { severity: "error", ...problem, location: { path: source, line: lineOf(path) } };
  });
  located.sort((a, b) => a.location.line - b.location.line);
  const rest = located.length - PROBLEMS_MAX;
  if (rest <= 0) return located;
  const last = located[PROBLEMS_MAX] as SpecProblem;
  const more = { ...last, code: "more-problems", message: `${rest} more problems follow` };
  return [...located.slice(0, PROBLEMS_MAX), { ...more, found: null, expected: null, hint: null }];
}

/** `retries of the step "build"`, `exit[0].command of step 3`, `change.author`. */
export function nameField(path: ContentPath, content: unknown): string {
  const [top, index, ...rest] = path;
  const field = (parts: ContentPath): string =>
    parts
      .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
      .join("")
      .replace(/^\./, "");
  if (top !== "steps" || typeof index !== "number") return path.length === 0 ? "the workflow" : field(path);
  const step = nameStep(content, index);
  return rest.length === 0 ? step : `${field(rest)} of ${step}`;
}

function nameStep(content: unknown, index: number): string {
  const steps: unknown = isMapping(content) ? content.steps : null;
  const step: unknown = Array.isArray(steps) ? steps[index] : null;
  const key = isMapping(step) ? step.key : null;
  return typeof key === "string" && key !== "" ? `the step "${key.slice(0, 64)}"` : `step ${index + 1}`;
}

/** True for what YAML calls a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
