import { type Findings, type Lines, sumCounts, toCounts } from "./findings.ts";

/** cargo test, check and clippy: libtest's lines per test binary, and rustc's errors with their file. */
export function readCargo(lines: Lines): Findings | null {
  const tests = readTests(lines);
  const errors = readErrors(lines);
  if (tests.summaries.length === 0 && errors.length === 0) return null;
  return { failures: [...tests.failures, ...errors], counts: sumCounts(tests.summaries) };
}

function readTests(lines: Lines): { failures: readonly string[]; summaries: ReturnType<typeof toCounts>[] } {
  const failures: string[] = [];
  const summaries: ReturnType<typeof toCounts>[] = [];
  let target = "";
  for (const line of lines) {
    const running = /^ +Running (?:unittests )?(\S+) \(/.exec(line)?.[1];
    if (running !== undefined) target = running;
    if (/^ +Doc-tests /.test(line)) target = "";
    const name = /^test (.+?) \.\.\. FAILED$/.exec(line)?.[1]?.replace(/ \(line \d+\)/, "");
    if (name !== undefined) failures.push(target === "" ? name : `${target} › ${name}`);
    const [, passed, failed] = /^test result: \S+ (\d+) passed; (\d+) failed;/.exec(line) ?? [];
    if (passed !== undefined) summaries.push(toCounts(Number(passed), Number(failed)));
  }
  return { failures, summaries };
}

/** `error[E0308]: message` and the `--> file:line:column` below it. Cargo's own closing errors have no place. */
function readErrors(lines: Lines): readonly string[] {
  const errors: string[] = [];
  for (const [index, line] of lines.entries()) {
    const message = /^error(?:\[E\d+\])?: .+$/.exec(line)?.[0];
    const file = /^ *--> (.+?):\d+:\d+$/.exec(lines[index + 1] ?? "")?.[1];
    if (message !== undefined && file !== undefined) errors.push(`${file}: ${message}`);
  }
  // The library is compiled once more for its tests, with the same errors.
  return [...new Set(errors)];
}
