import { DEFAULT_POLICY } from "../autonomy/merge-policy.ts";
import { tierOf } from "../autonomy/tiers.ts";
import { sumCosts } from "../budget/estimate.ts";
import type { Overlap } from "../conflicts/overlaps.ts";
import { TASKS_STEP } from "../evolve/steps.ts";
import type { CostEstimate, Limit } from "../model/budget.ts";
import type { QuestionDraft } from "../model/command.ts";
import { type TaskId, toDecisionId, type WorkstreamId } from "../model/ids.ts";
import type { TaskRoute } from "../model/route.ts";
import type { State } from "../model/state.ts";
import type { Task, Workstream } from "../model/work.ts";
import type { Criterion } from "../model/workflow.ts";
import { statusOf } from "../status.ts";
import type { BuiltWorkstream } from "./build-tasks.ts";
import type { PlanInput } from "./input.ts";
import type { Need } from "./needs.ts";
import { sayOvershoot } from "./overshoots.ts";
import { parseRequirement } from "./requirement.ts";
import type { Scope } from "./scope.ts";
import type { Serialized } from "./serialize.ts";
import type { Timing } from "./timing.ts";
import type { Estimate, PlannedReroute, PlannedTask, PlannedWorkstream } from "./types.ts";
import type { Whole } from "./whole-graph.ts";

/** What is needed to show workstreams. */
export interface Presenting {
  readonly scope: Scope;
  readonly whole: Whole;
  readonly timing: Timing;
  readonly serialized: Serialized;
  /** What known tasks get in place of what they have, by task. */
  readonly reroutes: ReadonlyMap<TaskId, PlannedReroute>;
  readonly apart: ReadonlyMap<WorkstreamId, ReadonlyMap<WorkstreamId, readonly string[]>>;
  readonly names: ReadonlyMap<WorkstreamId, { readonly name: string; readonly number: number }>;
  /** What a question is called: `D-1`, or words where its number is not certain yet; null: not worth a word. */
  readonly questionWords: (question: QuestionDraft) => string | null;
}

const NO_TIME: Estimate = { lowMs: 0, highMs: 0, source: "default" };

export function presentFresh(presenting: Presenting, built: BuiltWorkstream): PlannedWorkstream {
  const { workstream, questions } = built.registration;
  const { id, number, name, title, spec, priority, executor, touches, workflow } = workstream;
  return {
    id,
    number,
    name,
    title,
    spec: spec.path,
    priority,
    executor,
    ...sayAutonomy(presenting, workstream),
    workflow: `${workflow.name}@${workflow.version}`,
    touches,
    waitsFor: [
      ...new Set([
        ...listWaits(presenting, built),
        ...questions.flatMap((each) => (each.blocksProgress ? (presenting.questionWords(each) ?? []) : [])),
      ]),
    ],
    serializedWith: listSerialized(presenting, id),
    beside: listPairs(presenting, presenting.serialized.beside, id),
    estimate: presenting.timing.each.get(id) ?? NO_TIME,
    ...sayCost(built.tasks.map(({ draft }) => draft.cost)),
    tasks: built.tasks.map((task) => presentBuiltTask(presenting.scope.input, task, workstream)),
    questions,
    known: false,
    status: canBegin(built) ? "ready" : "blocked",
  };
}

/** Only where it differs from the config's. */
function sayAutonomy(
  { scope }: Presenting,
  workstream: Pick<Workstream, "autonomy">,
): Pick<PlannedWorkstream, "autonomy"> {
  const { tier } = scope.input.config.autonomy ?? DEFAULT_POLICY;
  const own = tierOf(tier, workstream);
  return own === tier ? {} : { autonomy: own };
}

export function sayCost(costs: readonly (CostEstimate | null | undefined)[]): {
  readonly cost?: CostEstimate;
} {
  const cost = sumCosts(costs);
  return cost === null ? {} : { cost };
}

/** False where no task of it can run: every one that comes first has no executor. */
function canBegin({ from, tasks }: BuiltWorkstream): boolean {
  const blocked = new Set(tasks.flatMap(({ draft, blocked: why }) => (why === null ? [] : [draft.key])));
  const open = from.tasks.filter(({ task }) => !task.checked);
  const first = open.filter(({ after }) => after.length === 0);
  return open.length === 0 || first.some(({ task }) => !blocked.has(task.key));
}

function presentBuiltTask(
  input: PlanInput,
  built: BuiltWorkstream["tasks"][number],
  own: Pick<Workstream, "id" | "budget">,
): PlannedTask {
  const { id, draft, estimate, blocked, routed } = built;
  const { key, title, phase, parallel, executor, already, step = TASKS_STEP, kind = "work" } = draft;
  const route = routed === null ? null : presentRoute(routed.route);
  const who = { executor, model: routed?.model ?? null, route };
  const shown = { id, key, title, phase, step, kind, parallel, ...who, estimate, blocked, already };
  const cost = draft.cost === undefined ? {} : { cost: draft.cost };
  const limits = sayOvershoot(input, { id, workstream: own.id, ...who, ...cost }, own.budget);
  const ticks = sayTicks([...(draft.entry ?? []), ...(draft.exit ?? [])]);
  return { ...shown, ...cost, ...limits, ...sayReuse(draft), ...ticks };
}

const presentRoute = ({ type, reasons, fallbacks, cheaper }: TaskRoute): PlannedTask["route"] => ({
  type,
  reasons,
  fallbacks,
  ...(cheaper === undefined ? {} : { cheaper }),
});

const sayReuse = ({ reuse }: Pick<Task, "reuse">): Pick<PlannedTask, "reusesWithinMs"> =>
  reuse === undefined ? {} : { reusesWithinMs: reuse.withinMs };

const sayTicks = (criteria: readonly Pick<Criterion, "check">[]): Pick<PlannedTask, "ticks"> =>
  criteria.some(({ check }) => check.kind === "tick") ? { ticks: true } : {};

function listWaits({ names }: Presenting, { from, registration }: BuiltWorkstream): readonly string[] {
  const { id } = registration.workstream;
  const needs = from.tasks.flatMap(({ needs: own }) => own);
  const others = needs.filter(({ requirement, on }) => requirement !== null && on !== id);
  const words = others.map((need) => ({
    number: names.get(need.on)?.number ?? 0,
    text: toWords(need, names),
  }));
  return words.sort((a, b) => a.number - b.number).map(({ text }) => text);
}

function toWords({ requirement, on }: Need, names: Presenting["names"]): string {
  const number = names.get(on)?.number;
  const name = number === undefined ? on.slice(on.indexOf("/") + 1) : `#${number}`;
  const parsed = parseRequirement(requirement ?? "");
  return parsed?.kind === "artifact" ? `${name} (${parsed.path})` : name;
}

function listSerialized(presenting: Presenting, id: WorkstreamId): PlannedWorkstream["serializedWith"] {
  const { apart, serialized, names } = presenting;
  const kept = [...(apart.get(id) ?? [])].flatMap(([b, paths]) => (names.has(b) ? { a: id, b, paths } : []));
  return listPairs(presenting, [...kept, ...serialized.ordered], id);
}

/** Those that a workstream shares paths with, each once. */
function listPairs(
  { names, scope }: Presenting,
  pairs: readonly Overlap<WorkstreamId>[],
  id: WorkstreamId,
): PlannedWorkstream["serializedWith"] {
  const all = new Map<WorkstreamId, readonly string[]>();
  for (const { a, b, paths } of pairs) {
    if (a === id) all.set(b, paths);
    else if (b === id) all.set(a, paths);
  }
  const nameOf = (other: WorkstreamId) =>
    names.get(other)?.name ?? scope.input.state.workstreams.get(other)?.name ?? other;
  return [...all].map(([other, paths]) => ({ name: nameOf(other), paths }));
}

export function presentKnown(presenting: Presenting, workstream: Workstream): PlannedWorkstream {
  const { scope, timing } = presenting;
  const { state } = scope.input;
  const { id, number, name, title, spec, priority, executor, touches, workflow } = workstream;
  const tasks = workstream.tasks.flatMap((task) => state.tasks.get(task) ?? []);
  return {
    id,
    number,
    name,
    title,
    spec: spec.path,
    priority,
    executor,
    ...sayAutonomy(presenting, workstream),
    workflow: `${workflow.name}@${workflow.version}`,
    touches,
    waitsFor: [...new Set([...listStops(state, workstream, tasks), ...listKnownWaits(presenting, tasks)])],
    serializedWith: listSerialized(presenting, id),
    beside: listPairs(presenting, presenting.serialized.beside, id),
    estimate: timing.each.get(id) ?? NO_TIME,
    ...sayCost(tasks.map(({ state: now, cost }) => (now.kind === "completed" ? null : cost))),
    tasks: tasks.map((task) => presentKnownTask(presenting, task, workstream.budget)),
    questions: [],
    known: true,
    status: statusOf(state, workstream),
  };
}

function presentKnownTask(
  { whole, reroutes, scope }: Presenting,
  task: Task,
  own: Limit | undefined,
): PlannedTask {
  const { lowMs, highMs, source } = whole.byId.get(task.id) ?? NO_TIME;
  const { id, key, title, phase, step, kind, parallel, state } = task;
  const { executor, model, route } = reroutes.get(id) ?? task;
  const already = state.kind === "completed";
  const reasons = state.kind === "blocked" ? state.by : [];
  const open = reasons.filter((reason) => reason.kind !== "no_executor" || !reroutes.has(id));
  const blocked = open.length === 0 ? null : open.map(({ message }) => message).join("; ");
  const estimate = { lowMs, highMs, source };
  const who = { executor, model, route: route === null ? null : presentRoute(route) };
  const shown = { id, key, title, phase, step, kind, parallel, ...who, estimate, blocked, already };
  const cost = task.cost === undefined || already ? {} : { cost: task.cost };
  const limits = sayOvershoot(scope.input, { id, workstream: task.workstream, ...who, ...cost }, own);
  return { ...shown, ...cost, ...limits, ...sayReuse(task), ...sayTicks([...task.entry, ...task.exit]) };
}

/** What an open workstream stands still for: the operator's word, or the operator's pause. */
function listStops(
  { open }: State,
  { intent, integration }: Workstream,
  tasks: readonly Task[],
): readonly string[] {
  const stops: string[] = intent === "paused" ? ["paused"] : [];
  if (integration.kind === "waiting") stops.push(integration.decision);
  for (const { state } of tasks) {
    if (state.kind === "failed") stops.push(`failed: ${state.decision}`);
    // One that is answered already is on its way.
    else if (state.kind === "waiting" && open.has(state.decision)) stops.push(state.decision);
  }
  return stops;
}

function listKnownWaits({ scope, names }: Presenting, tasks: readonly Task[]): readonly string[] {
  const { state } = scope.input;
  const found = new Map<string, number>();
  for (const { id, requires, workstream } of tasks) {
    for (const requirement of requires) {
      const parsed = parseRequirement(requirement);
      if (parsed === null || !state.waiters.has(`${requirement}\n${id}`)) continue;
      if (parsed.kind === "decision") found.set(parsed.decision, Number.POSITIVE_INFINITY);
      else if ("workstream" in parsed && parsed.workstream !== workstream) {
        const number =
          names.get(parsed.workstream)?.number ?? state.workstreams.get(parsed.workstream)?.number;
        if (number !== undefined) found.set(`#${number}`, number);
      }
    }
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([words]) => words);
}

/**
 * Names questions as the registry will number them. Where the commands are not approved yet the approval may come first
 * and take a number, or be given and take none: then only what is open already has its number.
 */
export function nameQuestions(
  scope: Scope,
  built: readonly BuiltWorkstream[],
): (question: QuestionDraft) => string | null {
  const { state, project } = scope.input;
  const questions = built.flatMap(({ registration }) => registration.questions);
  const isCertain = questions.every(({ subject }) => subject.kind !== "content");
  const ids = new Map<string, string>();
  let next = state.nextDecision;
  for (const { contentKey } of questions) {
    if (ids.has(contentKey)) continue;
    const known = state.byContent.get(`${project.id}/${contentKey}`);
    const isKnown = known !== undefined && state.decisions.get(known)?.state.kind !== "withdrawn";
    if (isKnown) ids.set(contentKey, known);
    else if (isCertain) ids.set(contentKey, toDecisionId(next++));
  }
  return (question) => ids.get(question.contentKey) ?? describeQuestion(question);
}

/** The approval of commands says nothing of one workstream: it is asked once for all. */
function describeQuestion({ subject }: QuestionDraft): string | null {
  if (subject.kind === "question") return `answer to ${subject.key}`;
  return subject.kind === "approval" ? `approval: ${subject.subject}` : null;
}
