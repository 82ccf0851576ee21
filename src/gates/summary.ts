/**
 * What test runners print around the failures: counts at the end, and in TAP the data of each test. Of what a person or an agent is
 * shown only the last lines fit, and these say nothing of what is wrong.
 */
const SUMMARY =
  /^(?:# |ℹ )(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$|^\s*\d+\.\.\d+$/;
const TAP_DATA =
  /^\s+(?:---|\.\.\.|duration_ms: .*|type: '\w+'|failureType: '\w+'|name: 'AssertionError'|code: 'ERR_\w+')$/;
/** Frames of Node's own code. */
const FRAME =
  /^(?:#)?\s+(?:at )?.*\((?:node:internal|node:async_hooks)[^)]*\)(?: \{)?$|^\s+(?:at )?(?:async )?node:internal\S*$/;

/** The lines without them, and in TAP without the tests that passed. What is left of nothing is all of it. */
export function dropSummary(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => SUMMARY.test(line))) return lines;
  const isTap = lines.some((line) => /^\s*not ok \d+/.test(line));
  const kept = lines.filter(
    (line) => !SUMMARY.test(line) && !FRAME.test(line) && !(isTap && isTapNoise(line)),
  );
  return kept.some((line) => line.trim() !== "") ? kept : lines;
}

const isTapNoise = (line: string): boolean =>
  TAP_DATA.test(line) || /^\s*(?:ok \d+|TAP version|# Subtest: )/.test(line);
