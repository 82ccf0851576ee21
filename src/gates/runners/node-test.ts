import { type Findings, type Lines, toCounts } from "./findings.ts";

/**
 * node:test, reporters `spec` and `tap`. Both end with the same summary. The names come with their file: from the list
 * of failing tests (spec), or from the location under each `not ok` (tap). A failed suite only repeats its tests.
 */
export function readNodeTest(lines: Lines): Findings | null {
  let passed = 0;
  let failed = 0;
  let summaries = 0;
  for (const line of lines) {
    const [, label, count] = /^(?:ℹ|#) (tests|pass|fail|cancelled) (\d+)$/.exec(line) ?? [];
    if (label === "tests") summaries += 1;
    if (label === "pass") passed += Number(count);
    if (label === "fail" || label === "cancelled") failed += Number(count);
  }
  // tape prints tests, pass and fail too, but no suites.
  if (summaries === 0 || !lines.some((line) => /^(?:ℹ|#) suites \d+$/.test(line))) return null;
  return { failures: [...readSpec(lines), ...readTap(lines)], counts: toCounts(passed, failed) };
}

function readSpec(lines: Lines): readonly string[] {
  const failures: string[] = [];
  for (const [index, line] of lines.entries()) {
    const file = /^test at (.+?):\d+:\d+$/.exec(line)?.[1];
    const title = /^\s*✖ (.+?)(?: \([\d.]+ms\))?$/.exec(lines[index + 1] ?? "")?.[1];
    if (file !== undefined && title !== undefined) failures.push(join(file, title));
  }
  return failures;
}

function readTap(lines: Lines): readonly string[] {
  const failures: string[] = [];
  for (const [index, line] of lines.entries()) {
    const [, indent, rest] = /^(\s*)not ok \d+ - (.+)$/.exec(line) ?? [];
    if (indent === undefined || rest === undefined || / # (TODO|SKIP)\b/.test(rest)) continue;
    const details = readDetails(lines, index + 1, indent);
    if (details.failureType === "subtestsFailed") continue;
    const title = rest.replaceAll(/\\([#\\])/g, "$1");
    failures.push(join(details.file ?? "", title));
  }
  return failures;
}

/** The few keys that matter of the YAML block under a TAP line. */
function readDetails(lines: Lines, start: number, indent: string): { file?: string; failureType?: string } {
  const details: { file?: string; failureType?: string } = {};
  if (lines[start] !== `${indent}  ---`) return details;
  for (const line of lines.slice(start + 1, start + 12)) {
    if (line === `${indent}  ...`) break;
    const [, key, value] = /^\s+(location|failureType): '(.*)'$/.exec(line) ?? [];
    if (key === "location" && value !== undefined) details.file = value.replace(/:\d+:\d+$/, "");
    if (key === "failureType" && value !== undefined) details.failureType = value;
  }
  return details;
}

/** A file that fails as a whole has its own path as the title. */
function join(file: string, title: string): string {
  if (file === "" || title === file || title.endsWith(`/${file}`)) return title;
  return `${file} › ${title}`;
}
