/** What a workflow's fields may not say together, one step at a time. Relations between steps are in `check-steps.ts`. */
import type { StepKind } from "../model/workflow.ts";
import { type ContentPath, nameField, type WorkflowProblem } from "./problems.ts";
import type { StepContent, WorkflowContent } from "./shape.ts";
import { findKind } from "./step-kind.ts";

type Field = keyof StepContent;

/** Fields that mean something only for some kinds. All others are for every kind. */
const USED_BY: Partial<Record<Field, readonly StepKind[]>> = {
  entry: ["tasks", "work", "review", "intake"],
  exit: ["tasks", "work", "review", "intake"],
  gates: ["tasks", "work"],
  timeout: ["tasks", "work"],
  retries: ["tasks", "work"],
  executor: ["tasks", "work"],
  uses: ["tasks", "work"],
  rework: ["tasks", "work"],
  run: ["work"],
  instructions: ["work", "review", "intake"],
  returns_to: ["review"],
  duplicates: ["intake"],
  parallelizable: ["tasks", "work", "review"],
};

/** Where to say it instead. */
const INSTEAD: Partial<Record<Field, string>> = {
  run: "a command is a step of kind work: put it before the review, or make it a criterion of the work",
  gates: "put the gates on the work that the review looks at; the merge runs the project's gates itself",
  entry: "put it on the step before or behind the merge",
  exit: "put it on the step before or behind the merge",
};

export function checkContent(content: WorkflowContent): readonly WorkflowProblem[] {
  return [
    ...checkDate(content),
    ...checkChange(content),
    ...content.steps.flatMap((step, index) => checkStep(step, ["steps", index], content)),
  ];
}

function checkDate({ effective }: WorkflowContent): readonly WorkflowProblem[] {
  if (effective === undefined || isDate(effective)) return [];
  return [
    {
      path: ["effective"],
      code: "bad-date",
      message: `effective: ${effective} is no day of the calendar`,
      found: effective,
      expected: "a date such as 2026-03-01",
      hint: null,
    },
  ];
}

function isDate(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

function checkChange({ version, change }: WorkflowContent): readonly WorkflowProblem[] {
  if (version === 1 || change !== undefined) return [];
  return [
    {
      path: ["version"],
      code: "missing-change",
      message: `version ${version} does not say who changed the workflow, why, and what that means`,
      found: "no change",
      expected: "change: {author, reason, impact}",
      hint: "add it: change: {author: dana, reason: …, impact: …}",
    },
  ];
}

function checkStep(step: StepContent, path: ContentPath, content: WorkflowContent): WorkflowProblem[] {
  const kind = findKind(step);
  const name = nameField(path, content);
  return [
    ...checkKind(step, kind, { path, name }),
    ...listUnused(step, kind, { path, name }),
    ...checkPersonCriteria(step, kind, { path, name }),
  ];
}

interface Place {
  readonly path: ContentPath;
  readonly name: string;
}

function checkKind(step: StepContent, kind: StepKind, { path, name }: Place): WorkflowProblem[] {
  const others = (["review", "integrate"] as const).filter((flag) => {
    return step[flag] === true ? kind !== flag : step[flag] === false && kind === flag;
  });
  return others.map((flag) => ({
    path: [...path, flag],
    code: "contradicting-kind",
    message: `${name} says ${flag}: ${step[flag]} and is of kind ${kind}`,
    found: `${flag}: ${step[flag]}`,
    expected: "one kind",
    hint: `leave out "${flag}", or the kind`,
  }));
}

/** `false`, an empty list and the like say nothing. */
const saysNothing = (value: unknown): boolean =>
  value === undefined || value === false || (Array.isArray(value) && value.length === 0);

function listUnused(step: StepContent, kind: StepKind, { path, name }: Place): WorkflowProblem[] {
  const unused = (Object.keys(USED_BY) as Field[]).filter(
    (field) => !saysNothing(step[field]) && USED_BY[field]?.includes(kind) === false,
  );
  const problems = unused.map(
    (field): WorkflowProblem => ({
      path: [...path, field],
      code: field === "run" && kind === "review" ? "review-with-run" : "unused-field",
      message: `${name} is of kind ${kind}, which takes no ${field}`,
      found: `${field} on a step of kind ${kind}`,
      expected: `${field} on a step of kind ${USED_BY[field]?.join(" or ")}`,
      hint: INSTEAD[field] ?? "leave it out",
    }),
  );
  const isPerson = kind === "review" || kind === "intake" || kind === "integrate";
  if (!isPerson || step.critical !== false) return problems;
  const optional: WorkflowProblem = {
    path: [...path, "critical"],
    code: "non-critical-review",
    message: `${name} is of kind ${kind}: nothing goes on without it, so it cannot be left uncritical`,
    found: "critical: false",
    expected: "critical: true, or nothing",
    hint: "leave it out; work that must not wait for it can be parallelizable",
  };
  return [...problems, optional];
}

/** A person's step makes nothing that osqr could look at. */
function checkPersonCriteria(step: StepContent, kind: StepKind, { path, name }: Place): WorkflowProblem[] {
  if (kind !== "review" && kind !== "intake") return [];
  return (["entry", "exit"] as const).flatMap((side) =>
    (step[side] ?? []).flatMap((criterion, index): WorkflowProblem[] => {
      if (typeof criterion === "string") return [];
      const check = (["command", "artifact", "gate"] as const).find((each) => criterion[each] !== undefined);
      if (check === undefined) return [];
      return [
        {
          path: [...path, side, index, check],
          code: "unchecked-criterion",
          message: `${name} is a person's: its ${side} criteria are ticks, not a ${check}`,
          found: check,
          expected: "a text, or tick",
          hint: "make it an exit criterion of the work that is looked at",
        },
      ];
    }),
  );
}
