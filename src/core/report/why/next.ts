import { findScopeQuestion } from "../../decide/scope-questions.ts";
import { needTask } from "../../evolve/draft.ts";
import type { State } from "../../model/state.ts";
import type { Task, Workstream } from "../../model/work.ts";
import { isEnded } from "../../status.ts";
import { listOpenBlockers } from "../blockers.ts";
import { findBudgetHold } from "../budget-hold.ts";
import { sayChange } from "../decision-notes.ts";
import { listHolders } from "../reviews.ts";
import { isUnderWay } from "../steps.ts";
import { nameOfTask } from "../words.ts";
import { waitOf } from "./decision.ts";
import { sayResponsible, sayWho } from "./people.ts";

/** The next required action and whose it is (FR-015): a person's before osqr's. Null: nothing is left to do. */
export function sayNextAction(state: State, workstream: Workstream): string | null {
  const { name, intent, run, integration } = workstream;
  if (intent === "cancelled" || isEnded(workstream)) return null;
  if (run === null) return "Next: somebody starts it: osqr go";
  if (intent === "paused") return `Next: somebody resumes it: osqr resume ${name}`;
  if (integration.kind === "waiting") return `Next: your answer to ${integration.decision}.`;
  // It decides which text the rest is about.
  const scope = findScopeQuestion(state, workstream.id);
  if (scope !== null) return `Next: your answer to ${scope.id}: ${sayChange(scope)}.`;
  const tasks = workstream.tasks.map((id) => needTask(state, id));
  const asked = tasks.flatMap((task) => sayAsked(state, task) ?? []);
  if (asked[0] !== undefined) return `Next: ${asked[0]}.`;
  const [blocker] = listOpenBlockers(state, workstream.id);
  if (blocker !== undefined && !tasks.some(isMoving)) return `Next: ${blocker.owner} resolves ${blocker.id}.`;
  return sayMoving(state, workstream, tasks) ?? sayBlocked(state, tasks);
}

/** True where a person has to do something; false: osqr goes on by itself. */
export const isPersonsAction = (next: string): boolean => !next.endsWith("nobody has to act.");

const isMoving = ({ state: { kind } }: Task): boolean => kind === "running" || kind === "ready";

function sayAsked(state: State, task: Task): string | null {
  const { state: now } = task;
  if (now.kind === "failed") return `your answer to ${now.decision}`;
  if (now.kind === "blocked") return sayUndoable(state, task);
  const budget = findBudgetHold(state, task)?.decision ?? null;
  if (budget !== null) return `your answer to ${budget}`;
  if (now.kind !== "waiting") return null;
  const subject = state.decisions.get(now.decision)?.subject;
  const isWord = subject?.kind === "review" || subject?.kind === "intake" || subject?.kind === "ticks";
  if (!state.open.has(now.decision)) return null;
  if (waitsByItself(state, task)) return null;
  if (!isWord) return `your answer to ${now.decision}`;
  const owner = task.owner === null || !maySign(state, task) ? null : sayResponsible(state, task);
  return `a word on ${now.decision} from ${owner ?? sayWho(state, task) ?? "anybody"}`;
}

/** Its owner holds the role that its word asks for. */
function maySign(state: State, { owner, role, workstream: id }: Task): boolean {
  const workstream = state.workstreams.get(id);
  const holders = workstream === undefined ? null : listHolders(state, workstream, role);
  return holders === null || (owner !== null && holders.includes(owner));
}

/** What unblocks the first task that would be next; null: none is blocked. */
function sayBlocked(state: State, tasks: readonly Task[]): string | null {
  const task = tasks.find((each) => each.state.kind === "blocked" && isUnderWay(each));
  const [by] = task?.state.kind === "blocked" ? task.state.by : [];
  if (task === undefined || by === undefined) return null;
  const name = nameOfTask(state, task.id);
  switch (by.kind) {
    case "handoff":
      return `Next: somebody makes a handoff again: osqr handoff repair ${nameOfTask(state, by.source)}`;
    case "rejected":
      return `Next: somebody answers ${by.decision} differently, or gives up ${name}.`;
    default:
      return `Next: somebody unblocks ${name}: ${by.message}.`;
  }
}

/** What no executor can do asks once the work before it is done. */
function sayUndoable(state: State, { id, state: now }: Task): string | null {
  if (now.kind !== "blocked" || now.by.every(({ kind }) => kind !== "no_executor")) return null;
  for (const open of state.open.keys()) {
    const subject = state.decisions.get(open)?.subject;
    if (subject?.kind === "task_failed" && subject.task === id) return `your answer to ${open}`;
  }
  return null;
}

/** Its provider takes no requests for now, and osqr tries again at the time that it knows. */
const waitsByItself = (state: State, { state: now }: Task): boolean => sayWait(state, now) !== null;

function sayWait(state: State, now: Task["state"]): string | null {
  const decision = now.kind === "waiting" ? state.decisions.get(now.decision) : undefined;
  const wait = decision === undefined ? null : waitOf(decision);
  return wait === null ? null : `${wait.option} at ${wait.at}`;
}

function sayMoving(state: State, { integration, name }: Workstream, tasks: readonly Task[]): string | null {
  const running = tasks.find(({ state: { kind } }) => kind === "running");
  if (running?.state.kind === "running")
    return `Next: ${running.state.attempt} finishes ${nameOfTask(state, running.id)}; nobody has to act.`;
  const ready = tasks.find(({ state: { kind } }) => kind === "ready");
  if (ready !== undefined) return `Next: osqr starts ${nameOfTask(state, ready.id)}; nobody has to act.`;
  const paused = tasks.find((task) => waitsByItself(state, task));
  if (paused !== undefined)
    return `Next: ${nameOfTask(state, paused.id)}: ${sayWait(state, paused.state)}, by itself; nobody has to act.`;
  return ["queued", "running", "intended"].includes(integration.kind)
    ? `Next: osqr merges ${name}; nobody has to act.`
    : null;
}
