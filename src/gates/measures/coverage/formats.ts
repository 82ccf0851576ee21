/** Reports of coverage, each format as its tools write it. All give lines; those of go give statements. */
import type { Lines } from "../../types.ts";
import { asList, asNumber, asRecord, isRecord, parseJson } from "../json.ts";

/** Reads one format; null: it is another one. */
type FormatReader = (text: string) => Lines | null;

/** lcov: c8, vitest, jest, nyc, cargo llvm-cov --lcov, gcov. */
const readLcov: FormatReader = (text) => {
  if (!/^(?:TN:.*\n)?\s*SF:/m.test(text.slice(0, 64 * 1024))) return null;
  let covered = 0;
  let total = 0;
  let hit = 0;
  let seen = 0;
  let hasSum = false;
  for (const line of text.split("\n")) {
    const [, key, first, second] = /^(LF|LH|DA|end_of_record)(?::(\d+)(?:,(\d+))?)?/.exec(line) ?? [];
    if (key === "LF") {
      total += Number(first);
      hasSum = true;
    }
    if (key === "LH") covered += Number(first);
    if (key === "DA") {
      seen += 1;
      if (Number(second) > 0) hit += 1;
    }
    if (key !== "end_of_record") continue;
    // A record without its sums is summed up here.
    if (!hasSum) {
      total += seen;
      covered += hit;
    }
    [hit, seen, hasSum] = [0, 0, false];
  }
  return { covered, total };
};

/** cobertura: pytest-cov and coverage.py, cargo tarpaulin, istanbul, gocover-cobertura. */
const readCobertura: FormatReader = (text) => {
  const tag = /<coverage\b[^>]{0,2000}>/.exec(text.slice(0, 64 * 1024))?.[0];
  if (tag === undefined) return null;
  const read = (name: string): number | null => {
    const found = new RegExp(`\\s${name}="([\\d.]{1,20})"`).exec(tag)?.[1];
    return found === undefined ? null : asNumber(Number(found));
  };
  const [covered, total, rate] = [read("lines-covered"), read("lines-valid"), read("line-rate")];
  if (covered !== null && total !== null) return { covered, total };
  return rate === null ? null : { covered: Math.round(rate * 10_000), total: 10_000 };
};

/** `go test -coverprofile`: a block that several packages ran is told by each of them. */
const readGoProfile: FormatReader = (text) => {
  if (!/^mode: (?:set|count|atomic)\r?\n/.test(text)) return null;
  const blocks = new Map<string, { readonly statements: number; readonly isHit: boolean }>();
  for (const line of text.split("\n")) {
    const [, place, statements, count] = /^(\S+:\d+\.\d+,\d+\.\d+) (\d+) (\d+)/.exec(line) ?? [];
    if (place === undefined) continue;
    const isHit = Number(count) > 0 || blocks.get(place)?.isHit === true;
    blocks.set(place, { statements: Number(statements), isHit });
  }
  let covered = 0;
  let total = 0;
  for (const { statements, isHit } of blocks.values()) {
    total += statements;
    if (isHit) covered += statements;
  }
  return { covered, total };
};

/** JSON of istanbul (summary and whole), coverage.py and llvm-cov. */
const readJson: FormatReader = (text) => {
  if (!/^\uFEFF?\s*\{/.test(text)) return null;
  const report = parseJson(text);
  if (!isRecord(report)) return null;
  const [llvm] = asList(report.data);
  return (
    toLines(asRecord(asRecord(report.total).lines), "covered", "total") ??
    toLines(asRecord(report.totals), "covered_lines", "num_statements") ??
    toLines(asRecord(asRecord(asRecord(llvm).totals).lines), "covered", "count") ??
    sumIstanbul(report)
  );
};

function toLines(from: Readonly<Record<string, unknown>>, covered: string, total: string): Lines | null {
  const [hit, all] = [asNumber(from[covered]), asNumber(from[total])];
  return hit === null || all === null ? null : { covered: hit, total: all };
}

/** `coverage-final.json`: a line counts by the statements that begin on it. */
function sumIstanbul(report: Readonly<Record<string, unknown>>): Lines | null {
  let covered = 0;
  let total = 0;
  let isOne = false;
  for (const file of Object.values(report)) {
    const { statementMap, s } = asRecord(file);
    if (!isRecord(statementMap) || !isRecord(s)) continue;
    isOne = true;
    const lines = new Map<number, boolean>();
    for (const [key, place] of Object.entries(statementMap)) {
      const line = asNumber(asRecord(asRecord(place).start).line);
      if (line !== null) lines.set(line, lines.get(line) === true || (asNumber(s[key]) ?? 0) > 0);
    }
    total += lines.size;
    for (const isHit of lines.values()) if (isHit) covered += 1;
  }
  return isOne ? { covered, total } : null;
}

const formats: readonly FormatReader[] = [readGoProfile, readJson, readCobertura, readLcov];

/** Null: none of the formats, or numbers that cannot be. */
export function parseCoverage(text: string): Lines | null {
  for (const read of formats) {
    const lines = read(text);
    if (lines === null) continue;
    const { covered, total } = lines;
    const isPossible = Number.isSafeInteger(covered) && Number.isSafeInteger(total) && covered >= 0;
    return isPossible && total >= covered ? lines : null;
  }
  return null;
}

/** Where the usual tools write them, the most telling first. */
export const coveragePaths: readonly string[] = [
  "coverage/coverage-summary.json",
  "coverage/lcov.info",
  "lcov.info",
  "coverage.lcov",
  "coverage/coverage-final.json",
  "coverage.xml",
  "coverage/cobertura-coverage.xml",
  "coverage/coverage.xml",
  "cobertura.xml",
  "coverage.json",
  "coverage.out",
  "cover.out",
  "coverage.txt",
  "c.out",
  "target/llvm-cov/lcov.info",
  "target/tarpaulin/cobertura.xml",
];
