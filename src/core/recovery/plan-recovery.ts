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
};
/** How often an agent is told what turned its result down, where the config says nothing. */
export const ROUNDS_DEFAULT = 2;
/** Failures of a task, of all kinds and all agents, after which a person is asked in any case. */
export const FAILURES_MAX = 20;

/** Waits for a provider that did not say until when, ms; after the last one a person is asked. */
const BACK_OFF_MS: readonly number[] = [1, 5, 15, 60].map((minutes) => minutes * 60_000);
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
  const step = kind === "rate_limit" ? waitForReset(nth, failure, now) : resume(nth, failure, rounds);
  return { ...step, isSpent: false };
}

type Way = Omit<Recovery, "isSpent">;

function resume(nth: number, { kind }: AgentFailure, rounds: number): Way {
  const max = kind === "validation" ? rounds : RESUMES_MAX[kind];
  if (max === undefined)
    return { step: "ask", nth, until: null, reason: `only a person can say what to do about it` };
  if (max === 0) return { step: "ask", nth, until: null, reason: "the config wants no other try" };
  if (nth > max)
    return { step: "ask", nth, until: null, reason: `it was tried again ${countOf(max, "time")} in a row` };
  return { step: "resume", nth, until: null, reason: `it goes on where it was, ${nth} of ${max} times` };
}

function waitForReset(nth: number, { retryAt }: AgentFailure, now: EpochMs): Way {
  const pause = BACK_OFF_MS[nth - 1];
  if (retryAt === null) {
    return pause === undefined
      ? { step: "ask", nth, until: null, reason: `no limit was lifted in ${BACK_OFF_MS.length} waits` }
      : { step: "wait", nth, until: now + pause, reason: "nobody said until when: it is tried later" };
  }
  if (retryAt - now > WAIT_MS_MAX)
    return { step: "ask", nth, until: null, reason: "the limit is lifted in more than a day" };
  const until = Math.max(now, retryAt) + RESET_MARGIN_MS;
  return { step: "wait", nth, until, reason: "the limit is lifted then, as the provider says" };
}
