/** Whether the steps of a workflow hold together: names, order, circles, and what may come before and after the merge. */
import type { StepKind, WorkflowStep } from "../model/workflow.ts";
import { findNearestName } from "../nearest-name.ts";
import { findCycles, type WaitEdge } from "../plan/cycles.ts";
import type { ContentPath, WorkflowProblem } from "./problems.ts";
import { compareSteps, listAncestors, listBefore } from "./step-order.ts";

interface Checking {
  /** As they are written. */
  readonly steps: readonly WorkflowStep[];
  readonly inOrder: readonly WorkflowStep[];
  readonly byKey: ReadonlyMap<string, WorkflowStep>;
  /** Place of a step in the file. */
  pathOf(step: WorkflowStep): ContentPath;
}

/** @param steps in the order of the file, before the merge is added where it is missing */
export function checkSteps(steps: readonly WorkflowStep[]): readonly WorkflowProblem[] {
  const places = new Map(steps.map((step, index) => [step, ["steps", index]]));
  const checking: Checking = {
    steps,
    inOrder: [...steps].sort(compareSteps),
    byKey: new Map(steps.map((step) => [step.key, step])),
    pathOf: (step) => places.get(step) ?? ["steps"],
  };
  const names = [...findDuplicates(checking), ...findUnknown(checking)];
  const kinds = [...findRepeatedKinds(checking), ...findMisplaced(checking), ...findNoWork(checking)];
  // Circles and ways back are looked for only where every name stands for one step.
  if (names.length > 0) return [...names, ...kinds];
  return [
    ...kinds,
    ...findForwardReturns(checking),
    ...findAsideReturns(checking),
    ...findCircles(checking),
    ...findLateIntakes(checking),
  ];
}

function findDuplicates({ steps, pathOf }: Checking): readonly WorkflowProblem[] {
  const seen = new Map<string, number>();
  return steps.flatMap((step, index) => {
    const first = seen.get(step.key);
    if (first === undefined) {
      seen.set(step.key, index);
      return [];
    }
    return [
      {
        path: [...pathOf(step), "key"],
        code: "duplicate-step",
        message: `steps ${first + 1} and ${index + 1} have the same key "${step.key}"`,
        found: step.key,
        expected: "keys that are unique in the workflow",
        hint: "give one of the two another key",
      },
    ];
  });
}

function findUnknown({ steps, byKey, pathOf }: Checking): readonly WorkflowProblem[] {
  const keys = [...byKey.keys()];
  const look = (step: WorkflowStep, field: string, names: readonly string[]): readonly WorkflowProblem[] =>
    names
      .filter((name) => !byKey.has(name))
      .map((name) => {
        const nearest = findNearestName(
          name,
          keys.filter((key) => key !== step.key),
        );
        return {
          path: [...pathOf(step), field],
          code: "unknown-step",
          message: `${field} of the step "${step.key}" names "${name}", which no step has as its key`,
          found: name,
          expected: keys.slice(0, 20).join(", "),
          hint: nearest === null ? null : `did you mean ${nearest}?`,
        };
      });
  return steps.flatMap((step) => [
    ...look(step, "depends_on", step.dependsOn ?? []),
    ...look(step, "returns_to", step.returnsTo),
  ]);
}

/** The spec's tasks are done once, merged once, and looked at for duplicates once. */
function findRepeatedKinds({ inOrder, pathOf }: Checking): readonly WorkflowProblem[] {
  return (["tasks", "integrate", "intake"] as const).flatMap((kind: StepKind) => {
    const [first, ...more] = inOrder.filter((step) => step.kind === kind);
    return more.map((step) => ({
      path: pathOf(step),
      code: "repeated-kind",
      message: `the steps "${first?.key}" and "${step.key}" are both of kind ${kind}`,
      found: `${more.length + 1} steps of kind ${kind}`,
      expected: `at most one step of kind ${kind}`,
      hint: kind === "tasks" ? "further work is a step of kind work" : "leave one of them out",
    }));
  });
}

function findMisplaced({ inOrder, pathOf }: Checking): readonly WorkflowProblem[] {
  const border = inOrder.findIndex(({ kind }) => kind === "integrate");
  if (border === -1) return [];
  return inOrder.slice(border + 1).flatMap((step) => {
    if (step.kind !== "tasks" && step.kind !== "intake") return [];
    const what = step.kind === "tasks" ? "the spec's tasks" : "the intake";
    return [
      {
        path: pathOf(step),
        code: `${step.kind}-after-integration`,
        message: `the step "${step.key}" (${what}) comes after the integration "${inOrder[border]?.key}"`,
        found: `order ${step.order} after order ${inOrder[border]?.order}`,
        expected: `${what} before the integration`,
        hint: "give the integration a higher order, or move it to the end",
      },
    ];
  });
}

function findNoWork({ inOrder }: Checking): readonly WorkflowProblem[] {
  const border = inOrder.findIndex(({ kind }) => kind === "integrate");
  const before = border === -1 ? inOrder : inOrder.slice(0, border);
  if (before.some(({ kind }) => kind === "tasks" || kind === "work")) return [];
  if (inOrder.some(({ kind }) => kind === "tasks")) return [];
  return [
    {
      path: ["steps"],
      code: "no-work",
      message: "no step before the integration does any work",
      found: "no step of kind tasks or work",
      expected: "the spec's tasks (kind: tasks), or a step of kind work",
      hint: "add a step: {key: tasks, kind: tasks}",
    },
  ];
}

/** The merge is taken back by a revert, and an intake is asked once: neither is a step to go on with. */
const NO_RETURN: Readonly<Partial<Record<StepKind, string>>> = {
  integrate: "the integration",
  intake: "the intake",
};

/** A review sends back to what came before it, or asks again itself. */
function findForwardReturns({ inOrder, byKey, pathOf }: Checking): readonly WorkflowProblem[] {
  return inOrder.flatMap((step, index) => {
    const earlier = inOrder.slice(0, index).filter(({ kind }) => NO_RETURN[kind] === undefined);
    const describe = (key: string): string => {
      const what = NO_RETURN[byKey.get(key)?.kind ?? "work"];
      return what === undefined ? `${key}, a later step` : `${key} (${what})`;
    };
    const isBack = (key: string): boolean => key === step.key || earlier.some((each) => each.key === key);
    return step.returnsTo
      .filter((key) => byKey.has(key) && !isBack(key))
      .map((key) => ({
        path: [...pathOf(step), "returns_to"],
        code: "returns-forward",
        message: `returns_to of the step "${step.key}" names "${key}", to which no work can be sent back`,
        found: describe(key),
        expected: earlier.length === 0 ? "an earlier step" : earlier.map((each) => each.key).join(", "),
        hint: null,
      }));
  });
}

/** What stands beside a review is not done again for it: it would only be asked again at once. */
function findAsideReturns({ inOrder, byKey, pathOf, steps }: Checking): readonly WorkflowProblem[] {
  const ancestors = listAncestors(listBefore(steps));
  return inOrder.flatMap((step) => {
    const before = ancestors.get(step.key) ?? new Set<string>();
    const isAside = (key: string): boolean => {
      const target = byKey.get(key);
      const isEarlier = target !== undefined && compareSteps(target, step) < 0;
      return isEarlier && NO_RETURN[target.kind] === undefined && !before.has(key);
    };
    const open = inOrder.filter(({ key, kind }) => before.has(key) && NO_RETURN[kind] === undefined);
    return step.returnsTo.filter(isAside).map((key) => ({
      path: [...pathOf(step), "returns_to"],
      code: "returns-aside",
      message: `returns_to of the step "${step.key}" names "${key}", which it does not wait for`,
      found: `${key}, a step beside it`,
      expected:
        open.length === 0 ? "a step that it comes after" : open.map(({ key: each }) => each).join(", "),
      hint: "let it wait for that: depends_on, or no parallelizable",
    }));
  });
}

function findCircles({ steps, byKey, pathOf }: Checking): readonly WorkflowProblem[] {
  const before = listBefore(steps);
  const edges = [...before].flatMap(([from, all]) =>
    all.map((to): WaitEdge<string> => {
      const isStated = byKey.get(from)?.dependsOn?.includes(to) === true;
      return { from, to, label: isStated ? `${from}\n${to}` : null };
    }),
  );
  return findCycles(edges).map((cycle) => {
    const stated = cycle.map((label) => label.split("\n") as [string, string]);
    const [[first]] = stated as [[string, string]];
    const way = stated.map(([from, to]) => `${from} depends on ${to}`).join(", ");
    const isWhole = stated.every(([, to], index) => stated[(index + 1) % stated.length]?.[0] === to);
    return {
      path: [...pathOf(byKey.get(first) as WorkflowStep), "depends_on"],
      code: "circular-steps",
      message: `a circle: ${way}${isWhole ? "" : ", though by the order of the steps it comes before that"}`,
      found: way,
      expected: "steps that do not wait for each other in a circle",
      hint: isWhole
        ? "leave one of the dependencies out"
        : "change their order, mark them parallelizable, or leave the dependency out",
    };
  });
}

/** The word on duplicates comes before anybody works (FR-003). */
function findLateIntakes({ inOrder, steps, pathOf }: Checking): readonly WorkflowProblem[] {
  const intake = inOrder.find(({ kind }) => kind === "intake");
  if (intake === undefined) return [];
  const ancestors = listAncestors(listBefore(steps));
  const early = inOrder.filter(
    ({ key, kind }) => (kind === "tasks" || kind === "work") && ancestors.get(key)?.has(intake.key) !== true,
  );
  if (early.length === 0) return [];
  const names = early.map(({ key }) => key).join(", ");
  return [
    {
      path: pathOf(intake),
      code: "late-intake",
      message: `the intake "${intake.key}" does not come before ${names}`,
      found: `work that does not wait for it: ${names}`,
      expected: "an intake before all work",
      hint: "move it to the front",
    },
  ];
}
