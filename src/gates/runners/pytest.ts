import { type Findings, type Lines, numberBefore, sumCounts, toCounts } from "./findings.ts";

/** The last line, with `=` around it or, with `-q`, without. */
const summaryPattern = /^(?:=+ )?((?:\d+ [a-z]+, )*\d+ [a-z]+) in [\d.]+s\b/;
const outcome = /\b(?:passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)\b/;

/** pytest: `FAILED file::test - message` and `ERROR file` of the short summary. */
export function readPytest(lines: Lines): Findings | null {
  const summaries = lines.flatMap((line) => {
    const text = summaryPattern.exec(line)?.[1];
    return text !== undefined && outcome.test(text) ? [text] : [];
  });
  if (summaries.length === 0) return null;
  const named = lines.flatMap((line) => /^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$/.exec(line)?.[1] ?? []);
  return {
    failures: named.length > 0 ? named : readHeadings(lines),
    counts: sumCounts(
      summaries.map((text) =>
        toCounts(numberBefore(text, "passed"), numberBefore(text, "failed") + numberBefore(text, "errors?")),
      ),
    ),
  };
}

/** `____ test_name ____` over each traceback, for projects that switch the short summary off. */
function readHeadings(lines: Lines): readonly string[] {
  return lines.flatMap((line) => /^_{3,} (.+?) _{3,}$/.exec(line)?.[1] ?? []);
}
