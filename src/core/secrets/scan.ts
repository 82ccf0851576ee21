/** The secret scan: what a change adds is looked through, what was there before is not its doing. Pure. */
import picomatch from "picomatch";
import type { GateReport } from "../model/integration.ts";
import { countOf } from "../plural.ts";
import { type FoundSecret, findSecrets } from "./find-secrets.ts";

/** What counts and what does not. Only the operator opens it: whoever writes the code could write the exception too. */
export interface SecretPolicy {
  /** Globs of paths that are not looked at, e.g. fixtures of tests. */
  readonly allow: readonly string[];
  /** A line with this text is left out; null: no comment in the code says what counts. */
  readonly comment: string | null;
}

export const DEFAULT_SECRET_POLICY: SecretPolicy = { allow: [], comment: null };

/** One file as a change leaves it. `before` null: it is new. */
export interface ChangedText {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
}

export interface SecretFinding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly what: string;
  /** False: it only looks like one, and nothing is held up for it. */
  readonly isSure: boolean;
}

export interface SecretScan {
  readonly findings: readonly SecretFinding[];
  /** Files that were not looked at because of their size. */
  readonly skipped: readonly string[];
}

const NAME = "secrets";
const FINDINGS_MAX = 100;
const SHOWN_MAX = 20;

export const isSecretFreePath = (path: string, { allow }: SecretPolicy): boolean =>
  allow.length > 0 && picomatch.isMatch(path, toGlobs(allow), { dot: true, nonegate: true });

const toGlobs = (allow: readonly string[]): string[] =>
  allow.flatMap((glob) => {
    const bare = glob.replace(/^\.\//, "").replace(/\/+$/, "");
    return [bare, `${bare}/**`];
  });

/** What is looked at in one go, characters, and how much of it again with the next: no secret is longer. */
const WINDOW_CHARS = 128 * 1024;
const OVERLAP_CHARS = 20 * 1024;

/** What a changed file adds: a secret of which at least one line was not there before. */
export const scanChange = (change: ChangedText, policy: SecretPolicy): readonly SecretFinding[] =>
  uniqueByLine([...scanPieces(change, policy)].flat());

/** The same piece by piece, for whoever has other things to do in between. What two pieces share is told twice. */
export function* scanPieces(
  { path, before, after }: ChangedText,
  policy: SecretPolicy,
): Generator<readonly SecretFinding[]> {
  if (isSecretFreePath(path, policy)) return;
  let known: ReadonlySet<string> | null = null;
  for (const { text, line } of toWindows(after)) {
    const found = findSecrets(text);
    if (found.length > 0) known ??= new Set(before === null ? [] : splitLines(before));
    yield known === null ? [] : toFindings({ path, text, line }, found, { known, policy });
  }
}

interface Piece {
  readonly path: string;
  readonly text: string;
  /** Lines of the file before it. */
  readonly line: number;
}

function* toWindows(text: string): Generator<Omit<Piece, "path">> {
  let line = 0;
  for (let start = 0; ; ) {
    const end = start + WINDOW_CHARS;
    yield { text: text.slice(start, end), line };
    if (end >= text.length) return;
    // Where a line is longer than that, it is cut.
    const next = Math.max(
      text.lastIndexOf("\n", end - OVERLAP_CHARS) + 1,
      start + WINDOW_CHARS - 2 * OVERLAP_CHARS,
    );
    line += countLines(text, start, next);
    start = next;
  }
}

function countLines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at !== -1 && at < to; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

function toFindings(
  { path, text, line }: Piece,
  found: readonly FoundSecret[],
  { known, policy }: { readonly known: ReadonlySet<string>; readonly policy: SecretPolicy },
): readonly SecretFinding[] {
  const starts = listLineStarts(text);
  const findings = found.flatMap(({ start, end, what, isSure }): SecretFinding[] => {
    const first = findLine(starts, start);
    const lines = splitLines(text.slice(starts[first], lineEndAfter(text, end)));
    const isNew = lines.some((each) => !known.has(each));
    const isAllowed = policy.comment !== null && lines.some((each) => each.includes(policy.comment ?? ""));
    return isNew && !isAllowed ? [{ path, line: line + first + 1, what, isSure }] : [];
  });
  return uniqueByLine(findings).slice(0, FINDINGS_MAX);
}

const splitLines = (text: string): string[] => text.split(/\r?\n/);

function listLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Index of the line that holds the character. */
function findLine(starts: readonly number[], at: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function lineEndAfter(text: string, at: number): number {
  const end = text.indexOf("\n", Math.max(0, at - 1));
  return end === -1 ? text.length : end;
}

/** One for each line and kind. */
export function uniqueByLine(findings: readonly SecretFinding[]): SecretFinding[] {
  return [...new Map(findings.map((each) => [`${each.path} ${each.line} ${each.what}`, each])).values()];
}

/** `src/a.ts:3 AWS access key`. */
export const describeFinding = ({ path, line, what }: SecretFinding): string => `${path}:${line} ${what}`;

const listSure = ({ findings }: SecretScan): readonly SecretFinding[] =>
  findings.filter(({ isSure }) => isSure);

/** Why a change with secrets does not count, in one sentence with the places; null: it has none for sure. */
export function refuseSecrets(scan: SecretScan): string | null {
  const sure = listSure(scan);
  if (sure.length === 0) return null;
  const shown = sure.slice(0, 3).map(describeFinding).join("; ");
  const more = sure.length > 3 ? `; and ${sure.length - 3} more` : "";
  return `it adds ${countOf(sure.length, "secret")}: ${shown}${more}`;
}

const ADVICE =
  "Take it out of the file and read it from the environment. A key that was real has been written to disk: make a new one. " +
  "Fixtures of tests are let through by gates.secrets.allow in your own config.";

/** Lines for whoever has to mend it: each place, and what to do. */
export const explainSecrets = (scan: SecretScan): readonly string[] => [
  `${NAME} (osqr's own scan of what was added)`,
  ...listSure(scan)
    .slice(0, SHOWN_MAX)
    .map((each) => `  ${describeFinding(each)}`),
  ADVICE,
];

/** The scan as a gate. */
export function toSecretReport(
  scan: SecretScan,
  { command, ms }: { command: string; ms: number },
): GateReport {
  const sure = listSure(scan);
  const maybe = scan.findings.filter(({ isSure }) => !isSure);
  const status = sure.length > 0 ? "failed" : scan.skipped.length > 0 ? "not_verified" : "passed";
  return {
    name: NAME,
    command,
    status,
    newFailures: sure.map(describeFinding),
    oldFailures: [],
    counts: null,
    countsOnBase: null,
    durationMs: Math.round(ms),
    recommendation: advise(sure, maybe, scan.skipped),
    tail: [],
  };
}

function advise(
  sure: readonly SecretFinding[],
  maybe: readonly SecretFinding[],
  skipped: readonly string[],
): string | null {
  if (sure.length > 0) return ADVICE;
  const parts = [
    ...(skipped.length === 0
      ? []
      : [`${countOf(skipped.length, "file")} too large to look through: ${skipped.slice(0, 3).join(", ")}.`]),
    ...(maybe.length === 0
      ? []
      : [
          `Looks like a secret: ${maybe.slice(0, 3).map(describeFinding).join("; ")}. See whether it is one.`,
        ]),
  ];
  return parts.length === 0 ? null : parts.join(" ");
}

/** Something to be said where the scan is the only check. */
export const isWorthSaying = ({ findings, skipped }: SecretScan): boolean =>
  findings.length > 0 || skipped.length > 0;
