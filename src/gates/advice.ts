/** The sentences of a verdict: what was seen, and one next step for a person. */
import { failuresMax } from "./parse.ts";
import type { GateRun } from "./types.ts";

/** `baseName` null: the base did not run, so nothing is said of it. */
export function sayNew(run: GateRun, names: readonly string[], baseName: string | null): string {
  const verb = names.length === 1 ? "fails" : "fail";
  const than = baseName === null ? "" : ` and did not on ${baseName}`;
  const what =
    names.length === 0
      ? `${run.command} fails (${describeEnd(run)})${than}; its last lines say why.`
      : `${count(names.length, "check")} ${verb}${than}: ${list(names)}.`;
  return `${what} Mend the work and run it again. All output: ${run.logPath}`;
}

export function sayOld(names: readonly string[], baseName: string): string {
  const still = names.length === 1 ? "does" : "do";
  return `${count(names.length, "check")} failed on ${baseName} before and still ${still}: ${list(names)}. Mend them there.`;
}

export function sayMore(run: GateRun, base: GateRun, baseName: string): string {
  const numbers = `${run.counts?.failed ?? 0} checks fail, and ${base.counts?.failed ?? 0} did on ${baseName}`;
  return `${numbers}. Mend the work and run it again. All output: ${run.logPath}`;
}

export function sayDifferent(run: GateRun, base: GateRun, baseName: string): string {
  const ends = `${describeEnd(run)}, on ${baseName} ${describeEnd(base)}`;
  return `${run.command} fails in another way than before (${ends}) and names no check; its last lines say why. All output: ${run.logPath}`;
}

export function sayIncomparable(run: GateRun, base: GateRun, baseName: string): string {
  const now = run.failures.length > 0 ? `, now in ${list(run.failures)}` : "";
  return (
    `${run.command} fails (${describeEnd(run)}${now}), and it failed on ${baseName} before (${describeEnd(base)}) ` +
    `without naming a check, so nobody can tell what is new. Mend it on ${baseName}, then run it again.`
  );
}

/** The base's list of failures ends somewhere. */
export function sayTooLittle(base: GateRun, baseName: string): string {
  const why = base.stoppedBy === null ? `${failuresMax} or more checks fail there` : "it did not end there";
  return `${baseName} tells too little to compare with: ${why}. Mend ${base.command} on ${baseName}, then run it again.`;
}

export function sayStopped(run: GateRun): string {
  const seconds = Math.round(run.durationMs / 1000);
  if (run.stoppedBy === "timeout") {
    return (
      `${run.command} did not end within ${seconds} s and was stopped. Its last lines show where it hung; ` +
      `if it only needs longer, raise gates.${run.name}.timeoutMs in the config.`
    );
  }
  return (
    `${run.command} went beyond the limit on ${run.stoppedBy} after ${seconds} s and was stopped. ` +
    `Make it use less. All output: ${run.logPath}`
  );
}

export function sayStoppedOnBoth(run: GateRun, baseName: string): string {
  return `${sayStopped(run)} The same happened on ${baseName}, so nobody can tell what is new.`;
}

export function sayCancelled(run: GateRun): string {
  return `${run.command} was cancelled before it ended. Start it again to know.`;
}

/**
 * Tests that are gone make a green run worth less. It is said and no failure: to remove one can be the task. Null where
 * none is gone or nothing was counted on the base.
 */
export function sayVanished(run: GateRun, base: GateRun | null, baseName: string): string | null {
  const before = base?.counts?.total ?? 0;
  if (before === 0) return null;
  const now = run.counts?.total;
  if (now === undefined) {
    return `${count(before, "check")} ran on ${baseName}, and this run tells no number. See whether ${run.command} still runs them.`;
  }
  if (now >= before) return null;
  const gone = before - now;
  return `${count(gone, "check")} fewer ran than on ${baseName} (${now} after ${before}). See whether ${gone === 1 ? "it was" : "they were"} meant to go.`;
}

/** Ended by a signal, as a program that crashes; a shell reports it as 128 and the signal's number. */
export function isCrash(run: GateRun): boolean {
  return run.stoppedBy === null && (run.exitCode === null || run.exitCode > 128);
}

function describeEnd(run: GateRun): string {
  if (run.stoppedBy !== null) return `stopped by ${run.stoppedBy}`;
  return run.exitCode === null ? "ended by a signal" : `exit ${run.exitCode}`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join("; ");
  return names.length > 3 ? `${shown}; and ${names.length - 3} more` : shown;
}
