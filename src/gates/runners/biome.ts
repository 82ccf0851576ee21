import type { Findings, Lines } from "./findings.ts";

/** biome: a ruled heading with file and rule, then `× message`. Warnings (`!`) and notes (`i`) do not fail a run. */
export function readBiome(lines: Lines): Findings | null {
  if (!lines.some((line) => /^(?:Checked|Formatted|Linted) \d+ files? in /.test(line))) return null;
  const failures: string[] = [];
  let heading = "";
  for (const line of lines) {
    const [, file, rule] = /^(\S.*?)(?::\d+:\d+)? ([a-z][\w/]+)(?: {2}[A-Z]+)* +━{3,}$/.exec(line) ?? [];
    if (file !== undefined) heading = `${file}: ${rule}`;
    // The closing section has no file: `check ━━━`.
    else if (/^\w+ ━{3,}$/.test(line)) heading = "";
    const message = /^ {2}× (.+)$/.exec(line)?.[1];
    if (message === undefined || heading === "") continue;
    failures.push(`${heading} ${message}`);
    heading = "";
  }
  // Named, so that one more hidden finding than on the base shows as a difference.
  const hidden = lines.flatMap((line) => /^Diagnostics not shown: (\d+)\.$/.exec(line)?.[1] ?? []);
  return {
    failures: [...failures, ...hidden.map((count) => `findings that biome did not show: ${count}`)],
    counts: null,
  };
}
