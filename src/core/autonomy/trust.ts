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
  /** When the last good news came; 0: never. Bad news moves it on by the days that have faded. */
  readonly at: EpochMs;
}

export const NO_TRUST: TrustRecord = { milliTasks: 0, accepted: 0, overridden: 0, at: 0 as EpochMs };

/** What happened in a workstream. Numbers are of tasks that its agents did. */
export type TrustChange =
  /** A task was done by an agent, and its result counts. */
  | "succeeded"
  /** A person took what was recommended, or allowed what was asked. */
  | "accepted"
  /** A person took something else. */
  | "overridden"
  /** A person stepped in while an agent went its own way. */
  | "interrupted"
  /** An agent gave up on a task, or was given up on. */
  | "failed"
  /** The results are in the base. */
  | { readonly kind: "landed"; readonly tasks: number }
  /** A person has refused results; `undone`: tasks that are not done any more; `landed`: they were in the base. */
  | {
      readonly kind: "refused";
      readonly refused: number;
      readonly undone: number;
      readonly landed: boolean;
    };

const DAY_MS = 86_400_000;
/** So long without good news nothing fades. */
const REST_DAYS = 7;
/** Then each day leaves this much of a thousand: half of it is gone after 30 days. */
const LEFT_OF_THOUSAND = 977;
const DAYS_MAX = 1_000;
/** So many tasks an override takes back, in thousandths; an interruption or a failure takes one. */
const OVERRIDE_COST = 3_000;
const INTERRUPTION_COST = 1_000;

const ESTABLISHED_TASKS = 5;
const TRUSTED_TASKS = 20;
const TRUSTED_ACCEPTED = 0.8;

/** Adds what happened at `at`. A clock that goes backwards fades nothing. Bad news never stops the fading. */
export function evolveTrust(record: TrustRecord, change: TrustChange, at: EpochMs): TrustRecord {
  const days = countDays(record, at);
  const milliTasks = fade(record.milliTasks, days);
  const better = { ...record, milliTasks, at: Math.max(record.at, at) as EpochMs };
  const worse = (cost: number): TrustRecord => ({
    ...record,
    milliTasks: Math.max(0, milliTasks - cost),
    at: (record.at + days * DAY_MS) as EpochMs,
  });
  switch (change) {
    case "succeeded":
      return { ...better, milliTasks: milliTasks + 1_000 };
    case "accepted":
      return { ...better, accepted: record.accepted + 1 };
    case "overridden":
      return { ...worse(OVERRIDE_COST), overridden: record.overridden + 1 };
    case "interrupted":
    case "failed":
      return worse(INTERRUPTION_COST);
  }
  if (change.kind === "landed") return { ...better, accepted: record.accepted + change.tasks };
  const { refused, undone, landed } = change;
  return {
    ...worse(OVERRIDE_COST + undone * 1_000),
    // Nobody has accepted them any more.
    accepted: landed ? Math.max(0, record.accepted - refused) : record.accepted,
    overridden: record.overridden + refused,
  };
}

/** Days that it has been fading for. */
const countDays = ({ at }: TrustRecord, now: EpochMs): number =>
  Math.max(0, Math.min(DAYS_MAX, Math.floor((now - at) / DAY_MS) - REST_DAYS));

function fade(milliTasks: number, days: number): number {
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
  const tasks = Math.floor(fade(record.milliTasks, countDays(record, now)) / 1_000);
  const answers = record.accepted + record.overridden;
  const accepted = answers === 0 ? 1 : record.accepted / answers;
  const done = tasks === 1 ? "1 task that counts" : `${tasks} tasks that count`;
  const reason = answers === 0 ? done : `${done}, ${Math.round(accepted * 100)} % accepted`;
  if (tasks >= TRUSTED_TASKS && accepted >= TRUSTED_ACCEPTED)
    return { level: "trusted", unlocks: ["refactor_code", "add_dependency", "update_tests"], reason };
  if (tasks >= ESTABLISHED_TASKS) return { level: "established", unlocks: ["refactor_code"], reason };
  return { level: "new", unlocks: [], reason };
}
