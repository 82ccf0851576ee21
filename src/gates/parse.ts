/**
 * Reads names of failures and counts out of a gate's output. Output is text that the project's tools and tests wrote:
 * it is only ever compared and shown, and a reading that finds nothing is a valid one.
 */
import { cleanLine } from "../sandbox/output/clean.ts";
import { readBiome } from "./runners/biome.ts";
import { readCargo } from "./runners/cargo.ts";
import { readEslint } from "./runners/eslint.ts";
import { type Findings, type Lines, type RunnerReader, sumCounts } from "./runners/findings.ts";
import { readGeneric } from "./runners/generic.ts";
import { readGoTest } from "./runners/go-test.ts";
import { readJest } from "./runners/jest.ts";
import { readMocha } from "./runners/mocha.ts";
import { readNodeTest } from "./runners/node-test.ts";
import { readPytest } from "./runners/pytest.ts";
import { readRuff } from "./runners/ruff.ts";
import { readTap } from "./runners/tap.ts";
import { readTsc } from "./runners/tsc.ts";
import { readVitest } from "./runners/vitest.ts";

/** Bounds of what is read and kept. */
export const outputCharsMax = 8 * 1024 * 1024;
export const failuresMax = 200;
const nameCharsMax = 300;

const runners: readonly RunnerReader[] = [
  readNodeTest,
  readVitest,
  readJest,
  readMocha,
  readPytest,
  readCargo,
  readGoTest,
  readTsc,
  readEslint,
  readBiome,
  readRuff,
];

/** For output of no known runner; the first that recognises it is taken. */
const fallbacks: readonly RunnerReader[] = [readTap, readGeneric];

/**
 * Failures are sorted and at most `failuresMax`; a name that occurs again carries its number. `roots` are the absolute
 * paths of the tree as the tools may print them: they are cut off, so that trees at other places compare equal. A script
 * that runs several runners gets the failures and counts of all of them.
 */
export function parseOutput(output: string, roots: readonly string[]): Findings {
  const lines = toLines(output, roots);
  const known = runners.map((read) => read(lines)).filter((findings) => findings !== null);
  const found = known.length > 0 ? known : readFirst(lines);
  return {
    failures: numberRepeats(found.flatMap((findings) => findings.failures))
      .sort()
      .slice(0, failuresMax),
    counts: sumCounts(found.map((findings) => findings.counts)),
  };
}

function readFirst(lines: Lines): readonly Findings[] {
  for (const read of fallbacks) {
    const findings = read(lines);
    if (findings !== null) return [findings];
  }
  return [];
}

/** Clean lines, without roots. Beyond the bound the middle is dropped. */
export function toLines(output: string, roots: readonly string[]): Lines {
  const half = outputCharsMax / 2;
  const bounded =
    output.length <= outputCharsMax
      ? output
      : `${output.slice(0, half)}\n${output.slice(output.length - half)}`;
  // Longer ones first: one root may be the start of another.
  const prefixes = roots
    .filter((root) => root.length > 1)
    .sort((a, b) => b.length - a.length)
    .flatMap((root) => [`file://${root}/`, `${root}/`]);
  return bounded.split("\n").map((line) => {
    const clean = cleanLine(line);
    return prefixes.reduce((text, prefix) => text.replaceAll(prefix, ""), clean);
  });
}

function numberRepeats(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((full) => {
    const name = full.length > nameCharsMax ? `${full.slice(0, nameCharsMax - 1)}…` : full;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
