import type { Findings, Lines } from "./findings.ts";

/** tsc, plain and `--pretty`: `file: TS2322 message`, and errors of the configuration without a file. */
export function readTsc(lines: Lines): Findings | null {
  const failures = lines.flatMap((line) => {
    const match = /^(?:(.+?)(?:\(\d+,\d+\): |:\d+:\d+ - ))?error TS(\d+): (.+)$/.exec(line);
    if (match === null) return [];
    const finding = `TS${match[2]} ${match[3]}`;
    return [match[1] === undefined ? finding : `${match[1]}: ${finding}`];
  });
  return failures.length === 0 ? null : { failures, counts: null };
}
