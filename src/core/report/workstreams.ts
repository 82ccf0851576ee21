import { describeWatch } from "../checks/judge-sample.ts";
import { findStandIn, isLeftAlone, listDuplicates, reasonOf } from "../duplicates.ts";
import { needTask } from "../evolve/draft.ts";
import { revertOf } from "../evolve/reverts.ts";
import type { MemoryUse } from "../memory-need.ts";
import type { Blocker, Revert } from "../model/flow.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Attempt, Task, Workstream } from "../model/work.ts";
import { adviseOnRefused } from "../refused-hosts.ts";
import { progressOf, statusOf } from "../status.ts";
import { toActiveForm } from "./active-form.ts";
import { viewAutonomy } from "./autonomy.ts";
import { listOpenBlockers } from "./blockers.ts";
import { costOf } from "./budgets.ts";
import { viewReverts, viewSignOffs } from "./reviews.ts";
import { viewCriterion, viewSteps } from "./steps.ts";
import type { AgentView, OpenBlockerView, RevertingView, TaskView, WorkstreamView } from "./types.ts";
import { listHolders, nameMerge, nameOfTask, nameOfWorkstream, wordsOfWait } from "./words.ts";

const isToDo = ({ state: { kind } }: Task): boolean => kind === "pending" || kind === "ready";

/** A task with its last attempt. */
export function viewTask(state: State, task: Task): TaskView {
  const last = task.attempts.at(-1);
  const attempt = last === undefined ? undefined : state.attempts.get(last);
  const skipped = task.state.kind === "completed" && task.state.how === "skipped";
  return {
    id: nameOfTask(state, task.id),
    key: task.key,
    title: task.title,
    status: skipped ? "skipped" : task.state.kind,
    phase: task.phase,
    attempts: task.attempts.length,
    workMs: isToDo(task) ? 0 : (attempt?.workMs ?? 0),
    added: attempt?.added ?? 0,
    deleted: attempt?.deleted ?? 0,
    files: attempt?.files ?? [],
    warnings: [...(attempt?.warnings ?? []), ...sayRefusedHosts(attempt), ...listWatched(task, attempt)],
    waitsFor: [...wordsOfWait(state, task), ...wordsOfBlockers(state, task)],
    activity: task.state.kind === "running" ? (attempt?.progress ?? toActiveForm(task.title)) : null,
    role: task.role,
    owner: task.owner,
    step: task.step,
    kind: task.kind,
    entry: task.entry.map(viewCriterion),
    exit: task.exit.map(viewCriterion),
    reused: attempt?.reused ?? null,
    skip: skipped ? (task.skip ?? null) : null,
    agent: attempt === undefined ? null : viewAgent(attempt),
    cost: costOf(state, task.id),
    ...viewMemory(attempt),
  };
}

/** What is on record. Of one that runs the engine knows more. */
export const viewMemory = (
  attempt: Pick<Attempt, "peakMemoryBytes"> | undefined,
): { readonly memory?: MemoryUse } =>
  attempt?.peakMemoryBytes === undefined
    ? {}
    : { memory: { lastBytes: null, peakBytes: attempt.peakMemoryBytes } };

const sayRefusedHosts = (attempt: Attempt | undefined): readonly string[] => {
  const advice = attempt === undefined ? null : adviseOnRefused(attempt);
  return advice === null ? [] : [advice];
};

/** Limits that a running attempt is near, with what to do. */
const listWatched = ({ state }: Task, attempt: Attempt | undefined): readonly string[] =>
  state.kind !== "running" || attempt === undefined ? [] : sayWatched(attempt);

/** Empty where it does not run. */
export const sayWatched = ({ id, state, watched = [] }: Attempt): readonly string[] =>
  state.kind === "running" || state.kind === "waiting"
    ? watched.map((each) => `${describeWatch(each)}. ${each.advice.replace("<attempt>", id)}`)
    : [];

/** Null: no agent has spoken in it. */
export function viewAgent({ id, session, opened, turns }: Attempt): AgentView | null {
  if (session === null || opened === null) return null;
  return { attempt: id, agent: session.agent, turns, how: opened };
}

/** `B-1 (kim)`: what somebody has to get out of the way before it starts. */
function wordsOfBlockers(state: State, { state: now, unmet, id, workstream }: Task): readonly string[] {
  if (now.kind !== "pending" || unmet > 0) return [];
  return listOpenBlockers(state, workstream)
    .filter(({ task }) => task === null || task === id)
    .map((blocker) => `${blocker.id} (${blocker.owner})`);
}

function currentPhase(workstream: Workstream): string | null {
  return workstream.phases.find(({ completed, total }) => completed < total)?.title ?? null;
}

/** Open decisions by the workstreams that they concern: their own and those of the tasks that ask. */
function indexOpenDecisions(state: State): ReadonlyMap<WorkstreamId, readonly string[]> {
  const found = new Map<WorkstreamId, string[]>();
  for (const id of state.open.keys()) {
    const decision = state.decisions.get(id);
    if (decision === undefined) continue;
    const askers = decision.askers.flatMap((task) => state.tasks.get(task)?.workstream ?? []);
    for (const each of new Set([decision.workstream, ...askers])) {
      const own = found.get(each);
      if (own === undefined) found.set(each, [id]);
      else own.push(id);
    }
  }
  return found;
}

function viewRevert(revert: Revert | null): RevertingView | null {
  if (revert === null) return null;
  const { of, by, reason, to } = revert;
  return { of, by, reason, to };
}

function viewOpenBlocker(state: State, blocker: Blocker): OpenBlockerView {
  const { id, task, type, owner, reason, declaredAt } = blocker;
  return {
    id,
    task: task === null ? null : nameOfTask(state, task),
    type,
    owner,
    reason,
    declaredAt: new Date(declaredAt).toISOString(),
  };
}

/** Impediments that are no decision: blocked tasks, work below that has to land first, a base that is held. */
function listBlockers(state: State, workstream: Workstream, tasks: readonly Task[]): readonly string[] {
  const blockers: string[] = [];
  for (const task of tasks) {
    if (task.state.kind === "blocked")
      blockers.push(...task.state.by.map(({ message }) => `${task.key}: ${message}`));
  }
  for (const { id, task, owner, reason } of listOpenBlockers(state, workstream.id)) {
    const on = task === null ? "" : `${state.tasks.get(task)?.key ?? task}: `;
    blockers.push(`${on}${id} (${owner}): ${reason}`);
  }
  const { counts, integration } = workstream;
  if (integration.kind === "none" && counts.completed === counts.total) {
    for (const below of workstream.stacksOn) blockers.push(`lands after ${nameOfWorkstream(state, below)}`);
  }
  return blockers;
}

/** What its tasks wait for outside of it. What blocks a task is in the blockers, impediments too. */
function waitsOf(state: State, workstream: Workstream, tasks: readonly Task[]): readonly string[] {
  const own = `${workstream.name}#`;
  const merge = nameMerge(state, workstream.id);
  const all = tasks
    .flatMap((task) => (task.state.kind === "blocked" ? [] : wordsOfWait(state, task)))
    .filter((words) => !words.startsWith(own) && words !== merge);
  const holders = listHolders(state, workstream).map(({ name, paths }) => `${name} (${paths.join(", ")})`);
  const { integration } = workstream;
  const stopped = integration.kind === "waiting" ? [integration.decision] : [];
  return [...new Set([...stopped, ...all, ...holders])];
}

export function viewWorkstream(state: State, workstream: Workstream): WorkstreamView {
  return viewOne(state, workstream, { ...indexShared(state), isBrief: false });
}

/**
 * Views of many: what they share is looked up once.
 *
 * @param options.isBrief without the steps and without the tasks that are not running: for a table of many. @default false
 */
export function viewWorkstreams(
  state: State,
  workstreams: readonly Workstream[],
  { isBrief = false }: { readonly isBrief?: boolean } = {},
): readonly WorkstreamView[] {
  const shared = indexShared(state);
  return workstreams.map((workstream) => viewOne(state, workstream, { ...shared, isBrief }));
}

function viewTransfers(state: State, { transfers }: Workstream): WorkstreamView["transfers"] {
  return transfers.map(({ task, at, ...each }) => ({
    ...each,
    task: task === null ? null : nameOfTask(state, task),
    at: new Date(at).toISOString(),
  }));
}

/** Which workstream stands for it, by whose word. */
function viewClosed(state: State, workstream: Workstream): WorkstreamView["closed"] {
  const { closed, signOffs } = workstream;
  if (closed === null) return null;
  const end = findStandIn(state, workstream);
  return {
    how: closed.how,
    into: nameOfWorkstream(state, closed.into),
    by: signOffs.findLast(({ outcome }) => outcome === "rejected")?.by ?? null,
    reason: reasonOf(workstream),
    end: end?.name ?? null,
    isLeftAlone: isLeftAlone(state, workstream),
  };
}

/** What it stands for, also through others, and what it is related with or was closed into. */
function viewLinks(state: State, { id, links, closed }: Workstream): WorkstreamView["links"] {
  const own = links
    .filter(({ how, workstream }) => how === "related" || workstream === closed?.into)
    .map(({ workstream, how, reason }) => ({
      workstream: nameOfWorkstream(state, workstream),
      how,
      reason,
      through: null,
    }));
  const standsFor = listDuplicates(state, id).map(({ workstream, how, reason, through }) => ({
    workstream: workstream.name,
    how,
    reason,
    through: through?.name ?? null,
  }));
  return [...own, ...standsFor];
}

interface Shared {
  readonly open: ReturnType<typeof indexOpenDecisions>;
}

/** What the views of many have in common. */
const indexShared = (state: State): Shared => ({
  open: indexOpenDecisions(state),
});

interface ViewOptions extends Shared {
  readonly isBrief: boolean;
}

/** Refs of work that nobody goes on with: not in the same work tree, and not by a task that is done or skipped. */
function listLeftWork(state: State, { attempts: ids, resumes, state: { kind } }: Task): readonly string[] {
  if (kind === "completed") return [];
  const attempts = ids.flatMap((id) => state.attempts.get(id) ?? []);
  const next = resumes === null ? undefined : state.attempts.get(resumes);
  return attempts.flatMap(({ home, salvage }, index) => {
    const isTakenUp = next?.home === home || attempts.slice(index + 1).some((later) => later.home === home);
    return salvage === null || isTakenUp ? [] : [salvage];
  });
}

function viewOne(state: State, workstream: Workstream, { open, isBrief }: ViewOptions): WorkstreamView {
  const tasks = workstream.tasks.map((id) => needTask(state, id));
  const shown = isBrief ? tasks.filter((task) => task.state.kind === "running") : tasks;
  const steps = viewSteps(state, workstream);
  const { integration, counts } = workstream;
  const revert = revertOf(workstream);
  return {
    id: workstream.name,
    number: workstream.number,
    name: workstream.name,
    title: workstream.title,
    status: statusOf(state, workstream),
    spec: workstream.spec.path,
    phase: currentPhase(workstream),
    progress: progressOf(workstream),
    priority: workstream.priority,
    executor: workstream.executor,
    tags: workstream.tags,
    autonomy: viewAutonomy(workstream, state.at),
    tasks: {
      total: counts.total,
      completed: counts.completed,
      failed: counts.failed,
      waiting: counts.waiting,
      running: counts.running,
    },
    // What is being taken out is still there.
    merged: integration.kind === "landed" ? integration.commit : (revert?.of ?? null),
    held: integration.kind === "landed" ? integration.held : (revert?.held ?? null),
    gates: workstream.gateReports.map(({ tail: _, durationMs: __, ...gate }) => gate),
    decisions: open.get(workstream.id) ?? [],
    blockers: listBlockers(state, workstream, tasks),
    openBlockers: listOpenBlockers(state, workstream.id).map((each) => viewOpenBlocker(state, each)),
    owner: workstream.owner,
    transfers: viewTransfers(state, workstream),
    signOffs: isBrief ? [] : viewSignOffs(state, workstream),
    closed: viewClosed(state, workstream),
    reverts: viewReverts(state, workstream),
    reverting: viewRevert(revert),
    links: viewLinks(state, workstream),
    waitsFor: waitsOf(state, workstream, tasks),
    waited: workstream.waited.map(({ workstream: other, ms }) => ({
      ms,
      for: nameOfWorkstream(state, other),
      paths: workstream.overlaps.find((each) => each.workstream === other)?.paths ?? [],
    })),
    salvage: tasks.flatMap((task) => listLeftWork(state, task)),
    cost: costOf(state, workstream.id),
    ...(isBrief ? { ...steps, steps: [] } : steps),
    items: shown.map((task) => viewTask(state, task)),
  };
}
