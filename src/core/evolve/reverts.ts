import type { Event } from "../model/event.ts";
import type { Revert } from "../model/flow.ts";
import type { TaskId, WorkstreamId } from "../model/ids.ts";
import type { Task, Workstream } from "../model/work.ts";
import { needAttempt, putAttempt } from "./attempts.ts";
import {
  type Draft,
  leaveQueue,
  needTask,
  needWorkstream,
  putTask,
  putWorkstream,
  refreshWorkstream,
  satisfy,
} from "./draft.ts";
import { setStacks } from "./ranks.ts";
import {
  awaitLandingAgain,
  awaitMissing,
  awaitWorkAgain,
  isWaitingToStart,
  listDependents,
  reopenWaiting,
} from "./requirements.ts";
import { forgetCheckpoints, recountSteps, reopen } from "./steps.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** It goes into the merge queue like any other, with the sign turned. */
export function requestRevert(draft: Draft, event: Of<"revert_requested">): void {
  const workstream = needWorkstream(draft, event.workstream);
  const { integration, project } = workstream;
  if (integration.kind !== "landed") return;
  const { to, by, reason, at } = event;
  const { commit: of, held, at: landedAt } = integration;
  const revert: Revert = { of, held, landedAt, to, by, reason };
  const place = `${project}\n${String(event.seq).padStart(12, "0")}\n${workstream.id}`;
  putWorkstream(draft, workstream.id, {
    integration: { kind: "queued", at, resolution: null, revert },
    intent: "run",
    endedAt: null,
    place,
  });
  draft.mergeQueue = draft.mergeQueue.set(place, workstream.id);
  for (const task of workstream.tasks) dropClaim(draft, task, event.kind);
  // What has not begun may not build on what goes away.
  awaitLandingAgain(draft, workstream.id, event.kind);
}

/** A task whose attempt was ended for the revert is to be done again. */
function dropClaim(draft: Draft, id: TaskId, event: string): void {
  const task = needTask(draft, id);
  const { kind } = task.state;
  if (kind !== "failed" && (kind !== "waiting" || task.state.attempt === null)) return;
  putTask(draft, reopen({ ...task, lost: 0, retried: 0 }), { kind: "pending" }, event);
  awaitMissing(draft, id);
}

/** What is being reverted, null where nothing is. */
export function revertOf({ integration }: Pick<Workstream, "integration">): Revert | null {
  return "revert" in integration ? (integration.revert ?? null) : null;
}

/** The work is out of the base: all of it is to be done again, when the operator says so or at the step that was named. */
export function completeRevert(draft: Draft, event: Of<"workstream_reverted">): void {
  const workstream = needWorkstream(draft, event.workstream);
  const revert = revertOf(workstream);
  if (revert === null) return;
  const { of, by, reason, to } = revert;
  const { commit, at, held } = event;
  const signed = findSigned(draft, workstream, to);
  for (const id of workstream.tasks) if (!signed.has(id)) restartTask(draft, id, { event, to, reason });
  recountSteps(draft, workstream.id);
  const { steps } = needWorkstream(draft, workstream.id);
  putWorkstream(draft, workstream.id, {
    integration: { kind: "none" },
    intent: to === null ? "paused" : "run",
    reverts: [...workstream.reverts, { of, commit, to: stepOf(draft, workstream, to), by, reason, at }],
    steps: forgetCheckpoints(steps),
    gateReports: [],
    landedSpec: null,
    tip: null,
    started: false,
    round: workstream.round + 1,
    endedAt: null,
  });
  // What it stood on may have been cancelled since it landed.
  setStacks(draft, workstream.id, workstream.stacksOn);
  leaveQueue(draft, workstream.id);
  const project = draft.projects.get(workstream.project);
  if (project !== undefined) draft.projects = draft.projects.set(project.id, { ...project, held });
  for (const id of workstream.tasks) {
    if (isWaitingToStart(needTask(draft, id))) awaitMissing(draft, id);
  }
  awaitWorkAgain(draft, workstream.id, event.kind);
  for (const above of listAbove(draft, workstream.id)) takeOffQueue(draft, above);
  refreshWorkstream(draft, workstream.id, event.kind);
}

/** The step that a key of a step, or of one of its tasks, stands for. */
function stepOf(draft: Draft, { tasks, steps }: Workstream, to: string | null): string | null {
  if (to === null || steps.some(({ key }) => key === to)) return to;
  return tasks.map((id) => needTask(draft, id)).find(({ key }) => key === to)?.step ?? to;
}

/** Words of people on what comes before the step to go on with: they stay as they were given. */
function findSigned(draft: Draft, workstream: Workstream, to: string | null): ReadonlySet<TaskId> {
  if (to === null) return new Set();
  const tasks = workstream.tasks.map((id) => needTask(draft, id));
  const first = tasks.filter(({ step, key }) => step === to || key === to).map(({ id }) => id);
  const behind = new Set(listDependents(draft, workstream, first));
  // What was said after the merge was said of what is gone.
  const stays = ({ kind, stage, id }: Task): boolean =>
    kind !== "work" && stage === "before" && !behind.has(id);
  return new Set(tasks.filter(stays).map(({ id }) => id));
}

/** Workstreams that stand on this one. */
function listAbove(draft: Draft, id: WorkstreamId): readonly WorkstreamId[] {
  const prefix = `${id}\n`;
  const found: WorkstreamId[] = [];
  for (const [key, above] of draft.stacked.entriesFrom(prefix)) {
    if (!key.startsWith(prefix)) break;
    found.push(above);
  }
  return found;
}

/** What was about to land on top of it, and was held back so long, lands after it again. */
function takeOffQueue(draft: Draft, id: WorkstreamId): void {
  const workstream = needWorkstream(draft, id);
  if (workstream.place === null || revertOf(workstream) !== null) return;
  putWorkstream(draft, id, { integration: { kind: "none" } });
  leaveQueue(draft, id);
}

/** The results of the step to go on with are refused; all others may be given again where nothing has changed. */
function restartTask(
  draft: Draft,
  id: TaskId,
  { event, to, reason }: { event: Of<"workstream_reverted">; to: string | null; reason: string },
): void {
  const task = needTask(draft, id);
  const already = task.state.kind === "completed" && task.state.how === "already";
  if (already || task.kind === "intake") return;
  if (isWaitingToStart(task)) {
    reopenWaiting(draft, task, event.kind);
    return;
  }
  if (task.step === to || task.key === to) {
    const last = task.attempts.findLast((each) => draft.attempts.get(each)?.state.kind === "completed");
    if (last !== undefined)
      putAttempt(draft, needAttempt(draft, last), { kind: "rework", reason, at: event.at }, event);
  }
  putTask(draft, reopen({ ...task, lost: 0, retried: 0 }), { kind: "pending" }, event.kind);
}

/** The work stays in the base. */
export function abandonRevert(draft: Draft, event: Of<"revert_abandoned">): void {
  const workstream = needWorkstream(draft, event.workstream);
  const revert = revertOf(workstream);
  if (revert === null) return;
  const { of: commit, held, landedAt: at } = revert;
  const { counts, after, intent } = workstream;
  const isDone = counts.completed === counts.total;
  putWorkstream(draft, workstream.id, {
    integration: { kind: "landed", commit, held, at },
    endedAt: isDone ? (after === 0 ? at : event.at) : null,
    // Nothing is left that a pause could hold back.
    intent: isDone ? "run" : intent,
  });
  leaveQueue(draft, workstream.id);
  satisfy(draft, `landed:${workstream.id}`, event.kind);
  satisfy(draft, `integrated:${workstream.id}`, event.kind);
  refreshWorkstream(draft, workstream.id, event.kind);
}
