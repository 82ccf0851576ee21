/**
 * Reads a gate's run on the combined tree as the difference to its run on the base: what failed before is not this
 * work's fault, and is said. Where the two cannot be compared the verdict is `not_verified`, never `passed`.
 */
import * as advice from "./advice.ts";
import { judgeMeasured } from "./measures/judge.ts";
import { explainNotRun } from "./not-run.ts";
import { failuresMax } from "./parse.ts";
import type { GateRun, GateVerdict, Measure } from "./types.ts";

export interface VerdictContext {
  /** Short name of the base branch, for people. */
  readonly baseName: string;
  /** What the gate measures; absent: nothing. */
  readonly measure?: Measure | undefined;
}

type Ruling = Pick<GateVerdict, "status" | "newFailures" | "oldFailures" | "recommendation">;

/** The runs of one gate on both trees, and the names that only the combined tree, or both, fail. */
interface Comparison {
  readonly combined: GateRun;
  readonly base: GateRun;
  readonly baseName: string;
  readonly newFailures: readonly string[];
  readonly oldFailures: readonly string[];
}

/** `base` null: there is no run on the base, so whatever fails is new. */
export function compareWithBase(
  combined: GateRun,
  base: GateRun | null,
  context: VerdictContext,
): GateVerdict {
  return {
    name: combined.name,
    command: combined.command,
    ...(judgeMeasured(combined, base, { baseName: context.baseName, measure: context.measure }) ??
      judge(combined, base, context.baseName)),
    counts: combined.counts,
    countsOnBase: base?.counts ?? null,
    durationMs: combined.durationMs,
    tail: combined.tail,
    logPath: combined.logPath,
  };
}

/** The verdict on a gate that could not be started at all: nothing is claimed. `reason` says what to do. */
export function notVerified(gate: { name: string; command: string }, reason: string): GateVerdict {
  return {
    name: gate.name,
    command: gate.command,
    ...rule("not_verified", reason),
    counts: null,
    countsOnBase: null,
    durationMs: 0,
    tail: [],
    logPath: null,
  };
}

function judge(combined: GateRun, base: GateRun | null, baseName: string): Ruling {
  if (combined.stoppedBy === "cancel") return rule("not_verified", advice.sayCancelled(combined));
  if (combined.status === "passed") {
    // Checks that ran on the base and tell nothing any more have not passed: nobody has seen them.
    const isSilent = combined.counts === null && (base?.counts?.total ?? 0) > 0;
    return rule(isSilent ? "not_verified" : "passed", advice.sayVanished(combined, base, baseName));
  }
  const notRun = explainNotRun(combined);
  if (base?.status === "passed") {
    // It ran on the base, so a command that is gone now is this work's doing.
    return { ...failAll(combined, baseName), ...(notRun === null ? {} : { recommendation: notRun }) };
  }
  if (notRun !== null) return rule("not_verified", notRun);
  // Where it did not run on the base, the base excuses nothing.
  if (base === null || base.stoppedBy === "cancel" || explainNotRun(base) !== null) {
    return failAll(combined, null);
  }
  return compareFailures(combined, base, baseName);
}

/** Both ran and failed: names, counts and the way it ended tell whether something is new. */
function compareFailures(combined: GateRun, base: GateRun, baseName: string): Ruling {
  const onBase = new Set(base.failures);
  const comparison: Comparison = {
    combined,
    base,
    baseName,
    newFailures: combined.failures.filter((name) => !onBase.has(name)),
    oldFailures: combined.failures.filter((name) => onBase.has(name)),
  };
  if (combined.stoppedBy !== null) return judgeStopped(comparison);
  if (advice.isCrash(combined) && !advice.isCrash(base)) return failDifferently(comparison);
  if ((combined.counts?.failed ?? 0) > (base.counts?.failed ?? Number.POSITIVE_INFINITY)) {
    return failWith(comparison, advice.sayMore(combined, base, baseName));
  }
  if (combined.failures.length === 0 && base.failures.length > 0) return failDifferently(comparison);
  if (base.failures.length === 0) {
    return rule("not_verified", advice.sayIncomparable(combined, base, baseName));
  }
  return judgeNames(comparison);
}

function judgeStopped(comparison: Comparison): Ruling {
  const { combined, base, baseName, oldFailures } = comparison;
  if (base.stoppedBy !== combined.stoppedBy) return failWith(comparison, advice.sayStopped(combined));
  return rule("not_verified", advice.sayStoppedOnBoth(combined, baseName), oldFailures);
}

/** Both have names. A list of the base that is cut, or of a run that was stopped, does not know all that failed. */
function judgeNames(comparison: Comparison): Ruling {
  const { combined, base, baseName, newFailures, oldFailures } = comparison;
  const lastKnown = base.failures.length >= failuresMax ? (base.failures.at(-1) ?? "") : null;
  const isComplete = base.stoppedBy === null && lastKnown === null;
  const surelyNew =
    base.stoppedBy === null ? newFailures.filter((name) => lastKnown === null || name < lastKnown) : [];
  if (surelyNew.length > 0) {
    const known = { ...comparison, newFailures: surelyNew };
    return failWith(known, advice.sayNew(combined, surelyNew, baseName));
  }
  if (!isComplete) return rule("not_verified", advice.sayTooLittle(base, baseName), oldFailures);
  const vanished = advice.sayVanished(combined, base, baseName);
  const old = advice.sayOld(oldFailures, baseName);
  return rule("passed", vanished === null ? old : `${old} ${vanished}`, oldFailures);
}

/** `baseName` null: the base did not run. */
function failAll(combined: GateRun, baseName: string | null): Ruling {
  const recommendation =
    combined.stoppedBy === null
      ? advice.sayNew(combined, combined.failures, baseName)
      : advice.sayStopped(combined);
  return { status: "failed", newFailures: combined.failures, oldFailures: [], recommendation };
}

function failDifferently(comparison: Comparison): Ruling {
  const { combined, base, baseName } = comparison;
  return failWith(comparison, advice.sayDifferent(combined, base, baseName));
}

function failWith({ newFailures, oldFailures }: Comparison, recommendation: string): Ruling {
  return { status: "failed", newFailures, oldFailures, recommendation };
}

function rule(
  status: GateVerdict["status"],
  recommendation: string | null,
  oldFailures: readonly string[] = [],
): Ruling {
  return { status, newFailures: [], oldFailures, recommendation };
}
