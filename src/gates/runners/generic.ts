import { type Findings, type Lines, sumCounts, toCounts } from "./findings.ts";

/** What many tools print when no known runner is recognised: `file:line: message`, a script's syntax error, counts. */
export function readGeneric(lines: Lines): Findings | null {
  const failures = [...readPlaces(lines), ...readSyntaxErrors(lines)];
  const counts = sumCounts(lines.map(readSummary));
  return failures.length === 0 && counts === null ? null : { failures, counts };
}

/** `src/a.c:3:5: error: message`, as compilers, mypy, go vet, shellcheck and many linters print. Notes are no findings. */
function readPlaces(lines: Lines): readonly string[] {
  return lines.flatMap((line) => {
    const [, file, message] = /^([\w@.+/-]+\.\w+):\d+(?::\d+)?(?::| -) +(\S.*)$/.exec(line) ?? [];
    if (file === undefined || message === undefined || /^(?:note|info|warning|hint)\b/i.test(message))
      return [];
    return [`${file.replace(/^\.\//, "")}: ${message}`];
  });
}

/** node's form: `file:line`, the source with a mark, then `SyntaxError: message`. */
function readSyntaxErrors(lines: Lines): readonly string[] {
  return lines.flatMap((line, index) => {
    const file = /^(?:file:\/\/)?([\w@.+/-]+\.\w+):\d+$/.exec(line)?.[1];
    if (file === undefined) return [];
    const error = lines.slice(index + 1, index + 8).find((next) => /^\w*Error\b.*: /.test(next));
    return error === undefined ? [] : [`${file}: ${error}`];
  });
}

/** `12 passed, 1 failed` in either order, with `tests` or other words between. */
function readSummary(line: string): ReturnType<typeof toCounts> | null {
  if (line.length > 200) return null;
  const passed =
    /(\d+)(?: \w+)? (?:passed|passing|ok)\b/i.exec(line)?.[1] ?? /\bpass(?:ed|ing)?: ?(\d+)/i.exec(line)?.[1];
  const failed =
    /(\d+)(?: \w+)? (?:failed|failing|failures?)\b/i.exec(line)?.[1] ??
    /\bfail(?:ed|ures?|ing)?: ?(\d+)/i.exec(line)?.[1];
  if (passed === undefined || failed === undefined) return null;
  return toCounts(Number(passed), Number(failed));
}
