import { type Findings, type Lines, numberBefore, sumCounts, toCounts } from "./findings.ts";

/** jest: `● suite › test` under `FAIL file`, and the `Tests:` line. */
export function readJest(lines: Lines): Findings | null {
  if (!lines.some((line) => /^Test Suites: +\d/.test(line))) return null;
  const failures: string[] = [];
  let file = "";
  for (const line of lines) {
    // From here on jest repeats every failure.
    if (line.startsWith("Summary of all failing tests")) break;
    if (/^ ?(?:FAIL|PASS) /.test(line)) file = readFile(line);
    const title = /^ {2}● (.+)$/.exec(line)?.[1];
    if (title !== undefined && !/^Console$/.test(title))
      failures.push(file === "" ? title : `${file} › ${title}`);
  }
  const summaries = lines.flatMap((line) => /^Tests: +(.*)$/.exec(line)?.[1] ?? []);
  return {
    failures,
    counts: sumCounts(
      summaries.map((text) => toCounts(numberBefore(text, "passed"), numberBefore(text, "failed"))),
    ),
  };
}

/** The last word, before the time that slow files have. A project's name may stand in front of it. */
function readFile(line: string): string {
  const word =
    line
      .replace(/ \([\d.]+ m?s\)$/, "")
      .split(" ")
      .at(-1) ?? "";
  return word.replace(/^\.\//, "");
}
