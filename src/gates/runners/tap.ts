import { type Findings, type Lines, toCounts } from "./findings.ts";

/** Any TAP producer that is not node:test: top-level `ok` and `not ok` lines. TODO and SKIP are neither. */
export function readTap(lines: Lines): Findings | null {
  const isTap = lines.some((line) => /^TAP version \d+$/.test(line) || /^1\.\.\d+(?: |$)/.test(line));
  if (!isTap) return null;
  const failures: string[] = [];
  let passed = 0;
  for (const line of lines) {
    const [, not, title] = /^(not )?ok\b(?: \d+)?(?: -)? ?(.*)$/.exec(line) ?? [];
    if (title === undefined || /# (TODO|SKIP)\b/i.test(title)) continue;
    if (not === undefined) passed += 1;
    else failures.push(title === "" ? "unnamed test" : title);
  }
  return { failures, counts: toCounts(passed, failures.length) };
}
