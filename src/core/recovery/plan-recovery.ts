/** What to do about an agent that did not do its work, by the kind of its failure (WO-8). */
import type { AgentFailure, FailureKind } from "../model/agent.ts";
import type { RecoveryStep } from "../model/agent-event.ts";
import type { EpochMs } from "../model/ids.ts";
import type { Task } from "../model/work.ts";
import { countOf } from "../plural.ts";

export interface Recovery {
  readonly step: RecoveryStep;
  /** Which failure of this kind in a row it is, from 1. */
  readonly nth: number;
  /** Of `wait`: when it goes on by itself. */
  readonly until: EpochMs | null;
  /** Why this and nothing else, in words. */
  readonly reason: string;
  /** Enough was tried with all agents together: only a person goes on with it. */
  readonly isSpent: boolean;
}

/** How often an agent may take up its conversation again by itself. What is not here does so not once. */
const RESUMES_MAX: Readonly<Partial<Record<FailureKind, number>>> = {
  crashed: 2,
  mcp_lost: 2,
  protocol: 1,
  unchanged: 1,
};
/** How often an agent is told what turned its result down, where the config says nothing. */
export const ROUNDS_DEFAULT = 2;
/** Failures of a task, of all kinds and all agents, after which a person is asked in any case. */
export const FAILURES_MAX = 20;

const toMs = (minutes: number): number => minutes * 60_000;

/** Waits for a provider that did not say until when, ms; after the last one a person is asked. */
const BACK_OFFS = {
  rate_limit: { waitsMs: [1, 5, 15, 60].map(toMs), end: "no limit was lifted" },
  down: { waitsMs: [1, 5, 15].map(toMs), end: "the model's server did not come back" },
} as const;
/** A reset that is further away is no reset to wait for: a person is asked. */
const WAIT_MS_MAX = 24 * 3_600_000;
/** A provider's clock and this one differ a little. */
const RESET_MARGIN_MS = 1_000;

/**
 * Counted along the task, so that a new attempt is no new patience; another agent has its own. Pure: the clock is handed in.
 *
 * @param clock.rounds of a result that was turned down, from 0
 */
export function planRecovery(
  task: Pick<Task, "failures" | "failed">,
  failure: AgentFailure,
  { now, rounds = ROUNDS_DEFAULT }: { readonly now: EpochMs; readonly rounds?: number | undefined },
): Recovery {
  const { kind } = failure;
  const nth = (task.failures[kind] ?? 0) + 1;
  // It is ended only where a person says so: each time is their own word.
  if (kind === "stuck")
    return {
      step: "resume",
      nth,
      until: null,
      reason: "a person wants it started again",
      isSpent: false,
    };
  const failed = (task.failed ?? 0) + 1;
  if (failed >= FAILURES_MAX)
    return { step: "ask", nth, until: null, reason: `it failed ${failed} times in all`, isSpent: true };
  const isWait = kind === "rate_limit" || kind === "down";
  const step = isWait ? waitForReset(kind, nth, failure, now) : resume(nth, failure, rounds);
  return { ...step, isSpent: false };
}

type Way = Omit<Recovery, "isSpent">;

function resume(nth: number, { kind }: AgentFailure, rounds: number): Way {
  const usual = RESUMES_MAX[kind];
  const max = kind === "validation" ? rounds : kind === "unchanged" ? Math.min(usual ?? 0, rounds) : usual;
  if (max === undefined)
    return { step: "ask", nth, until: null, reason: `only a person can say what to do about it` };
  if (max === 0) return { step: "ask", nth, until: null, reason: "the config wants no other try" };
  if (nth > max)
    return { step: "ask", nth, until: null, reason: `it was tried again ${countOf(max, "time")} in a row` };
  return { step: "resume", nth, until: null, reason: `it goes on where it was, ${nth} of ${max} times` };
}

function waitForReset(
  kind: keyof typeof BACK_OFFS,
  nth: number,
  { retryAt }: AgentFailure,
  now: EpochMs,
): Way {
  const { waitsMs, end } = BACK_OFFS[kind];
  const pause = waitsMs[nth - 1];
  if (retryAt === null) {
    return pause === undefined
      ? { step: "ask", nth, until: null, reason: `${end} in ${waitsMs.length} waits` }
      : { step: "wait", nth, until: now + pause, reason: "nobody said until when: it is tried later" };
  }
  if (retryAt - now > WAIT_MS_MAX)
    return { step: "ask", nth, until: null, reason: "the limit is lifted in more than a day" };
  const until = Math.max(now, retryAt) + RESET_MARGIN_MS;
  return { step: "wait", nth, until, reason: "the limit is lifted then, as the provider says" };
}
