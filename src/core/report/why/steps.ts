/** Where a workstream stands in its workflow, and why (FR-015). */
import {
  type Duplicate,
  findStandIn,
  findSuccessor,
  isLeftAlone,
  listDuplicates,
  reasonOf,
  wayBack,
} from "../../duplicates.ts";
import { needTask } from "../../evolve/draft.ts";
import type { StepProgress } from "../../model/flow.ts";
import type { State } from "../../model/state.ts";
import type { Task, Workstream } from "../../model/work.ts";
import { countOf } from "../../plural.ts";
import { isEnded } from "../../status.ts";
import { findCurrent, findNext, isTaskDone } from "../steps.ts";
import { nameOfTask, nameOfWorkstream } from "../words.ts";
import { explainCriteria } from "./criteria.ts";
import { sayResponsible } from "./people.ts";

/** True where a workflow says more than: the spec's tasks, then the merge. */
export function hasFlow(state: State, { steps, tasks }: Workstream): boolean {
  const isPlain = ({ kind, role }: StepProgress): boolean =>
    (kind === "tasks" || kind === "integrate") && role === null;
  return !steps.every(isPlain) || tasks.some((id) => hasCriteria(needTask(state, id)));
}

const hasCriteria = ({ entry, exit }: Task): boolean => entry.length + exit.length > 0;

/** The step or steps that it is in, what comes next, which branches a join waits for, what remains, and who is responsible. */
export function explainSteps(state: State, workstream: Workstream): readonly string[] {
  if (!hasFlow(state, workstream) || workstream.intent === "cancelled" || isEnded(workstream)) return [];
  const tasks = workstream.tasks.map((id) => needTask(state, id));
  const current = findCurrent(workstream, tasks);
  const inCurrent = tasks.filter((task) => current.some(({ key }) => key === task.step) && !isTaskDone(task));
  return [
    sayPlace(workstream, current),
    ...sayNext(workstream, current),
    ...tasks.flatMap((task) => explainJoin(state, task)),
    ...inCurrent.flatMap((task) => explainCriteria(state, task)),
    ...inCurrent.flatMap((task) => explainOwner(state, task)),
  ];
}

function sayPlace({ steps }: Workstream, current: readonly StepProgress[]): string {
  const [first] = current;
  if (first === undefined) return "All its steps are done.";
  if (current.length > 1) {
    const names = current.map(quote).join(", ");
    return `It is in ${current.length} steps beside each other: ${names} (of ${steps.length}).`;
  }
  const before = steps.filter((step) => step.order < first.order && step.completed < step.total);
  const why =
    before.length > 0
      ? `${before.map(quote).join(", ")} goes on beside it`
      : steps.indexOf(first) === 0
        ? "it is the first"
        : "all before it is done";
  return `It is in step ${steps.indexOf(first) + 1} of ${steps.length}, ${quote(first)}: ${why}.`;
}

/** A title may be a sentence of its own. */
const quote = ({ title }: StepProgress): string => `"${title}"`;

function sayNext(workstream: Workstream, current: readonly StepProgress[]): readonly string[] {
  const next = findNext(workstream, current);
  return next === null ? [] : [`Then comes ${quote(next)}.`];
}

/** Branches that a task still waits for while others are done. */
function explainJoin(state: State, { id, requires, state: { kind } }: Task): readonly string[] {
  if (kind !== "pending") return [];
  const before = requires
    .filter((each) => each.startsWith("task:"))
    .flatMap((each) => state.tasks.get(each.slice(5) as Task["id"]) ?? []);
  const open = before.filter((task) => !isTaskDone(task));
  if (before.length < 2 || open.length === 0 || open.every((task) => task.state.kind === "pending"))
    return [];
  const names = open.map((task) => `${nameOfTask(state, task.id)} (${task.state.kind})`);
  const done = before.length - open.length;
  return [
    `${nameOfTask(state, id)} joins ${before.length} branches; ${done} done, open: ${names.join(", ")}.`,
  ];
}

/** Who is responsible for a task that is to be done. */
export function explainOwner(state: State, task: Task): readonly string[] {
  const who = sayResponsible(state, task);
  return who === null || task.kind !== "work"
    ? []
    : [`Responsible for ${nameOfTask(state, task.id)}: ${who}.`];
}

/** How often it was sent back, and the last time why. */
export function explainReturns(state: State, { returns, reverts }: Workstream): readonly string[] {
  const back = [
    ...returns.map(({ at, by, from, to, tasks, reason }) => {
      const again = `${countOf(tasks, "task")} to do again`;
      return { at, said: `by ${by} from ${nameOfTask(state, from)} to ${to} (${again}): ${reason}` };
    }),
    // A rejection after the merge takes the work out of the base.
    ...reverts
      .filter(({ to }) => to !== null)
      .map(({ at, by, to, reason }) => ({ at, said: `by ${by} after the merge to ${to}: ${reason}` })),
  ].sort((a, b) => a.at - b.at);
  const last = back.at(-1);
  if (last === undefined) return [];
  const times = back.length === 1 ? "once" : `${back.length} times`;
  return [`It was sent back ${times}, last ${last.said}`];
}

/** That a person found it to be a duplicate, and what it is linked with. */
export function explainLinks(state: State, workstream: Workstream): readonly string[] {
  const { closed, links, id } = workstream;
  if (closed !== null) return explainClosed(state, workstream, closed);
  const related = links.filter(({ how }) => how === "related");
  const duplicates = listDuplicates(state, id);
  return [
    ...related.map(
      ({ workstream: other, reason }) => `It is linked with ${nameOfWorkstream(state, other)}: ${reason}`,
    ),
    ...duplicates.map((each) => sayDuplicate(workstream, each)),
    ...duplicates.flatMap((each) => sayLeftAlone(state, each.workstream)),
  ];
}

/** That nobody does its work any more, and what brings it back. */
function sayLeftAlone(state: State, workstream: Workstream): readonly string[] {
  if (!isLeftAlone(state, workstream)) return [];
  const { name, spec } = workstream;
  return [`Nobody does the work of ${name} now. To bring it back: ${wayBack(spec)}`];
}

function sayDuplicate(
  { intent }: Workstream,
  { workstream: { name }, how, reason, through }: Duplicate,
): string {
  const into = through?.name ?? "it";
  const what =
    how === "merged" ? `merged into ${into}` : through === null ? "its duplicate" : `a duplicate of ${into}`;
  return `It ${intent === "cancelled" ? "stood" : "stands"} for ${name} too, which was ${what}: ${reason}`;
}

function explainClosed(
  state: State,
  workstream: Workstream,
  { how, into }: NonNullable<Workstream["closed"]>,
): readonly string[] {
  const reason = reasonOf(workstream);
  const verb = how === "merged" ? "merged into" : "closed as a duplicate of";
  const first = `It was ${verb} ${nameOfWorkstream(state, into)}${reason === "" ? "" : `: ${reason}`}`;
  const end = findStandIn(state, workstream);
  const successor = findSuccessor(state, workstream);
  if (successor !== null) return [first, `Its spec was registered again: ${successor.name}`];
  const isMoved = end !== null && end.id !== into;
  return [
    first,
    ...(isMoved
      ? [`${nameOfWorkstream(state, into)} was closed itself: ${end.name} stands for it now.`]
      : []),
    ...(isLeftAlone(state, workstream)
      ? [end === null ? "What stood for it was removed." : `${end.name} was cancelled.`]
      : []),
    ...sayLeftAlone(state, workstream),
  ];
}
