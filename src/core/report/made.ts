/** Work that a review is about: what is done before it, as it is in the work now. */
import { needTask } from "../evolve/draft.ts";
import { listDependents } from "../evolve/requirements.ts";
import type { EpochMs } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Attempt, Task, Workstream } from "../model/work.ts";
import { isSkipped } from "../status.ts";
import type { MadeView } from "./review-fields.ts";
import { nameOfTask } from "./words.ts";

const FILES_MAX = 20;

/** All work that is done before it; for ticks of a result that result alone, which is not joined yet. */
export function viewMade(state: State, workstream: Workstream, about: Task): readonly MadeView[] {
  const behind = new Set(listDependents(state, workstream, [about.id]));
  const isBefore = ({ id, stage, state: { kind } }: Task): boolean =>
    kind === "completed" && !behind.has(id) && (stage === "before" || about.stage === "after");
  const own =
    about.kind === "work" ? [about] : workstream.tasks.map((id) => needTask(state, id)).filter(isBefore);
  return own.flatMap((task) => viewResult(state, workstream, task) ?? []);
}

function viewResult(state: State, workstream: Workstream, task: Task): MadeView | null {
  const last = findResult(state, task);
  if (task.kind !== "work" || (last === null && !isSkipped(task))) return null;
  const tries = task.attempts.flatMap((id) => state.attempts.get(id) ?? []);
  // What was done again on top of it is still part of the work.
  const counted = tries.filter((each) => each === last || isKept(state, workstream, each));
  const files = [...new Set(counted.flatMap((each) => each.files))];
  const sum = (field: "added" | "deleted"): number => counted.reduce((all, each) => all + each[field], 0);
  const criteria = [...task.entry, ...task.exit];
  return {
    task: nameOfTask(state, task.id),
    title: task.title,
    skipped: isSkipped(task),
    // Where nothing was changed its commit is that of the work before it.
    commit: counted.findLast((each) => each.files.length > 0)?.commit ?? null,
    files: files.slice(0, FILES_MAX),
    filesTotal: files.length,
    added: sum("added"),
    deleted: sum("deleted"),
    checked: criteria
      .filter(({ met, unverified }) => met && unverified !== true)
      .map(({ text, detail }) => (detail === null || detail === "" ? text : `${text}: ${detail}`)),
    unmet: criteria
      .filter(({ met, unverified }) => !met || unverified === true)
      .map(({ text, detail, unverified }) => (unverified === true ? `${text} (${detail})` : text)),
  };
}

/** The attempt whose result makes the task done, or waits for a person's ticks; null: there is none. */
function findResult(state: State, { state: now, attempts }: Task): Attempt | null {
  const isResult = (id: Attempt["id"]): boolean => state.attempts.get(id)?.state.kind === "completed";
  if (now.kind === "waiting")
    return now.attempt !== null && isResult(now.attempt) ? (state.attempts.get(now.attempt) ?? null) : null;
  if (now.kind !== "completed" || now.how !== "done") return null;
  const id = attempts.findLast(isResult);
  return id === undefined ? null : (state.attempts.get(id) ?? null);
}

/** An earlier result that joined the work, and that neither a return nor a revert gave up since. */
function isKept(state: State, workstream: Workstream, attempt: Attempt): boolean {
  if (attempt.commit === null || attempt.claimedAt < findBegin(workstream)) return false;
  const { state: now } = attempt;
  // A result that was refused on its way never joined; one that was sent back had.
  const isReturn = (at: EpochMs, reason: string): boolean =>
    workstream.returns.some((each) => each.at === at && each.reason === reason);
  const isJoined = now.kind === "completed" || (now.kind === "rework" && isReturn(now.at, now.reason));
  return isJoined && !isGivenUp(state, workstream, { attempt, endedAt: now.at });
}

/** When the work of the present round began: what is older was reverted, or started anew. */
function findBegin({ steps, reverts }: Workstream): EpochMs {
  const began = steps.flatMap(({ checkpoint }) => checkpoint?.at ?? []);
  const first = began.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...began);
  return Math.max(first, reverts.at(-1)?.at ?? 0);
}

/** A later return put the work back to where a step began, and it came after that. */
function isGivenUp(
  state: State,
  workstream: Workstream,
  { attempt, endedAt }: { readonly attempt: Attempt; readonly endedAt: EpochMs },
): boolean {
  const { steps, tasks, returns } = workstream;
  return returns.some(({ to, at }) => {
    const step = steps.find(({ key }) => key === to);
    if (step?.rework !== "restart" || at < endedAt) return false;
    const first = tasks.filter((id) => needTask(state, id).step === to);
    if (listDependents(state, workstream, first).includes(attempt.task)) return true;
    const { checkpoint } = step;
    return checkpoint !== null && checkpoint.at <= Math.min(at, attempt.claimedAt);
  });
}
