/** The difference of two versions of a workflow (FR-022): by step, field by field, in a fixed order. */
import type { Criterion, CriterionCheck, WorkflowDefinition, WorkflowStep } from "../model/workflow.ts";
import { formatDiff } from "./diff-lines.ts";
import { compareSteps } from "./step-order.ts";

/** A field with another value, in words; null: nothing is said. */
export interface FieldChange {
  /** Such as `retries`, or `exit criterion tests-pass`. */
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** A step that one version alone has. `at`: its place in that version, from 1. */
export interface StepPlace {
  readonly step: WorkflowStep;
  readonly at: number;
}

/** A step that both versions have. */
export interface StepChange {
  readonly key: string;
  /** Its places, from 1, where it stands elsewhere among the steps of both; null: it stayed. */
  readonly moved: { readonly from: number; readonly to: number } | null;
  /** Empty where it only moved. */
  readonly changes: readonly FieldChange[];
}

export interface DefinitionDiff {
  /** Of the workflow itself. */
  readonly changes: readonly FieldChange[];
  /** In the order of the newer version. */
  readonly added: readonly StepPlace[];
  /** In the order of the older version. */
  readonly removed: readonly StepPlace[];
  /** In the order of the newer version. */
  readonly changed: readonly StepChange[];
  /** All of it for people, one line each. */
  readonly lines: readonly string[];
}

/** What `after` has that `before` has not, and the other way round. The same blueprint gives no line. */
export function diffWorkflows(before: WorkflowDefinition, after: WorkflowDefinition): DefinitionDiff {
  const old = [...before.steps].sort(compareSteps);
  const now = [...after.steps].sort(compareSteps);
  const oldKeys = new Map(old.map((step, index) => [step.key, { step, at: index + 1 }]));
  const nowKeys = new Map(now.map((step, index) => [step.key, { step, at: index + 1 }]));
  const common = now.flatMap((step) => oldKeys.get(step.key) ?? []);
  const stayed = findStayed(common);
  const changed = now.flatMap((step, index): StepChange[] => {
    const known = oldKeys.get(step.key);
    if (known === undefined) return [];
    const moved = stayed.has(step.key) ? null : { from: known.at, to: index + 1 };
    const changes = listStepChanges(known.step, step);
    return moved === null && changes.length === 0 ? [] : [{ key: step.key, moved, changes }];
  });
  const found = {
    changes: compareFields(describeDefinition(before), describeDefinition(after)),
    added: [...nowKeys.values()].filter(({ step }) => !oldKeys.has(step.key)),
    removed: [...oldKeys.values()].filter(({ step }) => !nowKeys.has(step.key)),
    changed,
  };
  const lines = formatDiff(found);
  const isRenumbered =
    lines.length === 0 && before.steps.some(({ key, order }) => nowKeys.get(key)?.step.order !== order);
  return {
    ...found,
    lines: isRenumbered ? ["the steps have other order numbers and the same places"] : lines,
  };
}

/** Of the steps of both versions, in the newer order: the longest run that stands in the older order too. The others moved. */
function findStayed(common: readonly StepPlace[]): ReadonlySet<string> {
  const runs: { readonly length: number; readonly previous: number }[] = [];
  for (const [index, { at }] of common.entries()) {
    let best = { length: 1, previous: -1 };
    for (let before = 0; before < index; before += 1) {
      const length = (runs[before]?.length ?? 0) + 1;
      if ((common[before]?.at ?? 0) < at && length > best.length) best = { length, previous: before };
    }
    runs.push(best);
  }
  const longest = Math.max(0, ...runs.map(({ length }) => length));
  const stayed = new Set<string>();
  let index = runs.findIndex(({ length }) => length === longest);
  while (index >= 0) {
    stayed.add(common[index]?.step.key ?? "");
    index = runs[index]?.previous ?? -1;
  }
  return stayed;
}

type Fields = ReadonlyMap<string, string | null>;

function compareFields(before: Fields, after: Fields): readonly FieldChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].flatMap((field) => {
    const from = before.get(field) ?? null;
    const to = after.get(field) ?? null;
    return from === to ? [] : [{ field, from, to }];
  });
}

const describeDefinition = ({ title, effective }: WorkflowDefinition): Fields =>
  new Map([
    ["title", title],
    ["effective", effective ?? "at once"],
  ]);

/** Orders are compared as places: a step that is put in front renumbers all others without changing them. */
function listStepChanges(before: WorkflowStep, after: WorkflowStep): readonly FieldChange[] {
  return [
    ...compareFields(describeStep(before), describeStep(after)),
    ...compareFields(describeCriteria("entry", before.entry), describeCriteria("entry", after.entry)),
    ...compareFields(describeCriteria("exit", before.exit), describeCriteria("exit", after.exit)),
  ];
}

const listOf = (items: readonly string[]): string | null => (items.length === 0 ? null : items.join(", "));

function describeStep(step: WorkflowStep): Fields {
  const { timeoutMs, dependsOn, uses, duplicates } = step;
  return new Map([
    ["title", step.title],
    ["kind", step.kind],
    ["role", step.role],
    ["definition of done", step.definitionOfDone],
    ["parallelizable", String(step.parallelizable)],
    ["depends on", dependsOn === null ? "what its order says" : (listOf(dependsOn) ?? "nothing")],
    ["critical", String(step.critical)],
    ["timeout", timeoutMs === null ? null : `${timeoutMs / 1000} s`],
    ["retries", String(step.retries)],
    ["executor", step.executor],
    ["run", step.run],
    ["instructions", step.instructions === "" ? null : step.instructions],
    ["uses", listOf(uses.map(({ resource, amount }) => `${resource}: ${amount}`))],
    ["returns to", listOf(step.returnsTo)],
    ["rework", step.rework],
    ["duplicates", duplicates === null ? null : `${duplicates.ask}, from ${duplicates.threshold} on`],
  ]);
}

const describeCriteria = (side: string, criteria: readonly Criterion[]): Fields =>
  new Map(
    criteria.map(({ key, text, check }) => [`${side} criterion ${key}`, `${text} (${describeCheck(check)})`]),
  );

function describeCheck(check: CriterionCheck): string {
  switch (check.kind) {
    case "command":
      return `command: ${check.run}${check.timeoutMs === null ? "" : `, up to ${check.timeoutMs / 1000} s`}`;
    case "artifact":
      return `artifact: ${check.path}`;
    case "gate":
      return `gate: ${check.gate}`;
    case "tick":
      return "a person's tick";
  }
}
