/** Small states for the tests of flow metrics, put together by hand. Times are minutes after 2026-01-05T00:00Z. */
import type { Decision } from "../../model/decision.ts";
import type { Blocker, StepProgress } from "../../model/flow.ts";
import { type TaskId, toAttemptId, toProjectId, toTaskId, toWorkstreamId } from "../../model/ids.ts";
import type { Project } from "../../model/project.ts";
import { emptyState, type State } from "../../model/state.ts";
import type { Attempt, Task, TaskCounts, Workstream } from "../../model/work.ts";

const START = Date.parse("2026-01-05T00:00:00Z");
const MINUTE_MS = 60_000;
export const HOUR = 60;
export const DAY = 1_440;

/** Minutes to a moment. */
export const at = (minutes: number): number => START + minutes * MINUTE_MS;
/** Minutes to a duration, ms. */
export const min = (minutes: number): number => minutes * MINUTE_MS;

const PROJECT = toProjectId("p-1");

function project(id: Project["id"], root: string): Project {
  return {
    id,
    root,
    base: "main",
    policy: "fifo",
    maxParallel: 4,
    resources: {},
    roles: {},
    approved: new Set(),
    workstreams: [],
    retired: [],
    run: null,
    held: null,
  };
}

/** One try: claimed at, work in minutes, and how it ended; `null`: it runs. */
export interface TryInput {
  readonly claimed: number;
  readonly work?: number;
  readonly end?: { readonly kind: "completed" | "rework" | "failed"; readonly at: number } | null;
  readonly reused?: number;
}

export interface TaskInput {
  readonly key: string;
  readonly step?: string;
  readonly stage?: Task["stage"];
  readonly kind?: Task["kind"];
  readonly owner?: string;
  readonly tries?: readonly TryInput[];
  /** Minutes; null: still to do. */
  readonly done?: number | null;
  readonly already?: boolean;
}

export interface WorkstreamInput
  extends Partial<
    Pick<Workstream, "owner" | "workflow" | "project" | "signOffs" | "returns" | "reverts" | "title">
  > {
  readonly name: string;
  readonly registered: number;
  readonly tasks: readonly TaskInput[];
  readonly steps?: readonly (Pick<StepProgress, "key"> & Partial<StepProgress>)[];
  /** Minutes; absent: it has not landed. */
  readonly landed?: number;
  readonly cancelled?: number;
  readonly blockers?: readonly (Pick<Blocker, "type"> & { from: number; to: number | null })[];
  readonly decisions?: readonly {
    readonly opened: number;
    readonly closed: number | null;
    readonly by?: "user" | "osqr";
    /** The merge had stopped, and all is done again. */
    readonly redo?: true;
  }[];
}

class Builder {
  state: State = emptyState();
  #attempt = 0;

  constructor() {
    this.#project(project(PROJECT, "/home/me/shop"));
    this.#project(project(toProjectId("p-2"), "/home/me/site"));
  }

  #project(each: Project): void {
    this.state = { ...this.state, projects: this.state.projects.set(each.id, each) };
  }

  add(input: WorkstreamInput, number: number): void {
    const id = toWorkstreamId(`p-1/${input.name}`);
    const tasks = input.tasks.map((task) => this.#task(id, task));
    for (const task of tasks) this.state = { ...this.state, tasks: this.state.tasks.set(task.id, task) };
    const workstream = makeWorkstream(input, { id, number, tasks });
    this.state = { ...this.state, workstreams: this.state.workstreams.set(id, workstream) };
    const home = this.state.projects.get(workstream.project);
    if (home !== undefined) this.#project({ ...home, workstreams: [...home.workstreams, id] });
    for (const blocker of input.blockers ?? []) this.#block(id, blocker);
    for (const decision of input.decisions ?? []) this.#ask(id, decision);
  }

  #task(workstream: Workstream["id"], input: TaskInput): Task {
    const { key, tries = [], done = null, already = false } = input;
    const id = toTaskId(workstream, key);
    const attempts = tries.map((each) => this.#try(workstream, id, each));
    return {
      ...TASK,
      id,
      workstream,
      key,
      title: `do ${key}`,
      step: input.step ?? "tasks",
      stage: input.stage ?? "before",
      kind: input.kind ?? "work",
      owner: input.owner ?? null,
      attempts,
      startedAt: tries[0] === undefined ? null : at(tries[0].claimed),
      state: already
        ? { kind: "completed", how: "already", at: 0 }
        : done === null
          ? { kind: "pending" }
          : { kind: "completed", how: "done", at: at(done) },
      handoff: done === null ? null : { commit: "h1", path: `${input.key}.json` },
    };
  }

  #try(workstream: Workstream["id"], task: TaskId, input: TryInput): Attempt["id"] {
    this.#attempt += 1;
    const id = toAttemptId(this.#attempt);
    const { end = null } = input;
    const hasResult = end?.kind === "completed" || end?.kind === "rework";
    const attempt: Attempt = {
      id,
      task,
      workstream,
      executor: "command",
      model: null,
      fence: this.#attempt,
      state: toAttemptState(end),
      claimedAt: at(input.claimed),
      workMs: min(input.work ?? 0),
      added: 1,
      deleted: 0,
      files: [],
      warnings: [],
      salvage: null,
      inputHash: null,
      commit: hasResult ? "c1" : null,
      reused: input.reused === undefined ? null : toAttemptId(input.reused),
      session: null,
      opened: null,
      turns: 0,
      checkpoint: null,
      home: id,
      handOff: null,
      recovery: null,
    };
    this.state = { ...this.state, attempts: this.state.attempts.set(id, attempt) };
    return id;
  }

  #block(workstream: Workstream["id"], input: NonNullable<WorkstreamInput["blockers"]>[number]): void {
    const id = `B-${this.state.blockers.size + 1}` as Blocker["id"];
    const blocker: Blocker = {
      id,
      workstream,
      task: null,
      type: input.type,
      owner: "kim",
      reason: "it is in the way",
      by: "dana",
      declaredAt: at(input.from),
      resolvedAt: input.to === null ? null : at(input.to),
      resolution: input.to === null ? null : "gone",
    };
    this.state = { ...this.state, blockers: this.state.blockers.set(id, blocker) };
  }

  #ask(workstream: Workstream["id"], input: NonNullable<WorkstreamInput["decisions"]>[number]): void {
    const id = `D-${this.state.decisions.size + 1}` as Decision["id"];
    const { closed, by = "user", redo = false } = input;
    const decision: Decision = {
      id,
      contentKey: id,
      workstream,
      type: "approval",
      priority: "high",
      subject: redo ? { kind: "integration", workstream } : { kind: "question", key: id },
      question: "which?",
      context: "",
      location: null,
      options: [],
      askers: [],
      blocksProgress: true,
      deadline: null,
      defaultOption: null,
      autoResolveAt: null,
      openedAt: at(input.opened),
      state:
        closed === null
          ? { kind: "open" }
          : { kind: "resolved", option: redo ? "redo" : "a", by, reasoning: "", at: at(closed) },
    };
    this.state = { ...this.state, decisions: this.state.decisions.set(id, decision) };
  }
}

function toAttemptState(end: TryInput["end"]): Attempt["state"] {
  if (end === null || end === undefined) return { kind: "running", startedAt: 0 };
  if (end.kind === "completed") return { kind: "completed", commit: "c1", at: at(end.at) };
  return { kind: end.kind, reason: "not good", at: at(end.at) };
}

const TASK: Omit<Task, "id" | "workstream" | "key" | "step" | "stage" | "kind" | "state" | "handoff"> = {
  order: 1,
  title: "",
  phase: null,
  line: 1,
  parallel: false,
  critical: true,
  script: null,
  executor: "command",
  model: null,
  route: null,
  timeoutMs: 1_000,
  estimateMs: 1_000,
  tailMs: 0,
  inheritedPriority: "medium",
  uses: [],
  requires: [],
  unmet: 0,
  unmetDecisions: 0,
  knowledge: [],
  attempts: [],
  lost: 0,
  role: null,
  owner: null,
  entry: [],
  exit: [],
  returnsTo: [],
  retries: 0,
  retried: 0,
  candidates: [],
  asksAlways: false,
  startedAt: null,
  blockers: 0,
  resumes: null,
  failures: {},
};

function countTasks(tasks: readonly Task[]): TaskCounts {
  const completed = tasks.filter(({ state }) => state.kind === "completed").length;
  return { total: tasks.length, completed, failed: 0, waiting: 0, running: 0, blocked: 0, cancelled: 0 };
}

function makeSteps(input: WorkstreamInput, tasks: readonly Task[]): readonly StepProgress[] {
  return (input.steps ?? [{ key: "tasks" }]).map((step, index) => {
    const own = tasks.filter((task) => task.step === step.key);
    const completed = own.filter(({ state }) => state.kind === "completed").length;
    return {
      title: `the ${step.key}`,
      order: index + 1,
      kind: "work",
      role: null,
      definitionOfDone: null,
      rework: "continue",
      checkpoint: null,
      ...step,
      total: own.length,
      completed,
    };
  });
}

function makeWorkstream(
  input: WorkstreamInput,
  { id, number, tasks }: { id: Workstream["id"]; number: number; tasks: readonly Task[] },
): Workstream {
  const { name, landed, cancelled } = input;
  return {
    id,
    project: input.project ?? PROJECT,
    number,
    name,
    title: input.title ?? `Build ${name}`,
    spec: { path: `docs/${name}.md`, hash: "", commit: "", format: "markdown" },
    workflow: input.workflow ?? { name: "tasks", version: 1 },
    priority: "medium",
    boost: 0,
    position: number,
    intent: cancelled === undefined ? "run" : "cancelled",
    run: null,
    executor: "command",
    touches: [],
    overlaps: [],
    stacksOn: [],
    gates: null,
    tags: [],
    due: null,
    approvedActions: [],
    blockedActions: [],
    displaced: null,
    tasks: tasks.map((task) => task.id),
    dropped: [],
    phases: [],
    steps: makeSteps(input, tasks),
    after: 0,
    owner: input.owner ?? null,
    blockers: 0,
    signOffs: input.signOffs ?? [],
    returns: input.returns ?? [],
    transfers: [],
    links: [],
    closed: null,
    reverts: input.reverts ?? [],
    leftSpec: null,
    redos: 0,
    counts: countTasks(tasks),
    stops: 0,
    integration:
      landed === undefined ? { kind: "none" } : { kind: "landed", commit: "m1", held: null, at: at(landed) },
    landedSpec: null,
    place: null,
    gateReports: [],
    tip: null,
    started: false,
    waited: [],
    round: 1,
    addedAt: at(input.registered),
    addedBy: "user",
    endedAt: cancelled === undefined ? null : at(cancelled),
  };
}

/** A state with these workstreams, numbered from 1. */
export function flowState(...inputs: readonly WorkstreamInput[]): State {
  const builder = new Builder();
  for (const [index, input] of inputs.entries()) builder.add(input, index + 1);
  return builder.state;
}

/** A task that one attempt did. */
export function doneTask(key: string, claimed: number, done: number, work = done - claimed): TaskInput {
  return { key, tries: [{ claimed, work, end: { kind: "completed", at: done } }], done };
}

/** A workstream of one task that was done in time and landed. */
export function landedItem(
  name: string,
  times: { registered: number; claimed: number; done: number; landed: number },
  changes: Partial<WorkstreamInput> = {},
): WorkstreamInput {
  const { registered, claimed, done, landed } = times;
  return { name, registered, tasks: [doneTask("T1", claimed, done)], landed, ...changes };
}

/** Work that was sent back. */
export function returned(
  name: string,
  to: string,
  tasks: number,
  minutes: number,
): Workstream["returns"][number] {
  return {
    from: toTaskId(`p-1/${name}`, "review"),
    to,
    tasks,
    by: "sam",
    reason: "not yet",
    at: at(minutes),
  };
}
