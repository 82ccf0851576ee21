import type { Findings, Lines } from "./findings.ts";

/** ruff check and format: `CODE message` with ` --> file:line` below it, or the concise form on one line. */
export function readRuff(lines: Lines): Findings | null {
  if (
    !lines.some((line) => /^Found \d+ errors?\.$/.test(line) || /^\d+ files? would be reformatted/.test(line))
  )
    return null;
  const failures: string[] = [];
  for (const [index, line] of lines.entries()) {
    const concise = /^(\S.*?):\d+:\d+: ([A-Z]+\d+|invalid-syntax:?) (.+)$/.exec(line);
    if (concise !== null) failures.push(`${concise[1]}: ${concise[2]} ${withoutFix(concise[3])}`);
    const [, code, message] = /^([A-Z]+\d+|invalid-syntax:|unformatted:) (.+)$/.exec(line) ?? [];
    const file = /^ *--> (.+?):\d+:\d+$/.exec(lines[index + 1] ?? "")?.[1];
    if (code !== undefined && file !== undefined) failures.push(`${file}: ${code} ${withoutFix(message)}`);
    const reformat = /^Would reformat: (.+)$/.exec(line)?.[1];
    if (reformat !== undefined) failures.push(`${reformat}: unformatted`);
  }
  return failures.length === 0 ? null : { failures, counts: null };
}

/** `[*]` marks what ruff could fix, which depends on its version. */
function withoutFix(message: string | undefined): string {
  return (message ?? "").replace(/^\[\*\] /, "");
}
