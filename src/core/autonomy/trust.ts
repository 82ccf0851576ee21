/** How far a workstream is trusted by what it has done (EO-9). Whole numbers only: the same history gives the same trust everywhere. */
import type { EpochMs } from "../model/ids.ts";
import type { ActionName } from "./action-names.ts";

export type TrustLevel = "new" | "established" | "trusted";

/** What trust rests on, as it is stored. */
export interface TrustRecord {
  /** Tasks that succeeded, in thousandths: what fades is no whole number. */
  readonly milliTasks: number;
  /** What osqr and agents proposed and people accepted, or overrode. */
  readonly accepted: number;
  readonly overridden: number;
  /** When it was last changed; 0: never. */
  readonly at: EpochMs;
}

export const NO_TRUST: TrustRecord = { milliTasks: 0, accepted: 0, overridden: 0, at: 0 as EpochMs };

/** What happened in a workstream. */
export type TrustChange = "succeeded" | "accepted" | "overridden" | "interrupted";

const DAY_MS = 86_400_000;
/** So long without news nothing fades. */
const REST_DAYS = 7;
/** Then each day leaves this much of a thousand: half of it is gone after 30 days. */
const LEFT_OF_THOUSAND = 977;
const DAYS_MAX = 1_000;
/** So many tasks an override takes back, in thousandths; an interruption takes one. */
const OVERRIDE_COST = 3_000;
const INTERRUPTION_COST = 1_000;

const ESTABLISHED_TASKS = 5;
const TRUSTED_TASKS = 20;
const TRUSTED_ACCEPTED = 0.8;

/** Adds what happened at `at`. A clock that goes backwards fades nothing. */
export function evolveTrust(record: TrustRecord, change: TrustChange, at: EpochMs): TrustRecord {
  const faded = fadeTasks(record, at);
  const next = { ...record, at: Math.max(record.at, at) as EpochMs };
  if (change === "succeeded") return { ...next, milliTasks: faded + 1_000 };
  if (change === "accepted") return { ...next, milliTasks: faded, accepted: record.accepted + 1 };
  if (change === "interrupted") return { ...next, milliTasks: Math.max(0, faded - INTERRUPTION_COST) };
  return { ...next, milliTasks: Math.max(0, faded - OVERRIDE_COST), overridden: record.overridden + 1 };
}

function fadeTasks({ milliTasks, at }: TrustRecord, now: EpochMs): number {
  const days = Math.min(DAYS_MAX, Math.floor((now - at) / DAY_MS) - REST_DAYS);
  let left = milliTasks;
  for (let day = 0; day < days && left > 0; day += 1) left = Math.floor((left * LEFT_OF_THOUSAND) / 1_000);
  return left;
}

export interface Trust {
  readonly level: TrustLevel;
  /** Actions that it unlocks: they are a step freer than their built-in rule. */
  readonly unlocks: readonly ActionName[];
  /** Why, in words. */
  readonly reason: string;
}

/** How far a workstream is trusted now. */
export function findTrust(record: TrustRecord, now: EpochMs): Trust {
  const tasks = Math.floor(fadeTasks(record, now) / 1_000);
  const answers = record.accepted + record.overridden;
  const accepted = answers === 0 ? 1 : record.accepted / answers;
  const done = `${tasks} ${tasks === 1 ? "task" : "tasks"} that count`;
  const reason = answers === 0 ? done : `${done}, ${Math.round(accepted * 100)} % accepted`;
  if (tasks >= TRUSTED_TASKS && accepted >= TRUSTED_ACCEPTED)
    return { level: "trusted", unlocks: ["refactor_code", "add_dependency", "update_tests"], reason };
  if (tasks >= ESTABLISHED_TASKS) return { level: "established", unlocks: ["refactor_code"], reason };
  return { level: "new", unlocks: [], reason };
}
