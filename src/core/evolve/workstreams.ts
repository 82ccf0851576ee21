import type { TaskDraft } from "../model/drafts.ts";
import type { Event } from "../model/event.ts";
import { type DecisionId, type TaskId, toTaskId, type WorkstreamId } from "../model/ids.ts";
import type { Run } from "../model/run.ts";
import type { PhaseCount, Task, Workstream } from "../model/work.ts";
import { isEnded } from "../status.ts";
import { forgetLedgers } from "./budgets.ts";
import {
  awaitRequirement,
  type Draft,
  dropWaiters,
  isWorkDone,
  leaveQueue,
  leaveReady,
  needTask,
  needWorkstream,
  putTask,
  putWorkstream,
  refreshTask,
  refreshWorkstream,
  satisfy,
} from "./draft.ts";
import { markHandoff } from "./handoffs.ts";
import { dropWords, noteNews } from "./messages.ts";
import { levelRanks, setStacks } from "./ranks.ts";
import {
  awaitMissing,
  awaitWorkAgain,
  forgetWorkOf,
  isWaitingToStart,
  noteNeeds,
  reopenWaiting,
} from "./requirements.ts";
import {
  advanceStep,
  beginSteps,
  forgetCheckpoints,
  openCriteria,
  recountSteps,
  reopen,
  TASKS_STEP,
} from "./steps.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

export function newTask(
  workstream: WorkstreamId,
  { already, refusal: _, entry, exit, ...draft }: TaskDraft,
): Task {
  return {
    ...draft,
    model: draft.model ?? null,
    route: draft.route ?? null,
    step: draft.step ?? TASKS_STEP,
    kind: draft.kind ?? "work",
    stage: draft.stage ?? "before",
    role: draft.role ?? null,
    returnsTo: draft.returnsTo ?? [],
    retries: draft.retries ?? 0,
    candidates: draft.candidates ?? [],
    asksAlways: draft.asksAlways ?? false,
    entry: openCriteria(entry),
    exit: openCriteria(exit),
    owner: null,
    retried: 0,
    startedAt: null,
    blockers: 0,
    resumes: null,
    failures: {},
    id: toTaskId(workstream, draft.key),
    workstream,
    tailMs: draft.estimateMs,
    inheritedPriority: "medium",
    unmet: 0,
    unmetDecisions: 0,
    state: already ? { kind: "completed", how: "already", at: 0 } : { kind: "pending" },
    attempts: [],
    lost: 0,
    handoff: null,
  };
}

/** Whether conversations have to be kept for some of its tasks. */
export const markReuse = (tasks: readonly Pick<TaskDraft, "reuse">[]): { readonly reusesSessions?: true } =>
  tasks.some(({ reuse }) => reuse !== undefined) ? { reusesSessions: true } : {};

function countPhases(
  phases: readonly Pick<PhaseCount, "key" | "title">[],
  tasks: readonly TaskDraft[],
): readonly PhaseCount[] {
  const total = new Map<string, number>();
  const completed = new Map<string, number>();
  for (const { phase, already } of tasks) {
    if (phase === null) continue;
    total.set(phase, (total.get(phase) ?? 0) + 1);
    if (already) completed.set(phase, (completed.get(phase) ?? 0) + 1);
  }
  return phases.map(({ key, title }) => ({
    key,
    title,
    total: total.get(key) ?? 0,
    completed: completed.get(key) ?? 0,
  }));
}

export function addWorkstream(draft: Draft, event: Of<"workstream_added">): void {
  const { workstream, tasks } = event;
  const ids = tasks.map(({ key }) => toTaskId(workstream.id, key));
  const completed = tasks.filter(({ already }) => already).length;
  const added: Workstream = {
    ...workstream,
    steps: beginSteps(workstream.steps, tasks),
    after: tasks.filter(({ stage }) => stage === "after").length,
    owner: workstream.owner ?? null,
    transfers: [],
    blockers: 0,
    signOffs: [],
    returns: [],
    links: [],
    closed: null,
    reverts: [],
    leftSpec: null,
    redos: 0,
    boost: 0,
    intent: "run",
    run: null,
    overlaps: [],
    stacksOn: [],
    tasks: ids,
    dropped: [],
    phases: countPhases(workstream.phases, tasks),
    ...markReuse(tasks),
    counts: { total: ids.length, completed, failed: 0, waiting: 0, running: 0, blocked: 0, cancelled: 0 },
    stops: 0,
    integration: { kind: "none" },
    landedSpec: null,
    place: null,
    gateReports: [],
    tip: null,
    started: false,
    waited: [],
    round: 1,
    addedAt: event.at,
    endedAt: null,
  };
  draft.workstreams = draft.workstreams.set(added.id, added);
  const project = draft.projects.get(added.project);
  if (project !== undefined) {
    draft.projects = draft.projects.set(project.id, {
      ...project,
      workstreams: [...project.workstreams, added.id],
    });
  }
  for (const task of tasks) {
    const made = newTask(added.id, task);
    draft.tasks = draft.tasks.set(made.id, { ...made, inheritedPriority: added.priority });
    noteNeeds(draft, made);
    noteNews(draft, made);
  }
  levelRanks(draft, added.id);
  for (const task of tasks) {
    if (task.already) continue;
    const id = toTaskId(added.id, task.key);
    // Artifacts are never there before their maker said so: they are all awaited.
    for (const requirement of task.requires) {
      if (requirement.startsWith("artifact:")) awaitRequirement(draft, id, requirement);
    }
    awaitMissing(draft, id);
  }
  for (const id of ids) refreshTask(draft, id, event.kind);
  satisfyEarlier(draft, added.id, event.kind);
}

/** Whoever was registered before this workstream and waits for what it has done already is told. */
function satisfyEarlier(draft: Draft, id: WorkstreamId, event: string): void {
  const { tasks, phases, counts, after } = needWorkstream(draft, id);
  for (const task of tasks) {
    if (needTask(draft, task).state.kind === "completed") satisfy(draft, `task:${task}`, event);
  }
  for (const { key, total, completed } of phases) {
    if (completed === total) satisfy(draft, `phase:${id}/${key}`, event);
  }
  if (isWorkDone({ counts, after })) satisfy(draft, `done:${id}`, event);
}

export function editWorkstream(draft: Draft, event: Of<"workstream_edited">): void {
  putWorkstream(draft, event.workstream, event.changes);
  if (event.changes.priority !== undefined) {
    for (const id of needWorkstream(draft, event.workstream).tasks) {
      const task = needTask(draft, id);
      draft.tasks = draft.tasks.set(id, { ...task, inheritedPriority: event.changes.priority });
    }
  }
  refreshWorkstream(draft, event.workstream, event.kind);
}

export function removeWorkstream(draft: Draft, event: Of<"workstream_removed">): void {
  const workstream = needWorkstream(draft, event.workstream);
  for (const id of workstream.tasks) {
    const task = needTask(draft, id);
    if (task.state.kind === "ready") leaveReady(draft, id, task.state.rank);
    dropWaiters(draft, id);
    draft.tasks = draft.tasks.delete(id);
  }
  for (const id of workstream.dropped) draft.tasks = draft.tasks.delete(id);
  forgetLedgers(draft, workstream);
  leaveStacks(draft, workstream);
  leaveDecisions(draft, workstream);
  forgetWorkOf(draft, workstream.id);
  leaveQueue(draft, workstream.id);
  draft.workstreams = draft.workstreams.delete(workstream.id);
  const project = draft.projects.get(workstream.project);
  if (project !== undefined) {
    draft.projects = draft.projects.set(project.id, {
      ...project,
      workstreams: project.workstreams.filter((id) => id !== workstream.id),
      retired: [...new Set([...project.retired, workstream.number])],
    });
  }
  // Also earlier runs that it went over from: one of them may go on.
  for (const run of draft.runs.values()) {
    if (run.workstreams.includes(workstream.id))
      draft.runs = draft.runs.set(run.id, withoutWorkstream(run, workstream.id));
  }
}

function withoutWorkstream(run: Run, gone: WorkstreamId): Run {
  return { ...run, workstreams: run.workstreams.filter((id) => id !== gone) };
}

function leaveStacks(draft: Draft, { id: gone }: Workstream): void {
  setStacks(draft, gone, []);
  const prefix = `${gone}\n`;
  for (const [key, above] of [...draft.stacked.entriesFrom(prefix)]) {
    if (!key.startsWith(prefix)) break;
    const { stacksOn } = needWorkstream(draft, above);
    setStacks(
      draft,
      above,
      stacksOn.filter((id) => id !== gone),
    );
  }
}

/** A decision that others ask too becomes theirs. */
function leaveDecisions(draft: Draft, { id: gone, tasks, dropped }: Workstream): void {
  const left = new Set<TaskId>([...tasks, ...dropped]);
  for (const [id, decision] of draft.decisions) {
    const askers = decision.askers.filter((task) => !left.has(task));
    const isHome = decision.workstream === gone;
    if (askers.length === decision.askers.length && !isHome) continue;
    const workstream = isHome ? (findHome(draft, id, askers[0], gone) ?? gone) : decision.workstream;
    draft.decisions = draft.decisions.set(id, { ...decision, askers, workstream });
  }
}

function findHome(
  draft: Draft,
  decision: DecisionId,
  asker: TaskId | undefined,
  gone: WorkstreamId,
): WorkstreamId | null {
  if (asker !== undefined) return needTask(draft, asker).workstream;
  for (const [id, { integration }] of draft.workstreams) {
    if (id !== gone && integration.kind === "waiting" && integration.decision === decision) return id;
  }
  return null;
}

/** All work of the workstream is given up and starts anew: what was made of it is not there any more. */
export function restartWorkstream(draft: Draft, event: Of<"workstream_restarted">): void {
  const workstream = needWorkstream(draft, event.workstream);
  for (const id of workstream.tasks) {
    const task = needTask(draft, id);
    const already = task.state.kind === "completed" && task.state.how === "already";
    if (isWaitingToStart(task)) reopenWaiting(draft, task, event.kind);
    if (already || task.state.kind === "running" || isWaitingToStart(task)) continue;
    // What was found out about duplicates stays true.
    if (task.state.kind === "waiting" || task.kind === "intake") continue;
    putTask(draft, reopen(task), { kind: "pending" }, event.kind);
  }
  recountSteps(draft, workstream.id);
  const { steps } = needWorkstream(draft, workstream.id);
  putWorkstream(draft, workstream.id, {
    steps: forgetCheckpoints(steps),
    redos: workstream.redos + 1,
    integration: { kind: "none" },
    gateReports: [],
    tip: null,
    started: false,
    round: workstream.round + 1,
  });
  draft.holding = draft.holding.delete(workstream.id);
  for (const id of workstream.tasks) {
    if (isWaitingToStart(needTask(draft, id))) awaitMissing(draft, id);
  }
  awaitWorkAgain(draft, workstream.id, event.kind);
  refreshWorkstream(draft, workstream.id, event.kind);
}

export function setIntent(draft: Draft, event: Of<"intent_set">): void {
  const workstream = putWorkstream(draft, event.workstream, { intent: event.intent });
  if (event.intent === "cancelled") cancelTasks(draft, workstream, event);
  refreshWorkstream(draft, workstream.id, event.kind);
}

/** Tasks with an attempt stay until it ended; the rest is over. */
function cancelTasks(draft: Draft, workstream: Workstream, event: Event): void {
  for (const id of workstream.tasks) {
    const task = needTask(draft, id);
    const { state } = task;
    const busy = state.kind === "running" || (state.kind === "waiting" && state.attempt !== null);
    if (busy || state.kind === "completed" || state.kind === "cancelled") continue;
    putTask(draft, task, { kind: "cancelled", reason: "the workstream was cancelled" }, event.kind);
    dropWaiters(draft, id);
  }
  putWorkstream(draft, workstream.id, { endedAt: event.at, integration: { kind: "none" } });
  leaveQueue(draft, workstream.id);
  draft.holding = draft.holding.delete(workstream.id);
}

export function raisePriority(draft: Draft, event: Of<"priority_raised">): void {
  putWorkstream(draft, event.workstream, { boost: event.boost });
  refreshWorkstream(draft, event.workstream, event.kind);
}

/** The last step after the merge is done. */
function endAfterLanding(draft: Draft, id: WorkstreamId): void {
  if (isEnded(needWorkstream(draft, id))) putWorkstream(draft, id, { endedAt: draft.at });
}

/** A task is done or skipped: its workstream, its phase and everybody who waits for it move on. */
export function completeTask(draft: Draft, event: Of<"task_completed">): void {
  const { turnedDown: _, ...task } = needTask(draft, event.task);
  if (event.attempt !== null) draft.joining = draft.joining.delete(event.attempt);
  const by = event.skip === undefined ? {} : { skip: event.skip };
  const done = { ...task, handoff: event.handoff ?? task.handoff, lost: 0, ...by, ...dropWords(task) };
  putTask(draft, done, { kind: "completed", how: event.how, at: event.at }, event.kind);
  markHandoff(draft, task.id, event.handoff);
  const workstream = needWorkstream(draft, task.workstream);
  const phases = workstream.phases.map((phase) =>
    phase.key === task.phase ? { ...phase, completed: phase.completed + 1 } : phase,
  );
  const steps = advanceStep(workstream.steps, task);
  putWorkstream(draft, workstream.id, { phases, steps, tip: event.tip ?? workstream.tip });
  dropWaiters(draft, task.id);
  satisfy(draft, `task:${task.id}`, event.kind);
  const phase = phases.find(({ key }) => key === task.phase);
  if (phase !== undefined && phase.completed === phase.total) {
    satisfy(draft, `phase:${workstream.id}/${phase.key}`, event.kind);
  }
  for (const path of event.artifacts) satisfy(draft, `artifact:${workstream.id}:${path}`, event.kind);
  if (isWorkDone(needWorkstream(draft, workstream.id))) satisfy(draft, `done:${workstream.id}`, event.kind);
  endAfterLanding(draft, workstream.id);
  // A failed critical task that is skipped no longer holds up the others.
  if (task.state.kind === "failed") refreshWorkstream(draft, workstream.id, event.kind);
}
