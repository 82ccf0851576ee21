/** The ledger: every sum is what its attempts make, and nothing starts beyond a limit. */
import { EMPTY_LEDGER } from "../../../src/core/budget/ledger.ts";
import type { Ledger, Measure, Spending } from "../../../src/core/model/budget.ts";
import type { Event } from "../../../src/core/model/event.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Attempt, Task } from "../../../src/core/model/work.ts";
import { isOpenAttempt } from "./claims.ts";

const MEASURES: readonly Measure[] = ["tokens", "microUsd"];
const SUMS = ["used", "reserved", "assumed"] as const;

export function checkBudgets(state: State): string[] {
  const problems: string[] = [];
  for (const attempt of state.attempts.values()) problems.push(...checkSpending(attempt));
  const byTask = new Map<string, Spending[]>();
  const byWorkstream = new Map<string, Spending[]>();
  const byRun = new Map<string, Spending[]>();
  for (const task of state.tasks.values()) {
    const all = task.attempts.flatMap((id) => state.attempts.get(id)?.spending ?? []);
    byTask.set(task.id, all);
    byWorkstream.set(task.workstream, [...(byWorkstream.get(task.workstream) ?? []), ...all]);
  }
  for (const { spending } of state.attempts.values()) {
    if (spending?.run != null) byRun.set(spending.run, [...(byRun.get(spending.run) ?? []), spending]);
  }
  const computed = new Map([...byTask, ...byWorkstream, ...byRun]);
  for (const [id, all] of computed) problems.push(...compare(id, state.ledgers.get(id) ?? EMPTY_LEDGER, all));
  for (const id of state.ledgers.keys())
    if (!computed.has(id) && !state.runs.has(id as never)) problems.push(`a ledger of ${id}, which is gone`);
  return problems;
}

function checkSpending(attempt: Attempt): string[] {
  const { id, spending } = attempt;
  if (spending === undefined) return [];
  const problems: string[] = [];
  for (const measure of MEASURES) {
    for (const sum of SUMS)
      if (spending[sum][measure] < 0) problems.push(`${id}: ${sum} ${measure} ${spending[sum][measure]}`);
    if (!isOpenAttempt(attempt) && spending.reserved[measure] > 0)
      problems.push(
        `${id} is ${attempt.state.kind} and ${spending.reserved[measure]} ${measure} are kept for it`,
      );
  }
  return problems;
}

function compare(id: string, ledger: Ledger, all: readonly Spending[]): string[] {
  const problems: string[] = [];
  if (ledger.attempts !== all.length) problems.push(`${id}: ${ledger.attempts} of ${all.length} attempts`);
  for (const sum of SUMS) {
    for (const measure of MEASURES) {
      const found = all.reduce((total, each) => total + each[sum][measure], 0);
      if (ledger[sum][measure] !== found)
        problems.push(`${id}: ${sum} ${measure} is ${ledger[sum][measure]}, its attempts make ${found}`);
    }
  }
  return problems;
}

/** The limit that a scope has, found without the code that is tested. */
function limitOf(state: State, kind: "run" | "workstream" | "task", id: string, run: string | null) {
  const own = state.ledgers.get(id)?.limit;
  if (own != null) return own;
  return run === null ? null : (state.runs.get(run as never)?.budget?.[kind] ?? null);
}

/** After a wave of starts all that is used, assumed and reserved is within every limit of what started. */
export function checkWave(event: Extract<Event, { kind: "attempts_claimed" }>, after: State): string[] {
  const problems: string[] = [];
  for (const { task: id, reserved } of event.launches) {
    const task = after.tasks.get(id);
    if (task === undefined || reserved === undefined) continue;
    problems.push(...checkScopes(after, task));
  }
  return problems;
}

function checkScopes(after: State, { id, workstream }: Task): string[] {
  const run = after.workstreams.get(workstream)?.run ?? null;
  const scopes = [
    ["task", id],
    ["workstream", workstream],
    ["run", run ?? ""],
  ] as const;
  return scopes.flatMap(([kind, each]) => {
    const limit = limitOf(after, kind, each, run);
    const ledger = after.ledgers.get(each);
    if (limit === null || ledger === undefined) return [];
    return MEASURES.flatMap((measure) => {
      const charged = SUMS.reduce((total, sum) => total + ledger[sum][measure], 0);
      const most = limit[measure];
      return most !== null && charged > most
        ? [`${each} has ${charged} ${measure} after a start, its limit is ${most}`]
        : [];
    });
  });
}
