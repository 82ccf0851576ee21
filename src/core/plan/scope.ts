/**
 * Which specs become workstreams, which go on, and which are left alone and why. Everything here is found out before a
 * single requirement is looked at; what depends on something left out follows in `settle.ts`.
 */

import { findStandIn, isLeftAlone } from "../duplicates.ts";
import { SPEC_GONE } from "../model/decision.ts";
import type { DecisionId, WorkstreamId } from "../model/ids.ts";
import type { Spec, SpecProblem } from "../model/spec.ts";
import type { Workstream } from "../model/work.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { isLanded, isSkipped } from "../status.ts";
import { summarizeProblems } from "./broken-workflows.ts";
import { checkDependencies, type DependencyCheck } from "./dependencies.ts";
import type { PlanInput } from "./input.ts";
import {
  type Fresh,
  findFreeName,
  hasBegun,
  isLanding,
  isOpen,
  Numbers,
  type Registry,
  readRegistry,
  toId,
} from "./registry.ts";
import { type Selected, select } from "./select.ts";
import { listWorkflows, type Workflows } from "./workflows.ts";

/** Why a spec is left alone. `line` is where the reason stands. */
export interface LeftOut {
  readonly reason: string;
  /** The reason at the far end, where this is left out for something that it depends on; else null. */
  readonly root: string | null;
  readonly line: number;
  /** Nothing is left to do: who depends on it need not wait. */
  readonly isDone: boolean;
}

/** What a plan takes in. `settle` adds to `out` and takes from `fresh`. */
export interface Scope {
  readonly input: PlanInput;
  readonly registry: Registry;
  readonly check: DependencyCheck;
  /** By spec key. */
  readonly specs: ReadonlyMap<string, Spec>;
  readonly fresh: Map<string, Fresh>;
  readonly out: Map<string, LeftOut>;
  /** Open workstreams that go on, also those without a spec. */
  readonly known: Map<WorkstreamId, Workstream>;
  /** Of all open workstreams: those of which the spec changed and that have not begun. */
  readonly changed: Set<string>;
  readonly selected: Selected;
  readonly workflows: Workflows;
  /** Workflow of each new spec, by spec key. */
  readonly assigned: Map<string, WorkflowDefinition>;
  readonly notes: string[];
  readonly problems: SpecProblem[];
}

/** Specs that `osqr add` asks for: they are taken in although they are of the future, cancelled or built before. */
export interface ScopeOptions {
  readonly wanted: ReadonlySet<string>;
}

const NOTHING_WANTED: ScopeOptions = { wanted: new Set() };

export function openScope(input: PlanInput, { wanted }: ScopeOptions = NOTHING_WANTED): Scope {
  const specs = [...input.discovery.specs].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const registry = readRegistry(input.state, input.project.id, specs);
  const check = checkDependencies(specs);
  const judged = new Map(specs.map((spec) => [spec.key, judge(spec, { input, registry, check, wanted })]));
  const named = nameFresh(input, registry, specs, judged);
  const selected = select(input, registry, { specs, fresh: named });
  const workflows = listWorkflows(input);
  const scope: Scope = {
    input,
    registry,
    check,
    specs: new Map(specs.map((spec) => [spec.key, spec])),
    fresh: new Map(),
    out: new Map(),
    known: new Map(),
    changed: new Set(),
    selected,
    workflows,
    assigned: new Map(),
    notes: [],
    problems: [...summarizeProblems(workflows.problems)],
  };
  for (const spec of specs) place(scope, spec, judged.get(spec.key) as Verdict, named.get(spec.key) ?? null);
  const matched = new Set([...registry.bySpec.values()].map(({ id }) => id));
  for (const workstream of registry.workstreams) {
    if (!matched.has(workstream.id)) keepWithoutSpec(scope, workstream);
  }
  return scope;
}

type Verdict =
  | { readonly kind: "fresh" }
  | { readonly kind: "known"; readonly workstream: Workstream; readonly change: string | null }
  | { readonly kind: "changed"; readonly workstream: Workstream }
  | ({ readonly kind: "out" } & LeftOut);

interface Judging {
  readonly input: PlanInput;
  readonly registry: Registry;
  readonly check: DependencyCheck;
  readonly wanted: ReadonlySet<string>;
}

function judge(spec: Spec, judging: Judging): Verdict {
  const workstream = judging.registry.bySpec.get(spec.key);
  if (workstream !== undefined && isOpen(workstream)) return judgeOpen(spec, workstream, judging);
  const obstacle = findObstacle(spec, judging);
  if (obstacle !== null) return obstacle;
  if (judging.wanted.has(spec.key)) return { kind: "fresh" };
  if (workstream === undefined) return spec.future ? leftForLater(spec) : { kind: "fresh" };
  if (workstream.intent === "cancelled" && !isLanded(workstream)) {
    return leaveOut(sayCancelled(spec, workstream, judging.input));
  }
  return judgeLanded(spec, workstream, judging.input);
}

/** What another one stands for is not to be built anew. */
function sayCancelled(spec: Spec, workstream: Workstream, { state }: PlanInput): string {
  const { closed } = workstream;
  if (closed === null) return `cancelled; start it anew: osqr add ${spec.path}`;
  const nameOf = (id: WorkstreamId): string => state.workstreams.get(id)?.name ?? id;
  const said = `${closed.how === "merged" ? "merged into" : "closed as a duplicate of"} ${nameOf(closed.into)}`;
  if (!isLeftAlone(state, workstream)) return said;
  const end = findStandIn(state, workstream);
  const what = end === null ? "what stood for it was removed" : `${end.name} was cancelled`;
  return `${said}, but ${what}: nobody does it; bring it back: osqr add ${spec.path}`;
}

function leaveOut(reason: string, line = 1): Verdict {
  return { kind: "out", reason, root: null, line, isDone: false };
}

function leaveDone(reason: string): Verdict {
  return { kind: "out", reason, root: null, line: 1, isDone: true };
}

const leftForLater = (spec: Spec): Verdict => leaveOut(`${spec.status ?? "future"}: osqr add ${spec.path}`);

function judgeOpen(spec: Spec, workstream: Workstream, judging: Judging): Verdict {
  const isSame = workstream.spec.hash === spec.hash && workstream.spec.path === spec.path;
  if (hasBegun(workstream)) {
    const isOurs = isLanding(workstream) || workstream.landedSpec === spec.hash;
    return {
      kind: "known",
      workstream,
      change: isSame || isOurs ? null : sayChanged(judging, workstream, spec),
    };
  }
  if (spec.readiness === "done") return leaveDone("done");
  if (isSame) return { kind: "known", workstream, change: null };
  return findObstacle(spec, judging) ?? { kind: "changed", workstream };
}

/** A text that came too late: which one counts, or who is to say it. */
function sayChanged({ input }: Judging, { id, leftSpec, spec }: Workstream, { hash, path }: Spec): string {
  if (hash === spec.hash) return `moved to ${path}; it goes on`;
  if (leftSpec === hash) return "changed since it began; as decided it goes on with the old text";
  const asked = findScopeDecision(input, id);
  return asked === undefined
    ? "changed since it began; osqr go asks which text counts, if work depends on it"
    : `changed since it began: osqr decide ${asked} keep|migrate|anew`;
}

const findScopeDecision = ({ state }: PlanInput, id: WorkstreamId): DecisionId | undefined =>
  [...state.open.keys()].find((each) => {
    const subject = state.decisions.get(each)?.subject;
    return subject?.kind === "scope" && subject.workstream === id;
  });

/** What keeps a spec from being built whatever the operator says; null: nothing. */
export function findObstacle(spec: Spec, { check }: Pick<Judging, "check">): Verdict | null {
  if (spec.readiness === "done") return leaveDone("done");
  if (spec.readiness === "needs_detail") return needsDetail(spec);
  const problem = check.stopped.get(spec.key)?.[0];
  if (problem !== undefined) return leaveOut(describeProblem(problem), problem.location.line);
  const question = spec.questions.find(({ options }) => options.length === 0);
  if (question === undefined) return null;
  const place = `${spec.path}:${question.line}`;
  return leaveOut(`needs detail: the question ${question.key} has no options (${place})`, question.line);
}

function needsDetail(spec: Spec): Verdict {
  const problem = spec.problems.find(({ severity }) => severity === "needs_detail");
  if (problem === undefined) return leaveOut(`needs detail (${spec.path})`);
  return leaveOut(`needs detail: ${describeProblem(problem)}`, problem.location.line);
}

export function describeProblem({ message, location }: SpecProblem): string {
  const place = `${location.path}:${location.line}`;
  return message.includes(place) ? message : `${message} (${place})`;
}

/**
 * Landed before. A spec that lies in the base unticked, or with a text that the landing did not write, is new work; one that is the same as when it
 * was built is only not ticked yet, or its ticking is held back with the base.
 */
function judgeLanded(
  spec: Spec,
  { integration, spec: built, landedSpec, leftSpec, tasks }: Workstream,
  input: PlanInput,
): Verdict {
  const isOurs = landedSpec === spec.hash;
  if (!isOurs && built.hash !== spec.hash) return { kind: "fresh" };
  const skipped = tasks.flatMap((id) => input.state.tasks.get(id) ?? []).filter(isSkipped);
  if (skipped.length > 0 && (isOurs || landedSpec === null)) {
    const keys = skipped.map(({ key }) => key).join(", ");
    return leaveDone(`skipped tasks remain (${keys}): osqr add ${spec.path}`);
  }
  // What was new in a text that was left aside is still to be built.
  if (isOurs && leftSpec !== null && spec.tasks.some(({ checked }) => !checked)) return { kind: "fresh" };
  if (isOurs) return leaveDone("built");
  if (integration.kind === "nothing") {
    return leaveDone(`built already, and nothing was left to land; again: osqr add ${spec.path}`);
  }
  const isHeld = integration.kind === "landed" && integration.held !== null;
  if (!isHeld && built.commit !== input.project.commit) return { kind: "fresh" };
  const { base } = input.project;
  return leaveDone(isHeld ? `built; refs/osqr/landed/${base} is ahead of ${base}` : "built");
}

/** Names and numbers for all that may be built, selected or not, so that a number means the same in every call. */
function nameFresh(
  input: PlanInput,
  registry: Registry,
  specs: readonly Spec[],
  judged: ReadonlyMap<string, Verdict>,
): ReadonlyMap<string, Fresh> {
  const numbers = new Numbers(registry);
  const taken = new Set(registry.names);
  const named = new Map<string, Fresh>();
  for (const spec of specs) {
    const verdict = judged.get(spec.key);
    if (verdict?.kind === "changed") {
      const { id, name, number } = verdict.workstream;
      named.set(spec.key, { spec, id, name, number, replaces: true });
    }
    if (verdict?.kind !== "fresh") continue;
    const name = findFreeName(spec.key, (each) => taken.has(each));
    taken.add(name);
    const id = toId(input.project.id, name);
    named.set(spec.key, { spec, id, name, number: numbers.take(), replaces: false });
  }
  return named;
}

function place(scope: Scope, spec: Spec, verdict: Verdict, fresh: Fresh | null): void {
  const isSelected = scope.selected.hasSpec(spec);
  if (verdict.kind === "out") {
    const { kind: _, ...out } = verdict;
    scope.out.set(spec.key, out);
    return;
  }
  if (!isSelected) {
    scope.out.set(spec.key, { reason: scope.selected.reasonFor(spec), root: null, line: 1, isDone: false });
    return;
  }
  if (verdict.kind === "known") {
    scope.known.set(verdict.workstream.id, verdict.workstream);
    if (verdict.change !== null) scope.notes.push(`${verdict.workstream.name}: ${verdict.change}`);
  } else if (verdict.kind === "changed") {
    scope.known.set(verdict.workstream.id, verdict.workstream);
    scope.changed.add(spec.key);
  } else if (fresh !== null) {
    scope.fresh.set(spec.key, fresh);
  }
}

/** Tasks that were added by hand, and workstreams of which the document is gone. */
function keepWithoutSpec(scope: Scope, workstream: Workstream): void {
  if (!isOpen(workstream) || !scope.selected.hasWorkstream(workstream)) return;
  scope.known.set(workstream.id, workstream);
  const { path } = workstream.spec;
  if (path === null) return;
  const asked = findScopeDecision(scope.input, workstream.id);
  const isSettled = isLanded(workstream) || workstream.leftSpec === SPEC_GONE;
  const question = asked === undefined ? "osqr go asks whether to go on" : `osqr decide ${asked} keep|cancel`;
  const then = isSettled ? "it goes on with the old text" : question;
  scope.notes.push(`${workstream.name}: ${path} is gone from ${scope.input.project.base}; ${then}`);
}

/** Open workstreams that stay registered as they are, taken in or not. */
export function listStanding(scope: Scope): readonly Workstream[] {
  const replaced = new Set<WorkstreamId>();
  for (const { id, replaces } of scope.fresh.values()) if (replaces) replaced.add(id);
  return scope.registry.workstreams.filter((each) => isOpen(each) && !replaced.has(each.id));
}
