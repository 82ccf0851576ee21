import { type Findings, type Lines, toCounts } from "./findings.ts";

/** mocha, reporters `spec` and `dot`: `N passing`, `N failing`, and the numbered list after them. */
export function readMocha(lines: Lines): Findings | null {
  const failures: string[] = [];
  let passed = 0;
  let failed = 0;
  let seen = false;
  for (const [index, line] of lines.entries()) {
    const [, count, what] = /^ {2}(\d+) (passing|failing)(?: \(\d\w+\))?$/.exec(line) ?? [];
    if (what === "passing") {
      seen = true;
      passed += Number(count);
    }
    if (what === "failing") {
      failed += Number(count);
      failures.push(...readList(lines.slice(index + 1), Number(count)));
    }
  }
  return seen ? { failures, counts: toCounts(passed, failed) } : null;
}

/** `  1) suite` and deeper lines up to the one that ends in a colon are one title. */
function readList(lines: Lines, count: number): readonly string[] {
  const titles: string[] = [];
  for (let index = 0; index < lines.length && titles.length < count; index += 1) {
    const first = /^ {2}\d+\) (.+)$/.exec(lines[index] ?? "")?.[1];
    if (first === undefined) continue;
    const parts = [first];
    while (!(parts.at(-1) ?? "").endsWith(":") && parts.length < 20) {
      const next = /^ {5,}(\S.*)$/.exec(lines[index + 1] ?? "")?.[1];
      if (next === undefined) break;
      parts.push(next);
      index += 1;
    }
    titles.push(parts.join(" › ").replace(/:$/, ""));
  }
  return titles;
}
