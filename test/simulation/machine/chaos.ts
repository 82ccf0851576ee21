import type { Random } from "../random.ts";

/** How often things go wrong, as probabilities. */
export interface Chaos {
  /** The daemon dies, per step of the simulation. */
  readonly crash: number;
  /** It dies around a write of the log. */
  readonly crashAtAppend: number;
  /** The log refuses a write: the disk is full. */
  readonly appendFault: number;
  /** A call of git or of the file system fails. */
  readonly ioFault: number;
  readonly gateFailure: number;
  readonly taskFailure: number;
}

export const CALM: Chaos = {
  crash: 0,
  crashAtAppend: 0,
  appendFault: 0,
  ioFault: 0,
  gateFailure: 0,
  taskFailure: 0,
};

/** Each seed has its own weather: some have no crash at all, some little else. */
export function makeChaos(random: Random): Chaos {
  const some = (most: number): number => (random.chance(0.6) ? random.next() * most : 0);
  return {
    crash: some(0.01),
    crashAtAppend: some(0.15),
    appendFault: some(0.05),
    ioFault: some(0.02),
    gateFailure: some(0.4),
    taskFailure: some(0.4),
  };
}

/** What the generator has to reach; asserted to be above zero over many seeds. */
export const COUNTERS = [
  "crash",
  "crash before an append",
  "crash after an append",
  "crash while an attempt runs",
  "crash while an attempt waits for an answer",
  "crash between attempt_completed and join",
  "crash between landing_intended and landed",
  "crash after the base moved, before it is recorded",
  "crash during recovery",
  "stopped in order and started again",
  "second claim after a lost one",
  "late result after a lost claim, refused",
  "doubled result, refused",
  "log refused a write",
  "git refused a call",
  "base moved by somebody else",
  "base held by local changes",
  "base followed later",
  "gates failed",
  "gates not approved",
  "attempt asked",
  "attempt hung until its timeout",
  "attempt failed",
  "join conflict",
  "protected path",
  "merge conflict",
  "paused while running",
  "cancelled while running",
  "work done again",
  "reverted after it landed",
  "revert stopped",
  "taken out of the base",
  "revert given up",
  "crash while a person is asked",
  "review approved",
  "review rejected",
  "work given up to a checkpoint",
  "ticks asked",
  "criteria met",
  "criteria missed",
  "result taken again",
  "blocker declared",
  "closed as a duplicate",
  "migrated",
  "rolled back",
  "spec changed under running work",
  "old text kept",
  "handoff lost",
  "handoff missing",
  "handoffs collected",
  "conversation opened",
  "conversation taken up again",
  "conversation begun afresh",
  "turn ended",
  "permission asked",
  "stuck asked",
  "agent taken up again after a failure",
  "limit waited for",
  "another agent took over",
  "result turned down",
  "only the checks done again",
  "crash while what an agent made is checked",
  "clock backwards",
  "only a deadline is waited for, over a restart",
] as const;

export type Counter = (typeof COUNTERS)[number];

export class Counters {
  readonly #counts = new Map<Counter, number>();

  count(counter: Counter): void {
    this.#counts.set(counter, this.get(counter) + 1);
  }

  get(counter: Counter): number {
    return this.#counts.get(counter) ?? 0;
  }

  add(other: Counters): void {
    for (const counter of COUNTERS) {
      const more = other.get(counter);
      if (more > 0) this.#counts.set(counter, this.get(counter) + more);
    }
  }
}
