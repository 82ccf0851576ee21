import { type Findings, type Lines, toCounts } from "./findings.ts";

/**
 * go test: `--- FAIL:` lines belong to the package whose `FAIL` line follows. Only `-v` prints the tests that pass, so
 * without it there are no counts. A test with failed subtests is left out: they say more.
 */
export function readGoTest(lines: Lines): Findings | null {
  if (!lines.some((line) => /^(?:ok {2}\t|FAIL\t|--- FAIL: )/.test(line))) return null;
  const failures: string[] = [];
  let pending: string[] = [];
  let passed = 0;
  let failed = 0;
  for (const line of lines) {
    const [, result, test] = /^ *--- (FAIL|PASS): (\S+) \([\d.]+s\)$/.exec(line) ?? [];
    if (result === "PASS") passed += 1;
    if (result === "FAIL" && test !== undefined) pending.push(test);
    const compile = /^(\S+\.go):\d+:\d+: (.+)$/.exec(line);
    if (compile !== null) failures.push(`${compile[1]?.replace(/^\.\//, "")}: ${compile[2]}`);
    const [, name, note] = /^(?:FAIL|ok {2})\t(\S+)(?: (\[.+\]))?/.exec(line) ?? [];
    if (name === undefined) continue;
    failed += pending.length;
    failures.push(...leaves(pending).map((item) => `${name}: ${item}`));
    if (line.startsWith("FAIL") && pending.length === 0)
      failures.push(note === undefined ? name : `${name} ${note}`);
    pending = [];
  }
  failures.push(...leaves(pending));
  const isVerbose = lines.some((line) => line.startsWith("=== RUN "));
  return { failures, counts: isVerbose ? toCounts(passed, failed + pending.length) : null };
}

function leaves(tests: readonly string[]): readonly string[] {
  return tests.filter((test) => !tests.some((other) => other.startsWith(`${test}/`)));
}
