import { type CostHistory, estimateCost } from "../budget/estimate.ts";
import { doesCost } from "../budget/limits.ts";
import { PERSON } from "../evolve/reviews.ts";
import { TASKS_STEP } from "../evolve/steps.ts";
import type { CostEstimate } from "../model/budget.ts";
import type { QuestionDraft, Registration } from "../model/command.ts";
import type { TaskDraft } from "../model/drafts.ts";
import { type Oid, type TaskId, toTaskId, type WorkstreamId } from "../model/ids.ts";
import { SESSION_TIMEOUT_MS } from "../model/session.ts";
import type { Dependency, Spec, SpecTask } from "../model/spec.ts";
import type { DuplicateCandidate, Requirement, ResourceUse } from "../model/work.ts";
import { COMMAND } from "../routing/config.ts";
import type { Routed } from "../routing/route.ts";
import { findFirstScripts } from "./commands.ts";
import { estimateTask, type History, middleOf } from "./estimates.ts";
import type { PlanInput } from "./input.ts";
import { type PlannedQuestion, planQuestions } from "./questions.ts";
import type { Fresh } from "./registry.ts";
import { keepRoute, type Routes } from "./routes.ts";
import type { DraftTask, DraftWorkstream } from "./settle.ts";
import type { Estimate } from "./types.ts";

/** What nobody can do takes no time. */
const NEVER: Estimate = { lowMs: 0, highMs: 0, source: "default" };

const KNOWLEDGE_MAX = 100;

export interface BuiltTask {
  readonly id: TaskId;
  readonly draft: TaskDraft;
  readonly estimate: Estimate;
  /** Why no executor can do it; null where one can. */
  readonly blocked: string | null;
  /** Null: a person's word, or ticked already. */
  readonly routed: Routed | null;
}

/** A new workstream, ready to be registered. */
export interface BuiltWorkstream {
  readonly from: DraftWorkstream;
  readonly registration: Registration;
  readonly tasks: readonly BuiltTask[];
  readonly stacksOn: readonly WorkstreamId[];
}

export interface BuildContext {
  readonly input: PlanInput;
  readonly history: History;
  readonly routes: Routes;
  readonly costs: CostHistory;
  /** Asked of every workstream with scripts; null: all commands are approved. */
  readonly content: QuestionDraft | null;
  /** What it is asked because of paths that it shares with others. */
  readonly overlaps: readonly QuestionDraft[];
  readonly displaced: WorkstreamId | null;
  readonly addedBy: string;
  /** What an intake has to look at: workstreams that say nearly the same. */
  readonly resembles: (fresh: Fresh, intake: string) => readonly DuplicateCandidate[];
}

export function buildWorkstream(context: BuildContext, from: DraftWorkstream): BuiltWorkstream {
  const { input, content } = context;
  const { fresh } = from;
  const { spec } = fresh;
  const scripts = content === null ? new Set<string>() : findFirstScripts(from, context.routes);
  const questions: PlannedQuestion[] = [...planQuestions(input.state, input.project.id, spec)];
  if (content !== null && scripts.size > 0) questions.push({ draft: content, tasks: scripts });
  const tasks = from.tasks.map((task) => buildTask(context, from, task, questions));
  const stacksOn = new Set<WorkstreamId>();
  for (const { needs } of from.tasks) {
    for (const { stacks, on } of needs) if (stacks && on !== fresh.id) stacksOn.add(on);
  }
  return {
    from,
    registration: {
      workstream: { ...toWorkstreamDraft(context, from), executor: findMain(from.fresh.spec, tasks) },
      tasks: tasks.map(({ draft }) => draft),
      questions: [...questions.map(({ draft }) => draft), ...context.overlaps],
    },
    tasks,
    stacksOn: [...stacksOn],
  };
}

function toWorkstreamDraft(
  { input, displaced, addedBy }: BuildContext,
  { fresh, workflow, steps }: DraftWorkstream,
): Omit<Registration["workstream"], "executor"> {
  const { spec, id, name, number } = fresh;
  const { order } = input.config;
  const place = order.findIndex((each) => [spec.key, name, spec.path, `#${number}`].includes(each.trim()));
  return {
    id,
    project: input.project.id,
    number,
    name,
    title: spec.title,
    spec: describeSpec(spec, input.project.commit),
    workflow: { name: workflow.name, version: workflow.version },
    steps,
    owner: spec.owner ?? null,
    ...(spec.budget === undefined ? {} : { budget: spec.budget }),
    ...(spec.autonomy === null ? {} : { autonomy: spec.autonomy }),
    priority: spec.priority,
    position: place === -1 ? order.length + number : place,
    touches: spec.touches,
    gates: spec.gates,
    tags: spec.tags,
    due: spec.due,
    approvedActions: [],
    blockedActions: [],
    displaced,
    addedBy,
    phases: spec.phases.map(({ key, title }) => ({ key, title })),
  };
}

/** The one who does most of its work, for tables; of equals the first. */
function findMain({ executor }: Spec, tasks: readonly BuiltTask[]): string {
  const counts = new Map<string, number>();
  for (const { routed } of tasks)
    if (routed !== null) counts.set(routed.executor, (counts.get(routed.executor) ?? 0) + 1);
  const [main] = [...counts].sort(([, a], [, b]) => b - a);
  return main?.[0] ?? executor ?? COMMAND;
}

function describeSpec(
  { path, hash, format, summary, criteria }: Spec,
  commit: Oid,
): Registration["workstream"]["spec"] {
  const known = path === null ? {} : { ...(summary === "" ? {} : { summary }), criteria: criteria.length };
  return { path, hash, commit, format, ...known };
}

function buildTask(
  { input, history, costs, resembles, routes }: BuildContext,
  { fresh }: DraftWorkstream,
  draft: DraftTask,
  questions: readonly PlannedQuestion[],
): BuiltTask {
  const { task, flow } = draft;
  const { spec } = fresh;
  const isWork = (flow.kind ?? "work") === "work";
  const routed = routes.get(draft.id) ?? null;
  const executor = isWork ? (routed?.executor ?? task.executor ?? spec.executor ?? COMMAND) : PERSON;
  const script = task.run?.script ?? null;
  const { taskTimeoutMs, agentTimeoutMs } = input.config;
  const estimated = estimateTask(history, input.config, {
    spec: spec.path,
    task: task.key,
    executor,
    script,
  });
  const { key, order, title, phase, line, parallel, critical, checked } = task;
  const refusal = routed?.refusal ?? null;
  const estimate = isWork ? estimated : NEVER;
  return {
    id: draft.id,
    estimate: refusal === null ? estimate : NEVER,
    blocked: refusal,
    routed,
    draft: {
      key,
      order,
      title,
      phase,
      line,
      parallel,
      critical,
      script,
      executor,
      ...(routed === null ? {} : keepRoute(routed, script)),
      timeoutMs:
        draft.timeoutMs ?? (script === null && executor !== COMMAND ? agentTimeoutMs : taskTimeoutMs),
      estimateMs: middleOf(estimate),
      ...(refusal === null && !checked ? estimateCostOf(costs, spec, task, { executor, flow }) : {}),
      uses: isWork ? listUses(spec, task, draft.uses) : [],
      requires: checked ? [] : listRequirements(fresh.id, draft, questions),
      knowledge: listKnowledge(fresh.id, draft),
      ...listNews(draft),
      ...(isWork ? findReuse(spec, task) : {}),
      already: checked,
      refusal,
      ...flow,
      ...(flow.kind === "intake" ? { candidates: resembles(fresh, task.key) } : {}),
    },
  };
}

/** Nothing where the executor costs nothing. */
function estimateCostOf(
  costs: CostHistory,
  spec: Spec,
  task: SpecTask,
  { executor, flow }: { readonly executor: string; readonly flow: DraftTask["flow"] },
): { readonly cost?: CostEstimate } {
  if (!doesCost({ executor, kind: flow.kind ?? "work" })) return {};
  const criteria = spec.criteria.reduce((sum, { text }) => sum + text.length, 0);
  const specLength = spec.summary.length + criteria + task.title.length + task.details.length;
  const type = flow.step ?? TASKS_STEP;
  return { cost: estimateCost({ executor, model: null, type, specLength }, costs) };
}

function listRequirements(
  id: WorkstreamId,
  { task, after, needs, isRoot, flow }: DraftTask,
  questions: readonly PlannedQuestion[],
): readonly Requirement[] {
  const landed = new Set(
    needs.flatMap(({ requirement, on }) => (requirement === `landed:${on}` ? [on] : [])),
  );
  const found = new Set<Requirement>(after.map((key) => `task:${toTaskId(id, key)}`));
  if (flow.stage === "after") found.add(`integrated:${id}`);
  for (const { requirement, on } of needs) {
    if (requirement === null) continue;
    // What has landed is done, whole and in all its parts; a file may still be missing.
    const isImplied = landed.has(on) && !/^(?:landed|artifact):/.test(requirement);
    if (!isImplied) found.add(requirement);
  }
  for (const { draft, tasks } of questions) {
    if (tasks === null ? isRoot : tasks.has(task.key)) found.add(`question:${draft.contentKey}`);
  }
  return [...found];
}

function listKnowledge(id: WorkstreamId, { after, needs }: DraftTask): readonly (TaskId | WorkstreamId)[] {
  const own = after.map((key) => toTaskId(id, key));
  return [...new Set([...own, ...needs.flatMap(({ knowledge }) => knowledge)])].slice(0, KNOWLEDGE_MAX);
}

/** What it starts without and is told of at work. */
function listNews({ needs }: DraftTask): Pick<TaskDraft, "news"> {
  const news = needs.flatMap((need) => (need.news === true ? need.knowledge : []));
  return news.length === 0 ? {} : { news: [...new Set(news)].slice(0, KNOWLEDGE_MAX) };
}

/** The task's own word counts before the spec's. */
function findReuse(spec: Spec, task: SpecTask): Pick<TaskDraft, "reuse"> {
  if ((task.session?.kind ?? spec.session?.kind) !== "reuse") return {};
  const withinMs = task.session?.timeoutMs ?? spec.session?.timeoutMs ?? SESSION_TIMEOUT_MS;
  return { reuse: { withinMs } };
}

/** Shares of resources: what the spec states holds for each of its tasks; stated twice, the larger counts. */
export function listUses(
  spec: Spec,
  task: SpecTask,
  ofStep: readonly ResourceUse[] = [],
): readonly ResourceUse[] {
  const found = new Map(ofStep.map(({ resource, amount }) => [resource, amount]));
  const stated: readonly Dependency[] = [...spec.dependsOn, ...task.dependsOn];
  for (const dependency of stated) {
    if (dependency.type !== "resource") continue;
    const { resource, amount } = dependency;
    found.set(resource, Math.max(amount, found.get(resource) ?? 0));
  }
  return [...found].map(([resource, amount]) => ({ resource, amount }));
}
