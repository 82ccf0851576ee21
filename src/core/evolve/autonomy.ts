/**
 * What answers, results and what people do with them teach about how far agents may go by themselves (AO-11, EO-9). Trust is of a
 * workstream, what is learned by kind of a project. Only people's words raise what is learned of a kind; that work stands in the
 * base raises trust alone.
 */
import { evolveCounts, type Lesson, NO_COUNTS } from "../autonomy/learning.ts";
import { evolveTrust, NO_TRUST, type TrustChange } from "../autonomy/trust.ts";
import type { FailureKind } from "../model/agent.ts";
import type { Decision } from "../model/decision.ts";
import type { Event } from "../model/event.ts";
import type { EpochMs, TaskId, WorkstreamId } from "../model/ids.ts";
import type { Attempt, Workstream } from "../model/work.ts";
import { type Draft, needTask, needWorkstream, putWorkstream } from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** Things that went on unasked which an attempt remembers: the last ones. */
const WENT_ON_MAX = 8;
/** A pause that comes so soon after something went on unasked is about that. */
const PAUSE_MS = 120_000;
/** Kinds that one act of a person teaches about. */
const KINDS_MAX = 20;

/** Failures that tell nothing about the agent's judgement. */
const NOBODYS_FAULT: readonly FailureKind[] = [
  "missing",
  "rate_limit",
  "budget",
  "mcp_lost",
  "login",
  "permission",
];

function trust(draft: Draft, id: WorkstreamId, change: TrustChange, at: EpochMs): void {
  const { trust: known = NO_TRUST } = needWorkstream(draft, id);
  putWorkstream(draft, id, { trust: evolveTrust(known, change, at) });
}

function learn(draft: Draft, id: WorkstreamId, kinds: Iterable<string>, lesson: Lesson): void {
  const project = draft.projects.get(needWorkstream(draft, id).project);
  if (project === undefined) return;
  const { autonomy: known = NO_COUNTS } = project;
  const counts = [...new Set(kinds)]
    .slice(0, KINDS_MAX)
    .reduce((all, kind) => evolveCounts(all, { kind, lesson }), known);
  if (counts !== known) draft.projects = draft.projects.set(project.id, { ...project, autonomy: counts });
}

/** Something went on without a person: it is remembered, because a person may step in on it. What proceeds by a rule is not. */
export function noteWentOn(draft: Draft, event: Of<"permission_judged"> | Of<"choice_judged">): void {
  const { attempt: id, outcome, learns: kind, at } = event;
  const attempt = draft.attempts.get(id);
  const isOwnChoice = event.kind === "choice_judged" && outcome === "proceed";
  if (attempt === undefined || kind === null || (outcome !== "log" && !isOwnChoice)) return;
  const others = (attempt.wentOn ?? []).filter((each) => each.kind !== kind);
  const wentOn = [...others, { kind, at }].slice(-WENT_ON_MAX);
  draft.attempts = draft.attempts.set(id, { ...attempt, wentOn });
}

/** A person has answered what an agent asked: with what was recommended, or against it. */
export function learnFromAnswer(draft: Draft, decision: Decision, event: Of<"decision_resolved">): void {
  const { subject, workstream: id } = decision;
  if (event.by !== "user" || !draft.workstreams.has(id)) return;
  if (subject.kind === "ticks") {
    const attempt = subject.attempt === null ? undefined : draft.attempts.get(subject.attempt);
    if (event.option === "redo" && attempt !== undefined && isAgents(attempt))
      refuseWork(draft, id, { refused: [attempt], undone: 0, landed: false, at: event.at });
    return;
  }
  const lesson = toLesson(decision, event.option);
  if (lesson === null) return;
  trust(draft, id, lesson === "approved" ? "accepted" : "overridden", event.at);
  const learns = subject.kind === "permission" || subject.kind === "question" ? subject.learns : null;
  if (learns != null) learn(draft, id, [learns], lesson);
}

/** Null: nothing was recommended, or it is not about what an agent wants. */
function toLesson({ subject, options }: Decision, option: string): "approved" | "overridden" | null {
  if (subject.kind === "permission") return option === "allow" ? "approved" : "overridden";
  if (subject.kind !== "question" || !options.some(({ recommended }) => recommended)) return null;
  return options.some((each) => each.recommended && each.id === option) ? "approved" : "overridden";
}

/** Of an agent; a run block and a recorded result tell nothing of one. */
const isAgents = ({ session }: Attempt): boolean => session !== null;

/** An agent has done a task. */
export function learnFromResult(draft: Draft, event: Of<"task_completed">): void {
  const attempt = event.attempt === null ? undefined : draft.attempts.get(event.attempt);
  if (event.how === "done" && attempt !== undefined && isAgents(attempt))
    trust(draft, attempt.workstream, "succeeded", event.at);
}

/** An agent could not do it, with all that was tried. */
export function learnFromFailure(draft: Draft, event: Of<"task_failed">): void {
  const attempt = draft.attempts.get(event.attempt);
  if (attempt === undefined || !isAgents(attempt)) return;
  const { failure = null } = attempt.recovery ?? {};
  if (failure === null || NOBODYS_FAULT.includes(failure)) return;
  trust(draft, attempt.workstream, "failed", event.at);
}

/** A person pauses or cancels while agents are at work. */
export function learnFromIntent(draft: Draft, event: Of<"intent_set">): void {
  const { workstream: id, intent, by, reason, at } = event;
  if (intent === "run" || by === "osqr" || by === "timeout") return;
  const open = listOpen(draft, needWorkstream(draft, id));
  if (intent === "cancelled" && reason !== "") {
    if (open.length > 0) refuseWork(draft, id, { refused: open, undone: 0, landed: false, at });
    return;
  }
  const kinds = open.flatMap(({ wentOn = [] }) => {
    const last = wentOn.at(-1);
    return last !== undefined && at - last.at <= PAUSE_MS ? [last.kind] : [];
  });
  if (kinds.length === 0) return;
  trust(draft, id, "interrupted", at);
  learn(draft, id, kinds, "interrupted");
}

/** Attempts of agents that are under way. */
function listOpen(draft: Draft, { tasks }: Workstream): readonly Attempt[] {
  return tasks.flatMap((id) => {
    const { state } = needTask(draft, id);
    const attempt = state.kind === "running" || state.kind === "waiting" ? state.attempt : null;
    const found = attempt === null ? undefined : draft.attempts.get(attempt);
    const isOpen = found?.state.kind === "running" || found?.state.kind === "waiting";
    return found !== undefined && isOpen && isAgents(found) ? [found] : [];
  });
}

/** The attempts of agents whose results these tasks stand on. */
function listDone(draft: Draft, ids: readonly TaskId[]): readonly Attempt[] {
  return ids.flatMap((id) => {
    const { state, attempts } = needTask(draft, id);
    if (state.kind !== "completed" || state.how !== "done") return [];
    const last = attempts.findLast((each) => draft.attempts.get(each)?.state.kind === "completed");
    const found = last === undefined ? undefined : draft.attempts.get(last);
    return found !== undefined && isAgents(found) ? [found] : [];
  });
}

/** What the base holds of it is what its agents did before the merge. */
function listLanded(draft: Draft, id: WorkstreamId): readonly Attempt[] {
  const { tasks } = needWorkstream(draft, id);
  return listDone(
    draft,
    tasks.filter((task) => needTask(draft, task).stage === "before"),
  );
}

/** Its tasks are merged, and count as accepted as long as they stand. */
export function learnFromLanding(draft: Draft, { workstream, commit, at }: Of<"workstream_landed">): void {
  const tasks = commit === null ? 0 : listLanded(draft, workstream).length;
  if (tasks > 0) trust(draft, workstream, { kind: "landed", tasks }, at);
}

/** A person has sent work back: by a review, or by hand. */
export function learnFromReturn(draft: Draft, event: Of<"workstream_returned">): void {
  const refused = listDone(draft, event.rework);
  const undone = listDone(draft, event.reset).length;
  refuseWork(draft, event.workstream, { refused, undone, landed: false, at: event.at });
}

/** A person has taken its work out of the base again. */
export function learnFromRevert(draft: Draft, { workstream, at }: Of<"workstream_reverted">): void {
  const refused = listLanded(draft, workstream);
  refuseWork(draft, workstream, { refused, undone: refused.length, landed: true, at });
}

interface RefusedWork {
  readonly refused: readonly Attempt[];
  /** Tasks that are not done any more. */
  readonly undone: number;
  readonly landed: boolean;
  readonly at: EpochMs;
}

function refuseWork(draft: Draft, id: WorkstreamId, { refused, undone, landed, at }: RefusedWork): void {
  if (refused.length === 0) return;
  trust(draft, id, { kind: "refused", refused: refused.length, undone, landed }, at);
  const kinds = refused.flatMap(({ wentOn = [] }) => wentOn.map(({ kind }) => kind));
  learn(draft, id, kinds, "interrupted");
}
