import { type Findings, type Lines, numberBefore, sumCounts, toCounts } from "./findings.ts";

/** vitest, default reporters: ` FAIL  file > suite > test` in the list of failures, and the ` Tests ` line. */
export function readVitest(lines: Lines): Findings | null {
  const isVitest = lines.some((line) => /^ Test Files {2}\S/.test(line));
  if (!isVitest) return null;
  const summaries = lines.flatMap((line) => /^ {2,}Tests {2}(.*)$/.exec(line)?.[1] ?? []);
  const failures = lines.flatMap((line) => {
    const name = /^\s?FAIL {2}(.+)$/.exec(line)?.[1];
    // A file that fails as a whole stands there twice: `a.test.ts [ a.test.ts ]`.
    return name === undefined ? [] : [name.replace(/^(.+) \[ \1 \]$/, "$1")];
  });
  const errors = lines.filter((line) => /^⎯+ Unhandled (Errors|Rejection|Error) ⎯+$/.test(line));
  return {
    failures: [...failures, ...errors.map(() => "unhandled error outside the tests")],
    counts: sumCounts(
      summaries.map((text) => toCounts(numberBefore(text, "passed"), numberBefore(text, "failed"))),
    ),
  };
}
