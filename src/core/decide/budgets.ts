/** What agents use is recorded, and where a budget keeps work from starting somebody is asked. */
import { add, mapAmount, ZERO } from "../budget/amounts.ts";
import { chargedOf } from "../budget/ledger.ts";
import {
  BUDGET_HOLD,
  doesCost,
  findFullLimit,
  hasLimits,
  type Level,
  ledgerOf,
  limitOf,
  listFullLimits,
  scopesOf,
} from "../budget/limits.ts";
import { reservationOf } from "../budget/reserve.ts";
import { findBadUsage } from "../budget/usage.ts";
import { formatLimit, formatMeasure, nameScope } from "../budget/words.ts";
import { needTask, needWorkstream } from "../evolve/draft.ts";
import type { Amount, BudgetScope, Limit } from "../model/budget.ts";
import type { Command, QuestionDraft } from "../model/command.ts";
import type { Decision } from "../model/decision.ts";
import type { TaskId } from "../model/ids.ts";
import type { Attempt, Task, Workstream } from "../model/work.ts";
import { isEnded } from "../status.ts";
import type { Answer } from "./people.ts";
import { askQuestion, findQuestion, toOption } from "./questions.ts";
import { refuse, type Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** Its attempt, whatever has become of it: what is spent is spent. */
function attemptOf(step: Step, command: Pick<Of<"attempt_used">, "attempt" | "fence">): Attempt {
  const attempt = step.state.attempts.get(command.attempt);
  if (attempt === undefined) refuse("unknown-attempt", `no attempt ${command.attempt}`);
  if (attempt.fence === command.fence) return attempt;
  return refuse(
    "stale-claim",
    `attempt ${attempt.id} holds fence ${attempt.fence}, the message brings ${command.fence}`,
  );
}

export function recordUsage(step: Step, command: Of<"attempt_used">): void {
  const { id: attempt, fence } = attemptOf(step, command);
  const { usage, source, assumed } = command;
  const bad = findBadUsage(usage);
  if (bad !== null)
    refuse("bad-usage", `attempt ${attempt}: ${bad}; expected a whole number from 0 to 10^12, or null`);
  const wrong = Object.values(assumed ?? {}).find((each) => !Number.isSafeInteger(each) || each < 0);
  if (wrong !== undefined)
    refuse("bad-usage", `attempt ${attempt}: assumed is ${wrong}; expected a whole number from 0`);
  const metered = source === undefined ? {} : { source };
  const beside = assumed === undefined ? {} : { assumed };
  step.emit({ kind: "usage_recorded", attempt, fence, usage, ...metered, ...beside });
}

const NOTHING_GIVEN: ReadonlyMap<string, Amount> = new Map();
const OPEN: readonly Attempt["state"]["kind"][] = ["claimed", "running", "waiting"];

/** Keeps more for an attempt whose next request goes beyond what it has, while all limits have room for it. */
export function reserveMore(step: Step, command: Of<"reserve_more">): void {
  const { id: attempt, fence, state, task } = attemptOf(step, command);
  const { more } = command;
  if (!OPEN.includes(state.kind))
    refuse("stale-claim", `attempt ${attempt} is ${state.kind}: nothing is kept for it any more`);
  const bad = Object.values(more).find((each) => !Number.isSafeInteger(each) || each < 0);
  if (bad !== undefined)
    refuse("bad-usage", `attempt ${attempt} wants ${bad} more; expected a whole number from 0`);
  const wanted = { reserved: more, given: NOTHING_GIVEN };
  const full = findFullLimit(step.state, needTask(step.state, task), wanted);
  if (full !== null) refuse("budget-exceeded", `${attempt}: ${sayFull(full, more)}`, ["osqr inbox"]);
  step.emit({ kind: "reservation_raised", attempt, fence, more });
}

const toSentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

const sayFull = ({ scope, measure, charged, limit }: Level, wanted: Amount): string =>
  limit === 0
    ? `the budget of ${nameScope(scope)} is 0: nothing that costs may start`
    : `the budget of ${nameScope(scope)} is ${formatMeasure(measure, limit)}: ${formatMeasure(measure, charged)} are used or reserved, ${formatMeasure(measure, wanted[measure])} more do not fit`;

/** Tasks that wait for the same limit, with all limits that keep them back. */
interface Stopped {
  /** The widest limit that they share. */
  readonly scope: BudgetScope;
  readonly tasks: readonly Task[];
  /** Each limit once, the widest first, with what the tasks under it want. */
  readonly full: readonly { readonly level: Level; readonly wanted: Amount }[];
}

/** Tasks that a question names at the most. */
const ASKERS_MAX = 50;

/** The limits that keep a ready task back, which the schedule has said already; empty: none. */
function listStops(step: Step, id: TaskId): readonly Level[] {
  const task = step.state.tasks.get(id);
  if (task?.state.kind !== "ready" || task.state.held?.startsWith(BUDGET_HOLD) !== true) return [];
  const reserved = reservationOf(task);
  return reserved === null ? [] : listFullLimits(step.state, task, { reserved, given: NOTHING_GIVEN });
}

/** Ready tasks that limits keep back which nothing under way can make room in, by the widest of those. */
function listStopped(step: Step): readonly Stopped[] {
  const found = new Map<string, { scope: BudgetScope; stops: { task: Task; levels: Level[] }[] }>();
  let count = 0;
  for (const id of hasLimits(step.state) ? step.state.ready.values() : []) {
    const levels = listStops(step, id).filter(({ scope }) => !mayFree(step, scope));
    const scope = levels.at(-1)?.scope;
    if (scope === undefined) continue;
    const known = found.get(scope.id) ?? { scope, stops: [] };
    known.stops.push({ task: needTask(step.state, id), levels });
    found.set(scope.id, known);
    count += 1;
    if (count === ASKERS_MAX) break;
  }
  return [...found.values()].map(({ scope, stops }) => ({
    scope,
    tasks: stops.map(({ task }) => task),
    full: sumFull(stops),
  }));
}

const SCOPES: readonly BudgetScope["kind"][] = ["run", "workstream", "task"];
/** Limits that a question names at the most. */
const SAID_MAX = 3;

function sumFull(
  stops: readonly { readonly task: Task; readonly levels: readonly Level[] }[],
): Stopped["full"] {
  const byLevel = new Map<string, { level: Level; wanted: Amount }>();
  for (const { task, levels } of stops) {
    for (const level of levels) {
      const key = `${level.scope.id} ${level.measure}`;
      const wanted = add(byLevel.get(key)?.wanted ?? ZERO, reservationOf(task) ?? ZERO);
      byLevel.set(key, { level, wanted });
    }
  }
  const rank = ({ level }: { readonly level: Level }): number => SCOPES.indexOf(level.scope.kind);
  return [...byLevel.values()].sort((a, b) => rank(a) - rank(b));
}

/** An attempt is at work whose end gives something of the limit back. One that waits for a person does not count. */
function mayFree(step: Step, scope: BudgetScope): boolean {
  for (const id of step.state.active.keys()) {
    const attempt = step.state.attempts.get(id);
    const task = attempt === undefined ? undefined : step.state.tasks.get(attempt.task);
    if (task === undefined || attempt?.spending === undefined) continue;
    if (scopesOf(step.state, task, attempt.spending.run).some(({ id: each }) => each === scope.id))
      return true;
  }
  return false;
}

/**
 * Asks about the limits that keep work back while nothing goes on that could make room, and asks no more where there is room again.
 * To be called after the schedule has said what is held back.
 */
export function askForBudgets(step: Step): void {
  withdrawSettled(step);
  for (const stopped of listStopped(step)) {
    const { tasks } = stopped;
    const first = tasks[0];
    if (first === undefined) continue;
    const { project } = needWorkstream(step.state, first.workstream);
    const draft = budgetQuestion(step, stopped);
    const known = findQuestion(step.state, project, draft.contentKey);
    const asked = known === null ? undefined : step.state.decisions.get(known);
    const fresh = tasks.map(({ id }) => id).filter((id) => asked?.askers.includes(id) !== true);
    if (fresh.length > 0) askQuestion(step, first.workstream, draft, fresh);
  }
}

function withdrawSettled(step: Step): void {
  if (!hasLimits(step.state)) return;
  for (const id of [...step.state.open.keys()]) {
    const { subject, askers = [] } = step.state.decisions.get(id) ?? {};
    if (subject?.kind !== "budget") continue;
    const { scope } = subject;
    if (askers.some((task) => listStops(step, task).some((level) => level.scope.id === scope.id))) continue;
    step.emit({ kind: "decision_withdrawn", decision: id, reason: "the budget keeps nothing back any more" });
  }
}

/** Two digits are enough for a question: the rest is rounded up. */
function roundUp(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.ceil(value / unit) * unit;
}

/** By how much a limit has to be raised for what waits under it, as far as it can be estimated. */
function findRaise(step: Step, scope: BudgetScope, { full, tasks }: Stopped): Amount {
  const limit = limitOf(step.state, scope);
  const charged = chargedOf(ledgerOf(step.state, scope));
  const own = full.find(({ level }) => level.scope.id === scope.id)?.wanted;
  const wanted = own ?? tasks.reduce((sum, task) => add(sum, reservationOf(task) ?? ZERO), ZERO);
  return mapAmount((measure) => {
    const most = limit[measure];
    return most === null ? 0 : roundUp(Math.max(0, charged[measure] + wanted[measure] - most));
  });
}

/** The first few, and how many more there are. */
function join(words: readonly string[], separator: string): string {
  const more = words.length - SAID_MAX;
  return [...words.slice(0, SAID_MAX), ...(more > 0 ? [`and ${more} more`] : [])].join(separator);
}

function budgetQuestion(step: Step, stopped: Stopped): QuestionDraft {
  const { scope, tasks, full } = stopped;
  const narrower = [...new Map(full.map(({ level }) => [level.scope.id, level.scope])).values()].filter(
    ({ id }) => id !== scope.id,
  );
  const also = narrower.map((each) => ({ scope: each, by: findRaise(step, each, stopped) }));
  const by = findRaise(step, scope, stopped);
  const raised = [{ scope, by }, ...also].map((each) => {
    const limit = formatLimit(raise(limitOf(step.state, each.scope), each.by));
    return also.length === 0 ? limit : `${nameScope(each.scope)} to ${limit}`;
  });
  const scopes = join([scope, ...narrower].map(nameScope), ", ");
  const names = tasks.slice(0, 5).map(({ id }) => id.slice(id.indexOf("/") + 1));
  const more = tasks.length > names.length ? [`and ${tasks.length - names.length} more`] : [];
  return {
    contentKey: `budget:${scope.id}`,
    type: "resource",
    priority: "high",
    subject: { kind: "budget", scope, by, ...(also.length === 0 ? {} : { also }) },
    question: toSentence(
      join(
        full.map(({ level, wanted }) => sayFull(level, wanted)),
        "; ",
      ),
    ),
    context: ["These wait:", ...names, ...more].join("\n"),
    location: null,
    options: [
      toOption(
        "raise",
        also.length === 0 ? `raise to ${raised.join("")}` : `raise ${join(raised, ", ")}`,
        "enough for what waits now, as far as it can be estimated",
      ),
      toOption("unlimited", "go on without limit", `no limit any more for ${scopes}`),
      toOption("stop", "stop", "pause what waits; osqr resume takes it up again"),
    ],
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
  };
}

const raise = (limit: Limit, by: Amount): Limit => ({
  tokens: limit.tokens === null ? null : limit.tokens + by.tokens,
  microUsd: limit.microUsd === null ? null : limit.microUsd + by.microUsd,
});

/** @param pause pauses a workstream; what pauses is not decided here */
export function settleBudget(
  step: Step,
  { id, subject, askers }: Decision,
  { option, by }: Pick<Answer, "option"> & { readonly by: string },
  pause: (workstream: Workstream) => void,
): void {
  if (subject.kind !== "budget") return;
  if (option === "stop") {
    for (const each of listToPause(step, askers)) pause(each);
    return;
  }
  for (const { scope, by: more } of [subject, ...(subject.also ?? [])]) {
    const limit: Limit =
      option === "raise" ? raise(limitOf(step.state, scope), more) : { tokens: null, microUsd: null };
    step.emit({ kind: "budget_changed", scope, limit, by, reason: `decision ${id}: ${option}` });
  }
}

/** Workstreams of the tasks that wait for it, and have something left that costs. */
function listToPause(step: Step, askers: Decision["askers"]): readonly Workstream[] {
  const ids = new Set(askers.flatMap((task) => step.state.tasks.get(task)?.workstream ?? []));
  return [...ids]
    .flatMap((id) => step.state.workstreams.get(id) ?? [])
    .filter((each) => each.intent === "run" && !isEnded(each) && each.integration.kind !== "intended")
    .filter(({ tasks }) => tasks.some((task) => doesCost(needTask(step.state, task))));
}
