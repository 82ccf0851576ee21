/**
 * Turns the dependencies that authors wrote into edges between specs that exist, and says what cannot hold: names that
 * nobody has, and circles. An unknown name in prose is only a warning; it is never read as "no dependency" in silence.
 */

import type { Dependency, DependencyTarget, SourceLocation, Spec, SpecProblem } from "../model/spec.ts";
import { findNearestName } from "../nearest-name.ts";
import { findCycles, type WaitEdge } from "./cycles.ts";

const SUGGESTIONS_MAX = 50;

/** One end of an edge. `task` and `phase` null: the whole spec. */
export interface DependencyEnd {
  readonly spec: string;
  readonly phase: string | null;
  readonly task: string | null;
}

/** A dependency whose target exists. `from` waits for `to`. */
export interface DependencyEdge {
  readonly from: DependencyEnd;
  readonly to: DependencyEnd;
  readonly dependency: Dependency;
}

export interface DependencyCheck {
  /** Everything that waits for something in a spec; written as `depends_on` or, turned round, as `blocks`. */
  readonly edges: readonly DependencyEdge[];
  /** In the order of the specs; each cycle once. */
  readonly problems: readonly SpecProblem[];
  /** Keys of the specs that cannot start, with why. All other specs can. */
  readonly stopped: ReadonlyMap<string, readonly SpecProblem[]>;
}

interface Known {
  readonly spec: Spec;
  readonly phases: ReadonlySet<string>;
  /** Key -> ticked. */
  readonly tasks: ReadonlyMap<string, boolean>;
}

type KnownSpecs = ReadonlyMap<string, Known>;

interface Found {
  readonly edges: DependencyEdge[];
  readonly problems: SpecProblem[];
  readonly stopped: Map<string, SpecProblem[]>;
}

/** Checks the dependencies of all specs of a commit against each other. Done specs wait for nothing and stop nobody. */
export function checkDependencies(specs: readonly Spec[]): DependencyCheck {
  const known: KnownSpecs = new Map(specs.map((spec) => [spec.key, toKnown(spec)]));
  const found: Found = { edges: [], problems: [], stopped: new Map() };
  for (const spec of specs) collectEdges(spec, known, found);
  reportCycles(found, known);
  stopDependents(found, known);
  return found;
}

function toKnown(spec: Spec): Known {
  return {
    spec,
    phases: new Set(spec.phases.map((phase) => phase.key)),
    tasks: new Map(spec.tasks.map((task) => [task.key, task.checked])),
  };
}

function collectEdges(spec: Spec, known: KnownSpecs, found: Found): void {
  const whole: DependencyEnd = { spec: spec.key, phase: null, task: null };
  for (const dependency of spec.dependsOn) addDependency(whole, dependency, known, found);
  for (const task of spec.tasks) {
    for (const dependency of task.dependsOn)
      addDependency({ ...whole, task: task.key }, dependency, known, found);
  }
  for (const blocked of spec.blocks) {
    if (known.has(blocked.spec)) found.edges.push(turnRound(spec, blocked));
    else found.problems.push(describeUnknownBlocked(blocked, known, found));
  }
}

function turnRound(spec: Spec, blocked: Spec["blocks"][number]): DependencyEdge {
  const target: DependencyTarget = { kind: "workstream", spec: spec.key };
  return {
    from: { spec: blocked.spec, phase: null, task: null },
    to: { spec: spec.key, phase: null, task: null },
    dependency: { type: "completion", target, location: blocked.location, provenance: "explicit" },
  };
}

/** True for what is not waited for: it makes no circle, and what it is about stops nobody. */
export const isNews = (dependency: Dependency): boolean =>
  dependency.type === "knowledge" && dependency.news === true;

function addDependency(from: DependencyEnd, dependency: Dependency, known: KnownSpecs, found: Found): void {
  if (dependency.type === "approval" || dependency.type === "resource") return;
  if (isNews(dependency) && isOfItself(from, dependency.target)) {
    found.problems.push(describeOwnNews(from, dependency));
    return;
  }
  const problem = findDangling({ from, dependency, target: dependency.target }, known, found);
  if (problem === null) {
    found.edges.push({ from, to: toEnd(dependency.target), dependency });
    return;
  }
  found.problems.push(problem);
  if (problem.severity === "error" && known.get(from.spec)?.spec.readiness !== "done")
    stop(found, from.spec, problem);
}

function isOfItself({ spec, task }: DependencyEnd, target: DependencyTarget): boolean {
  if (target.spec !== spec) return false;
  return target.kind === "workstream" || (target.kind === "task" && target.task === task);
}

function describeOwnNews(from: DependencyEnd, { location }: Dependency): SpecProblem {
  return {
    severity: "warning",
    code: "self-dependency",
    message: `${describeEnd(from)} asks for news of itself: nothing comes of it`,
    location,
    found: null,
    expected: "another spec, phase or task",
    hint: "remove the dependency",
  };
}

function toEnd(target: DependencyTarget): DependencyEnd {
  return {
    spec: target.spec,
    phase: target.kind === "phase" ? target.phase : null,
    task: target.kind === "task" ? target.task : null,
  };
}

function stop(found: Found, key: string, problem: SpecProblem): void {
  const problems = found.stopped.get(key);
  if (!problems) found.stopped.set(key, [problem]);
  else if (!problems.includes(problem)) problems.push(problem);
}

interface Link {
  readonly from: DependencyEnd;
  readonly dependency: Dependency;
  readonly target: DependencyTarget;
}

/** Looking for near names is slow: a document with 10,000 wrong ones gets hints for the first. */
function suggest(name: string, candidates: Iterable<string>, found: Found): string | null {
  return found.problems.length < SUGGESTIONS_MAX ? findNearestName(name, candidates) : null;
}

/** Null where the target exists. */
function findDangling(link: Link, known: KnownSpecs, found: Found): SpecProblem | null {
  const { from, dependency, target } = link;
  const there = known.get(target.spec);
  if (!there) return describeUnknownSpec(link, known, found);
  if (target.kind === "workstream") return null;
  const name = target.kind === "phase" ? target.phase : target.task;
  const names = target.kind === "phase" ? there.phases : there.tasks;
  if (names.has(name)) return null;
  const nearest = suggest(name, names.keys(), found);
  return {
    severity: dependency.provenance === "prose" ? "warning" : "error",
    code: `unknown-${target.kind}`,
    message: `${describeEnd(from)} depends on ${target.kind} "${name}" of ${target.spec}, which has no such ${target.kind}`,
    location: dependency.location,
    found: listNames([...names.keys()], `no ${target.kind}s`),
    expected: `a ${target.kind} of ${target.spec} (${there.spec.path})`,
    hint:
      nearest === null
        ? `see the ${target.kind}s of ${target.spec} in ${there.spec.path}`
        : `did you mean ${target.spec}#${nearest}?`,
  };
}

function describeUnknownSpec(link: Link, known: KnownSpecs, found: Found): SpecProblem {
  const { from, dependency } = link;
  const name = link.target.spec;
  const prose = dependency.provenance === "prose";
  const nearest = suggest(name, known.keys(), found);
  const subject = from.task === null ? "depends_on" : `${from.task}: depends`;
  const fallback = prose
    ? "write the id of a spec to wait for it, or none"
    : "write the id or the path of a spec";
  return {
    severity: prose ? "warning" : "error",
    code: "unknown-dependency",
    message: prose
      ? `the dependency "${name}" matches no spec: osqr does not wait for it`
      : `${subject} names "${name}", which no spec has`,
    location: dependency.location,
    found: listSpecs(nearest, known),
    expected: "the id or path of a spec",
    hint: nearest === null ? fallback : `did you mean ${nearest}?`,
  };
}

function describeUnknownBlocked(
  blocked: Spec["blocks"][number],
  known: KnownSpecs,
  found: Found,
): SpecProblem {
  const nearest = suggest(blocked.spec, known.keys(), found);
  return {
    severity: "warning",
    code: "unknown-dependency",
    message: `blocks names "${blocked.spec}", which no spec has: nothing waits for this spec because of it`,
    location: blocked.location,
    found: listSpecs(nearest, known),
    expected: "the id or path of a spec",
    hint: nearest === null ? "write the id or the path of a spec" : `did you mean ${nearest}?`,
  };
}

/** The nearest first and with its path, then others; at most ten. */
function listSpecs(nearest: string | null, known: KnownSpecs): string {
  const others = [...known.keys()].filter((key) => key !== nearest);
  const first = nearest === null ? [] : [`${nearest} (${known.get(nearest)?.spec.path})`];
  return listNames([...first, ...others], "no specs");
}

function listNames(names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return names.slice(0, 10).join(", ") + more;
}

function describeEnd(end: DependencyEnd): string {
  return end.task === null ? end.spec : `${end.spec}#${end.task}`;
}

function isDone(end: DependencyEnd, known: KnownSpecs): boolean {
  const there = known.get(end.spec);
  if (!there || there.spec.readiness === "done") return true;
  return end.task !== null && there.tasks.get(end.task) === true;
}

/**
 * Nodes: `start:` a spec may start, `landed:` it is in the base, and its tasks and phases between the two. What takes
 * over code lands after what it takes it from, so two specs that each build on a task of the other are circular too.
 */
function buildWaits(found: Found, known: KnownSpecs): WaitEdge<DependencyEdge>[] {
  const waits: WaitEdge<DependencyEdge>[] = [];
  for (const { spec } of known.values()) {
    if (spec.readiness === "done") continue;
    waits.push({ from: `landed:${spec.key}`, to: `start:${spec.key}`, label: null });
    for (const task of spec.tasks) {
      const node = `task:${spec.key}#${task.key}`;
      waits.push({ from: `landed:${spec.key}`, to: node, label: null });
      waits.push({ from: node, to: `start:${spec.key}`, label: null });
      if (task.phase !== null) waits.push({ from: `phase:${spec.key}#${task.phase}`, to: node, label: null });
    }
  }
  for (const edge of found.edges) {
    if (isNews(edge.dependency) || isDone(edge.from, known) || isDone(edge.to, known)) continue;
    waits.push({ from: toNode(edge.from, "start"), to: toNode(edge.to, "landed"), label: edge });
    if (edge.dependency.type !== "knowledge" && edge.from.spec !== edge.to.spec) {
      waits.push({ from: `landed:${edge.from.spec}`, to: `landed:${edge.to.spec}`, label: edge });
    }
  }
  return waits;
}

function toNode(end: DependencyEnd, whole: "start" | "landed"): string {
  if (end.task !== null) return `task:${end.spec}#${end.task}`;
  if (end.phase !== null) return `phase:${end.spec}#${end.phase}`;
  return `${whole}:${end.spec}`;
}

function reportCycles(found: Found, known: KnownSpecs): void {
  const seen = new Set<string>();
  for (const cycle of findCycles(buildWaits(found, known))) {
    const turned = startAtSmallest(cycle);
    const names = turned.map((edge) => describeEnd(edge.from));
    const way = [...names, names[0]].join(" → ");
    if (seen.has(way)) continue;
    seen.add(way);
    const problem = describeCycle(turned, way);
    found.problems.push(problem);
    for (const edge of turned) stop(found, edge.from.spec, problem);
  }
}

function startAtSmallest(cycle: readonly DependencyEdge[]): readonly DependencyEdge[] {
  const names = cycle.map((edge) => describeEnd(edge.from));
  const smallest = names.reduce((best, name, index) => (name < (names[best] ?? "") ? index : best), 0);
  return [...cycle.slice(smallest), ...cycle.slice(0, smallest)];
}

function describeCycle(cycle: readonly DependencyEdge[], way: string): SpecProblem {
  const [first] = cycle as [DependencyEdge];
  const places = cycle.map((edge) => formatLocation(edge.dependency.location));
  const itself = cycle.length === 1;
  const name = describeEnd(first.from);
  const toWhole = first.to.task === null && first.from.task !== null;
  return {
    severity: "error",
    code: itself ? "self-dependency" : "circular-dependency",
    message: itself
      ? `${name} depends on ${toWhole ? "its own workstream" : "itself"} (${places[0]})`
      : `circular dependency: ${way} (${places.join(", ")})`,
    location: first.dependency.location,
    found: way,
    expected: "dependencies without a circle",
    hint: itself ? "remove the dependency" : "remove one of these dependencies",
  };
}

function formatLocation(location: SourceLocation): string {
  return `${location.path}:${location.line}`;
}

/** What depends on a stopped spec is stopped too, and says through which. */
function stopDependents(found: Found, known: KnownSpecs): void {
  const waiting = found.edges.filter(({ dependency }) => !isNews(dependency));
  const dependents = Map.groupBy(waiting, (edge) => edge.to.spec);
  const queue = [...found.stopped.keys()];
  for (const key of queue) {
    for (const edge of dependents.get(key) ?? []) {
      if (found.stopped.has(edge.from.spec) || isDone(edge.from, known) || isDone(edge.to, known)) continue;
      const cause = found.stopped.get(key)?.[0];
      const problem: SpecProblem = {
        severity: "error",
        code: "stopped-dependency",
        message: `${describeEnd(edge.from)} depends on ${key}, which cannot start: ${cause?.message ?? "see its problems"}`,
        location: edge.dependency.location,
        found: cause ? formatLocation(cause.location) : null,
        expected: null,
        hint: `repair ${key} first`,
      };
      found.problems.push(problem);
      stop(found, edge.from.spec, problem);
      queue.push(edge.from.spec);
    }
  }
}
