/** A workflow's content becomes a definition, or a list of everything that is wrong with it. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { toCanonicalJson } from "../canonical.ts";
import { parseDurationMs } from "../duration.ts";
import type { SpecProblem } from "../model/spec.ts";
import type { ResourceUse } from "../model/work.ts";
import type { WorkflowDefinition, WorkflowStep } from "../model/workflow.ts";
import { checkContent } from "./check-content.ts";
import { checkSteps } from "./check-steps.ts";
import { toCriteria } from "./criteria.ts";
import { locateProblems, nameField, type WorkflowPlace, type WorkflowProblem } from "./problems.ts";
import { readContent } from "./read-content.ts";
import type { StepContent, WorkflowContent } from "./shape.ts";
import { findKind } from "./step-kind.ts";
import { compareSteps, listAncestors, listBefore } from "./step-order.ts";

/** Texts at least this alike are suspected where a workflow does not say. */
const THRESHOLD = 0.5;

/** A definition, or every problem; there is no definition with problems. */
export type ParsedWorkflow =
  | { readonly definition: WorkflowDefinition }
  | { readonly problems: readonly SpecProblem[] };

/**
 * Reads and checks the content of a workflow, as YAML or JSON gave it.
 *
 * @param content null or undefined: an empty file
 */
export function parseWorkflow(content: unknown, place: WorkflowPlace): ParsedWorkflow {
  const read = readContent(content);
  if ("problems" in read) {
    const more = read.rest === null ? [] : lookAt(read.rest, place).problems;
    return { problems: locateProblems([...read.problems, ...dropKnown(more, read.problems)], place) };
  }
  const { problems, steps } = lookAt(read.content, place);
  if (problems.length > 0) return { problems: locateProblems(problems, place) };
  return { definition: toDefinition(read.content, completeSteps(steps), place.source) };
}

/** What the values mean together. */
function lookAt(
  content: WorkflowContent,
  place: WorkflowPlace,
): { readonly problems: readonly WorkflowProblem[]; readonly steps: readonly WorkflowStep[] } {
  const problems: WorkflowProblem[] = [...checkContent(content)];
  const steps = content.steps.map((step, index) => toStep(step, { index, place, problems }));
  problems.push(...checkSteps(steps));
  return { problems, steps };
}

/** A value that is wrong was left out: that it is missing is no second fault. */
function dropKnown(
  more: readonly WorkflowProblem[],
  known: readonly WorkflowProblem[],
): readonly WorkflowProblem[] {
  const hasChange = known.some(({ path }) => path[0] === "change");
  const hasOrder = known.some(({ path }) => path[2] === "order" || path[2] === "depends_on");
  return more.filter(
    ({ code }) =>
      !(hasChange && code === "missing-change") &&
      !(
        hasOrder &&
        /^(?:circular-steps|late-intake|returns-(?:forward|aside)|.*-after-integration)$/.test(code)
      ),
  );
}

function toDefinition(
  { name, version, title, effective, change }: WorkflowContent,
  steps: readonly WorkflowStep[],
  source: string,
): WorkflowDefinition {
  const blueprint = {
    name,
    version,
    title: title ?? name,
    effective: effective ?? null,
    change: change ?? null,
    steps: [...steps].sort(compareSteps),
  };
  return { ...blueprint, source, hash: hashBlueprint(blueprint) };
}

/** Where it was written does not change what it is. */
function hashBlueprint(blueprint: Omit<WorkflowDefinition, "source" | "hash">): string {
  const steps = blueprint.steps.map(({ line: _, ...step }) => step);
  return bytesToHex(sha256(utf8ToBytes(toCanonicalJson({ ...blueprint, steps }))));
}

interface StepPlace {
  readonly index: number;
  readonly place: WorkflowPlace;
  readonly problems: WorkflowProblem[];
}

function toStep(content: StepContent, { index, place, problems }: StepPlace): WorkflowStep {
  const path = ["steps", index];
  const kind = findKind(content);
  const toSide = (side: "entry" | "exit") =>
    toCriteria(
      {
        criteria: content[side] ?? [],
        gates: side === "exit" ? (content.gates ?? []) : [],
        path: [...path, side],
        name: nameField([...path, side], { steps: { [index]: content } }),
      },
      problems,
    );
  return {
    key: content.key,
    title: content.title ?? content.key.replaceAll(/[-_]+/g, " ").trim(),
    order: content.order ?? index + 1,
    kind,
    role: content.role ?? null,
    definitionOfDone: content.definition_of_done?.trim() ?? null,
    entry: toSide("entry"),
    exit: toSide("exit"),
    parallelizable: content.parallelizable ?? false,
    dependsOn: content.depends_on ?? null,
    critical: content.critical ?? true,
    timeoutMs: content.timeout === undefined ? null : parseDurationMs(content.timeout),
    retries: content.retries ?? 0,
    executor: content.executor ?? null,
    run: content.run ?? null,
    instructions: content.instructions?.trim() ?? "",
    uses: toUses(content.uses ?? []),
    returnsTo: [content.returns_to ?? []].flat(),
    rework: content.rework ?? "continue",
    duplicates: kind === "intake" ? toDuplicates(content) : null,
    line: place.lineOf(path),
  };
}

function toDuplicates({ duplicates }: StepContent): WorkflowStep["duplicates"] {
  return { threshold: duplicates?.threshold ?? THRESHOLD, ask: duplicates?.ask ?? "suspected" };
}

function toUses(uses: NonNullable<StepContent["uses"]>): readonly ResourceUse[] {
  const entries = Array.isArray(uses) ? uses.map((resource) => [resource, 1] as const) : Object.entries(uses);
  return [...new Map(entries)].map(([resource, amount]) => ({ resource, amount }));
}

/** The merge comes last where nothing says otherwise; reviews without a way back go to the nearest work that they come after. */
function completeSteps(steps: readonly WorkflowStep[]): readonly WorkflowStep[] {
  const inOrder = [...steps].sort(compareSteps);
  const ancestors = listAncestors(listBefore(steps));
  const completed = inOrder.map((step) => {
    if (step.kind !== "review" || step.returnsTo.length > 0) return step;
    const work = inOrder.findLast(
      ({ key, kind }) => (kind === "tasks" || kind === "work") && ancestors.get(step.key)?.has(key) === true,
    );
    return { ...step, returnsTo: [work?.key ?? step.key] };
  });
  return steps.some(({ kind }) => kind === "integrate") ? completed : [...completed, addIntegration(inOrder)];
}

function addIntegration(steps: readonly WorkflowStep[]): WorkflowStep {
  const taken = new Set(steps.map(({ key }) => key));
  let key = "integrate";
  for (let copy = 2; taken.has(key); copy += 1) key = `integrate-${copy}`;
  const last = steps.at(-1) as WorkflowStep;
  return {
    key,
    title: "merge into the base",
    order: last.order + 1,
    kind: "integrate",
    role: null,
    definitionOfDone: null,
    entry: [],
    exit: [],
    parallelizable: false,
    dependsOn: null,
    critical: true,
    timeoutMs: null,
    retries: 0,
    executor: null,
    run: null,
    instructions: "",
    uses: [],
    returnsTo: [],
    rework: "continue",
    duplicates: null,
    line: last.line,
  };
}
