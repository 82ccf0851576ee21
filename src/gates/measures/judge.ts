/** What was measured on the combined tree as the difference to the base. */
import type { GateRun, GateVerdict, Lines, Measure, Measured } from "../types.ts";

export type Ruling = Pick<
  GateVerdict,
  "status" | "newFailures" | "oldFailures" | "recommendation" | "detail"
>;

interface Sides<Kind extends Measured["kind"]> {
  readonly run: GateRun;
  readonly now: Extract<Measured, { kind: Kind }>;
  /** Null: there is no run on the base. */
  readonly base: Extract<Measured, { kind: Kind }> | null;
  readonly baseName: string;
}

/** Null: nothing was measured, or the run was cancelled: it is judged by the way it ended. */
export function judgeMeasured(
  run: GateRun,
  base: GateRun | null,
  { baseName, measure }: { readonly baseName: string; readonly measure: Measure | undefined },
): Ruling | null {
  const { measured: now } = run;
  const before = base?.measured ?? null;
  if (now === undefined || measure === undefined || run.stoppedBy === "cancel") return null;
  if (now.kind === "coverage" && measure.kind === "coverage") {
    const sides = { run, now, base: before?.kind === "coverage" ? before : null, baseName };
    return judgeCoverage(sides, measure.target);
  }
  if (now.kind === "security")
    return judgeSecurity({ run, now, base: before?.kind === "security" ? before : null, baseName });
  if (now.kind === "benchmark" && measure.kind === "benchmark") {
    const sides = { run, now, base: before?.kind === "benchmark" ? before : null, baseName };
    return judgeBenchmark(sides, measure);
  }
  return null;
}

const rule = (
  status: GateVerdict["status"],
  recommendation: string | null,
  more: Partial<Omit<Ruling, "status" | "recommendation">> = {},
): Ruling => ({ status, newFailures: [], oldFailures: [], ...more, recommendation });

/** Rounded down to a tenth: what is less than that is noise of lines that moved. */
const percentOf = ({ covered, total }: Lines): number => Math.floor((covered * 1_000) / total) / 10;
const say = (percent: number): string => `${percent} %`;

/** Below the target and lower than on the base fails; below the target alone is said. */
function judgeCoverage({ run, now, base, baseName }: Sides<"coverage">, target: number): Ruling {
  if (now.lines === null) return judgeNoReport({ run, now, base, baseName });
  const percent = percentOf(now.lines);
  const before = base?.lines == null ? null : percentOf(base.lines);
  const was = before === null ? "" : `was ${say(before)}, `;
  const detail = `${say(percent)} of lines, ${was}target ${say(target)}`;
  if (percent >= target) return rule("passed", null, { detail });
  const files = `See ${now.from ?? "the report"} for the lines that no test runs.`;
  if (before === null && base !== null)
    return rule("passed", `${detail}. On ${baseName} nothing was measured. ${files}`, { detail });
  if (before !== null && percent >= before)
    return rule("passed", `Below the target, as on ${baseName} before (${detail}). ${files}`, { detail });
  const fell = before === null ? `is below the target` : `fell below the target`;
  return rule("failed", `Coverage ${fell} (${detail}). Write tests for what was added. ${files}`, {
    detail,
    newFailures: [`coverage: ${detail}`],
  });
}

function judgeNoReport({ run, now, base, baseName }: Sides<"coverage">): Ruling {
  const problem = now.problem ?? "";
  if (run.status === "failed")
    return rule("not_verified", `${run.command} failed, so its coverage says nothing. ${problem}`);
  if (base?.lines == null) return rule("not_verified", problem);
  return rule(
    "failed",
    `On ${baseName} coverage was measured (${say(percentOf(base.lines))}), and now it is not: ${problem}`,
    {
      newFailures: ["coverage is not measured any more"],
    },
  );
}

function judgeSecurity({ now, base, baseName }: Sides<"security">): Ruling {
  if (now.problem !== null) return rule("not_verified", now.problem);
  const known = new Set(base?.findings);
  const [fresh, old] = [false, true].map((isOld) => now.findings.filter((each) => known.has(each) === isOld));
  const [newFailures = [], oldFailures = []] = [fresh, old];
  const detail = now.findings.length === 0 ? "no known hole" : `${now.findings.length} known`;
  if (newFailures.length === 0) {
    const advice =
      oldFailures.length === 0
        ? null
        : `Known on ${baseName} before: ${list(oldFailures)}. Update these packages there.`;
    return rule("passed", advice, { detail, oldFailures });
  }
  if (base?.problem != null)
    return rule(
      "not_verified",
      `${list(newFailures)}. Whether that is new cannot be told, on ${baseName} it was ${base.problem}`,
    );
  return rule(
    "failed",
    `New known holes: ${list(newFailures)}. Take a version without them, or another package.`,
    {
      detail,
      newFailures,
      oldFailures,
    },
  );
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join("; ");
  return names.length > 3 ? `${shown}; and ${names.length - 3} more` : shown;
}

/** The best of the runs on each side: whatever else the machine does only makes it worse. */
function judgeBenchmark(
  { run, now, base, baseName }: Sides<"benchmark">,
  { better, slower }: Extract<Measure, { kind: "benchmark" }>,
): Ruling {
  const bestOf = (values: readonly number[]): number =>
    better === "lower" ? Math.min(...values) : Math.max(...values);
  const isKnown = base !== null && base.problem === null;
  if (now.problem !== null) {
    if (!isKnown) return rule("not_verified", now.problem);
    const newFailures = ["the benchmark tells no number any more"];
    return rule("failed", `On ${baseName} it did. ${now.problem}`, { newFailures });
  }
  const value = bestOf(now.values);
  const runs = `best of ${now.values.length}`;
  if (!isKnown) {
    const why = base?.problem ?? `${run.command} did not run on ${baseName}`;
    return rule("not_verified", `${format(value)} (${runs}), and nothing to compare with: ${why}`);
  }
  const before = bestOf(base.values);
  const ratio = better === "lower" ? divide(value, before) : divide(before, value);
  const factor = Number.isFinite(ratio) ? `${format(ratio)}×` : "beyond measure";
  const detail = `${format(value)}, was ${format(before)}: ${factor}, allowed ${slower}×`;
  if (ratio <= slower) return rule("passed", null, { detail });
  return rule(
    "failed",
    `It became slower than on ${baseName} (${detail}). Find what became slow, or allow it in gates.benchmark.slower.`,
    {
      detail,
      newFailures: [`benchmark: ${detail}`],
    },
  );
}

const divide = (a: number, b: number): number => (a === b ? 1 : a / b);
const format = (value: number): string => String(Number(value.toPrecision(4)));
