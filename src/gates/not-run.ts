import type { GateRun } from "./types.ts";

/** Exit codes by which a shell says that it could not start a command. */
const exitNotFound = 127;
const exitNotExecutable = 126;

/** What tools say, with a code of their own, when there was nothing to run. */
const messages: readonly { readonly pattern: RegExp; readonly reason: (match: RegExpExecArray) => string }[] =
  [
    {
      pattern:
        /Missing script:? "?([\w:.-]+)"?|ERR_PNPM_NO_SCRIPT|error Command "([\w:.-]+)" not found|Script not found "([\w:.-]+)"/,
      reason: (match) => `package.json has no script ${match[1] ?? match[2] ?? match[3] ?? "of that name"}`,
    },
    {
      pattern:
        /npx canceled due to missing packages|could not determine executable to run|ERR_PNPM_RECURSIVE_EXEC_FIRST_FAIL/,
      reason: () => "the tool is not installed",
    },
    {
      pattern: /make: \*\*\* No rule to make target [`']([^']+)'/,
      reason: (match) => `make has no target ${match[1]}`,
    },
    {
      pattern: /No module named '?(pytest|ruff|mypy)'?\s*$/,
      reason: (match) => `${match[1]} is not installed`,
    },
    {
      pattern: /no such command: `(\w+)`|'cargo-(\w+)' is not installed/,
      reason: (match) => `cargo has no ${match[1] ?? match[2]}`,
    },
    {
      pattern:
        /^=* ?no tests ran in |No test files found, exiting with code 1|No tests found, exiting with code 1/,
      reason: () => "it found no tests to run",
    },
  ];

/**
 * Why a run checked nothing, with one next step; null where it did run. A command that is not there says nothing about
 * the work, so such a run is no failure.
 */
export function explainNotRun(run: GateRun): string | null {
  if (run.status === "passed" || run.stoppedBy !== null || run.failures.length > 0) return null;
  if ((run.counts?.total ?? 0) > 0) return null;
  const reason = findReason(run);
  if (reason === null) return null;
  return `${run.command} checked nothing: ${reason}. Install what it needs, give another command as gates.${run.name} in the config, or switch it off there with false.`;
}

function findReason(run: GateRun): string | null {
  if (run.exitCode === exitNotFound) return `a command was not found${quoteLast(run, /not found/)}`;
  if (run.exitCode === exitNotExecutable)
    return `a command cannot be executed${quoteLast(run, /ermission|cannot execute/)}`;
  for (const line of run.tail) {
    for (const { pattern, reason } of messages) {
      const match = pattern.exec(line);
      if (match !== null) return reason(match);
    }
  }
  return null;
}

function quoteLast(run: GateRun, pattern: RegExp): string {
  const line = run.tail.findLast((text) => pattern.test(text));
  return line === undefined ? "" : ` (${line.trim().slice(0, 120)})`;
}
