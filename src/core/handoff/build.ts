/** Handoffs are made from the history alone: the same state gives the same content, whoever commits it and when. */
import { needAttempt } from "../evolve/attempts.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Event } from "../model/event.ts";
import type { SignOff } from "../model/flow.ts";
import type { AttemptId, EpochMs, Oid, TaskId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Attempt, Task, Workstream } from "../model/work.ts";
import { countOf } from "../plural.ts";
import { nameOfTask } from "../report/words.ts";
import { isLanded } from "../status.ts";
import { comingTask, findComing, listOpenCriteria, mergeStepOf, stepOf } from "./next.ts";
import { cutOrNull, cutText, HANDOFF_LIMITS, HANDOFF_VERSION, type Handoff } from "./shape.ts";
import { listAnswers, listSources } from "./sources.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

const toTime = (at: EpochMs): string => new Date(at).toISOString();
const cutReason = (reason: string): string => cutText(reason, HANDOFF_LIMITS.reason);
const boundFiles = (paths: readonly string[]): string[] =>
  paths.slice(0, HANDOFF_LIMITS.files).map((path) => cutText(path, HANDOFF_LIMITS.path));
/** How many characters of a commit people are shown. */
const SHORT = 7;

/** What every handoff of a workstream says. */
function describeItem(state: State, workstream: Workstream) {
  const { id, name, title, workflow, spec } = workstream;
  return {
    schemaVersion: HANDOFF_VERSION,
    workItem: { id: cutText(id), name: cutText(name), title: cutText(title) },
    workflow: { name: cutText(workflow.name), version: workflow.version },
    decisions: listAnswers(state, workstream)
      .slice(0, HANDOFF_LIMITS.decisions)
      .map((each) => ({
        id: each.id,
        key: cutText(each.key),
        option: cutText(each.option),
        by: cutText(each.by),
      })),
    spec: { path: cutOrNull(spec.path, HANDOFF_LIMITS.path), hash: spec.hash, commit: spec.commit },
  } as const;
}

const describeTask = ({ key, title, order, phase }: Task): Handoff["task"] => ({
  key: cutText(key),
  title: cutText(title),
  order,
  phase: cutOrNull(phase),
});

function describeSignOff(signed: SignOff | undefined): Handoff["signOff"] {
  if (signed === undefined) return null;
  const { outcome, by, role, reason, at } = signed;
  return { outcome, by: cutText(by), role: cutOrNull(role), reason: cutReason(reason), at: toTime(at) };
}

type Relation = Handoff["links"][number]["relation"];

function toLinks(state: State, tasks: readonly Task[], relation: Relation): Handoff["links"] {
  return tasks.flatMap(({ id, handoff }) =>
    handoff === null ? [] : [{ relation, task: cutText(nameOfTask(state, id)), path: cutText(handoff.path) }],
  );
}

/** What a task came after: what it starts from, and what it waited for. */
function listBefore(state: State, task: Task): readonly Task[] {
  const awaited = task.requires.flatMap((each) => {
    const before = each.startsWith("task:")
      ? state.tasks.get(each.slice("task:".length) as TaskId)
      : undefined;
    return before ?? [];
  });
  return [...new Set([...listSources(state, task), ...awaited])];
}

function describeActor(attempt: Attempt, task: Task, signed: SignOff | undefined): Handoff["actor"] {
  if (signed === undefined)
    return { name: cutText(attempt.executor), kind: "executor", role: cutOrNull(task.role) };
  return {
    name: cutText(signed.by),
    kind: signed.by === "osqr" ? "osqr" : "person",
    role: cutOrNull(signed.role),
  };
}

function sayOutcome({ title }: Task, attempt: Attempt, signed: SignOff | undefined): string {
  if (signed === undefined) {
    const { files, added, deleted, handOff } = attempt;
    const words = handOff === null ? "" : `. ${[handOff.summary, ...handOff.notes].join(" · ")}`;
    return `${title}: ${countOf(files.length, "file")}, +${added} −${deleted}${words}`;
  }
  if (signed.by === "osqr" && signed.role === null) return `${title}: ${signed.reason}`;
  const role = signed.role === null ? "" : ` (${signed.role})`;
  const why = signed.reason === "" ? "" : `: ${signed.reason}`;
  return `${title}: ${signed.outcome} by ${signed.by}${role}${why}`;
}

/**
 * The handoff of an attempt that completed and is about to join its workstream.
 *
 * @param commit where the work stands with it; null: nothing has been made yet
 */
export function describeCompletion(
  state: State,
  { attempt: id, commit }: { readonly attempt: AttemptId; readonly commit: Oid | null },
): Handoff {
  const attempt = needAttempt(state, id);
  const task = needTask(state, attempt.task);
  const workstream = needWorkstream(state, task.workstream);
  const signed = workstream.signOffs.findLast((each) => each.attempt === id);
  const coming = findComing(state, workstream, task.id);
  const earlier = task.handoff === null ? [] : [task];
  return {
    ...describeItem(state, workstream),
    event: task.kind === "work" ? "task_completed" : "review_approved",
    step: stepOf(workstream, task),
    task: describeTask(task),
    attempt: id,
    reuses: attempt.reused,
    timestamp: toTime("at" in attempt.state ? attempt.state.at : attempt.claimedAt),
    actor: describeActor(attempt, task, signed),
    outcome: cutText(sayOutcome(task, attempt, signed)),
    next: coming.next,
    openCriteria: listOpenCriteria(coming.task),
    baseline: task.stage === "after" || isLanded(workstream) ? "post-integration" : "pre-integration",
    links: [...toLinks(state, earlier, "earlier"), ...toLinks(state, listBefore(state, task), "after")].slice(
      0,
      HANDOFF_LIMITS.links,
    ),
    commit,
    files: boundFiles(attempt.files),
    added: attempt.added,
    deleted: attempt.deleted,
    signOff: describeSignOff(signed),
  };
}

/** The handoff of work that was sent back. `state` is the one after the event. */
export function describeReturn(state: State, event: Of<"workstream_returned">): Handoff {
  const workstream = needWorkstream(state, event.workstream);
  const from = needTask(state, event.from);
  const again = event.reset.map((id) => needTask(state, id));
  const refused = event.rework.map((id) => needTask(state, id));
  const signed = workstream.signOffs.findLast((each) => each.task === from.id && each.at === event.at);
  const first = refused[0] ?? again[0] ?? from;
  const coming = comingTask(workstream, first, `do ${first.key} ${first.title} again: ${event.reason}`);
  const why = event.reason === "" ? "" : `: ${event.reason}`;
  const redone = countOf(again.filter(({ id }) => id !== from.id).length, "task");
  return {
    ...describeItem(state, workstream),
    event: "work_returned",
    step: stepOf(workstream, from),
    task: describeTask(from),
    attempt: from.attempts.at(-1) ?? null,
    reuses: null,
    timestamp: toTime(event.at),
    actor: {
      name: cutText(event.by),
      kind: "person",
      role: event.byHand === true ? null : cutOrNull(from.role),
    },
    outcome: cutText(`sent back to ${event.to} by ${event.by}, ${redone} to do again${why}`),
    next: coming.next,
    openCriteria: listOpenCriteria(first),
    baseline: isLanded(workstream) ? "post-integration" : "pre-integration",
    links: toLinks(state, again, "covers").slice(0, HANDOFF_LIMITS.links),
    commit: event.tip,
    files: [],
    added: 0,
    deleted: 0,
    signOff: describeSignOff(signed),
  };
}

/** The last recorded result of each task. */
function listResults(state: State, workstream: Workstream): readonly Attempt[] {
  return workstream.tasks.flatMap((id) => {
    const attempts = needTask(state, id).attempts.map((each) => needAttempt(state, each));
    return attempts.findLast((each) => each.state.kind === "completed") ?? [];
  });
}

/** What an event about the whole of a workstream says. */
function describeWhole(state: State, workstream: Workstream, at: EpochMs) {
  const tasks = workstream.tasks.map((id) => needTask(state, id));
  const coming = findComing(state, workstream, null);
  return {
    ...describeItem(state, workstream),
    step: mergeStepOf(state, workstream),
    task: null,
    attempt: null,
    reuses: null,
    timestamp: toTime(at),
    next: coming.next,
    openCriteria: listOpenCriteria(coming.task),
    links: toLinks(state, tasks, "covers").slice(0, HANDOFF_LIMITS.links),
    signOff: null,
  };
}

/** The handoff of a merge into the base. `state` is the one after the event. */
export function describeIntegration(state: State, event: Of<"workstream_landed">): Handoff {
  const workstream = needWorkstream(state, event.workstream);
  const base = state.projects.get(workstream.project)?.base ?? "the base";
  const results = event.commit === null ? [] : listResults(state, workstream);
  const files = [...new Set(results.flatMap((each) => each.files))].sort();
  const outcome =
    event.commit === null
      ? `there was nothing to bring into ${base}`
      : `integrated into ${base} as ${event.commit.slice(0, SHORT)}`;
  return {
    ...describeWhole(state, workstream, event.at),
    event: "integrated",
    actor: { name: "osqr", kind: "osqr", role: null },
    outcome: cutText(event.held === null ? outcome : `${outcome}; the branch did not move: ${event.held}`),
    baseline: "post-integration",
    commit: event.commit,
    files: boundFiles(files),
    added: results.reduce((sum, { added }) => sum + added, 0),
    deleted: results.reduce((sum, { deleted }) => sum + deleted, 0),
  };
}

/** The handoff of a revert. `state` is the one after the event. */
export function describeRevert(state: State, event: Of<"workstream_reverted">): Handoff {
  const workstream = needWorkstream(state, event.workstream);
  const base = state.projects.get(workstream.project)?.base ?? "the base";
  const reverted = workstream.reverts.at(-1);
  const by = reverted?.by ?? "osqr";
  const why = reverted === undefined || reverted.reason === "" ? "" : `: ${reverted.reason}`;
  const of = reverted === undefined ? "its merge" : reverted.of.slice(0, SHORT);
  const whole = describeWhole(state, workstream, event.at);
  const resume = { action: cutText(`osqr resume ${workstream.name}`), step: null, task: null, role: null };
  const next = workstream.intent === "run" ? whole.next : { ...resume, owner: cutOrNull(workstream.owner) };
  return {
    ...whole,
    next,
    event: "reverted",
    actor: { name: cutText(by), kind: reverted === undefined ? "osqr" : "person", role: null },
    outcome: cutText(`${of} was taken out of ${base} by ${by}${why}`),
    baseline: "pre-integration",
    commit: event.commit,
    files: [],
    added: 0,
    deleted: 0,
  };
}
