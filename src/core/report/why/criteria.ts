import type { CriterionState } from "../../model/flow.ts";
import type { State } from "../../model/state.ts";
import type { Task } from "../../model/work.ts";
import { nameOfTask } from "../words.ts";

/** Criteria of a task that are open, and why those have to be looked at again that were met before. */
export function explainCriteria(state: State, task: Task): readonly string[] {
  const entry = explainSide(state, task, "entry");
  const exit = explainSide(state, task, "exit");
  if (entry === null && exit === null) return [];
  const again = explainAgain(state, task);
  return [entry, exit, again].filter((sentence) => sentence !== null);
}

const PURPOSE = { entry: "may start", exit: "is done" } as const;

function explainSide(state: State, task: Task, side: "entry" | "exit"): string | null {
  // What an attempt runs on was let in.
  if (side === "entry" && task.state.kind === "running") return null;
  const open = task[side].filter(({ met }) => !met);
  if (open.length === 0) return null;
  const rest = task[side].length - open.length;
  const met = rest === 0 ? "" : ` (${rest} of ${task[side].length} hold)`;
  return `Before ${nameOfTask(state, task.id)} ${PURPOSE[side]}${met}: ${open.map(sayCriterion).join("; ")}.`;
}

function sayCriterion({ text, check, detail }: CriterionState): string {
  const by = check.kind === "tick" ? "a person says so" : "osqr checks it";
  return detail === null ? `${text} (${by})` : `${text} (${by}; the last time: ${detail})`;
}

/** Whatever was met is open again after an interruption, a retry or a return. */
function explainAgain(state: State, task: Task): string | null {
  if (task.state.kind === "failed") return null;
  const current = task.state.kind === "running" || task.state.kind === "waiting" ? task.state.attempt : null;
  const last = task.attempts
    .filter((id) => id !== current)
    .flatMap((id) => state.attempts.get(id) ?? [])
    .at(-1);
  if (last === undefined || !("reason" in last.state)) return null;
  const reason = last.state.reason === "" ? "" : ` (${last.state.reason})`;
  return `All of them are looked at again, because ${last.id} was ${WORDS[last.state.kind]}${reason}.`;
}

const WORDS = {
  rejected: "rejected",
  rework: "sent back",
  failed: "a failure",
  cancelled: "cancelled",
  lost: "lost",
} as const;
