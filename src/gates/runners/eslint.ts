import type { Findings, Lines } from "./findings.ts";

/** eslint's stylish output: a line with the file, then indented findings. Warnings do not fail a run. */
export function readEslint(lines: Lines): Findings | null {
  if (!lines.some((line) => /^✖ \d+ problems? \(\d+ errors?, \d+ warnings?\)$/.test(line))) return null;
  const failures: string[] = [];
  let file = "";
  for (const line of lines) {
    const [, level, finding] = /^ +\d+:\d+ +(error|warning) +(\S.*)$/.exec(line) ?? [];
    if (level === "error" && finding !== undefined)
      failures.push(`${file}: ${finding.replaceAll(/ {2,}/g, " · ")}`);
    if (/^\S.*\.\w+$/.test(line)) file = line;
  }
  const tooMany = lines.flatMap(
    (line) => /^ESLint found too many warnings \(maximum: \d+\)\.$/.exec(line)?.[0] ?? [],
  );
  return { failures: [...failures, ...tooMany], counts: null };
}
