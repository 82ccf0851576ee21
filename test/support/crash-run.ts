import { join } from "node:path";
import { Random } from "../simulation/random.ts";
import { CrashChild } from "./crash-child.ts";
import type { CrashPoint } from "./crash-hooks.ts";
import { type CrashRepo, makeCrashRepo } from "./crash-repo.ts";
import { CrashWitness } from "./crash-witness.ts";

/** When a daemon is killed: after so many events of its life, so long after its start, or at a call of one of its ports. */
type Strike =
  | { readonly kind: "event"; readonly count: number }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "call"; readonly nth: number; readonly when: CrashPoint["when"] };

export interface CrashRunOptions {
  readonly seed: number;
  readonly killsMax: number;
  /** @default the strongest that works */
  readonly level?: "process";
}

/** What came of one run that was killed again and again. */
export interface CrashReport {
  readonly kills: number;
  readonly starts: number;
  readonly events: number;
  /** Empty: every rule held. */
  readonly problems: readonly string[];
}

/** Starts of a run at most: one that never ends is a problem of its own. */
const STARTS_MAX = 60;

/** Moments all over a life: while it opens the home, recovers, works, lands, and just after an event was written. */
function drawStrike(random: Random): Strike {
  const kind = random.pick(["event", "delay", "call"] as const);
  if (kind === "event") return { kind, count: random.between(1, 14) };
  if (kind === "delay") return { kind, ms: random.between(50, 1_800) };
  return { kind, nth: random.between(1, 90), when: random.pick(["before", "after"]) };
}

/** Kills the daemon of one run up to `killsMax` times at seeded moments, then lets it finish, and checks every rule. */
export async function crashRun({ seed, killsMax, level }: CrashRunOptions): Promise<CrashReport> {
  const random = new Random(seed);
  const repo = makeCrashRepo(level === undefined ? {} : { config: `sandbox:\n  level: ${level}\n` });
  const witness = new CrashWitness(repo);
  const problems: string[] = [];
  let kills = 0;
  let starts = 0;
  try {
    for (; starts < STARTS_MAX && problems.length === 0; ) {
      starts += 1;
      const strike = kills < killsMax ? drawStrike(random) : null;
      const child = start(repo, strike, starts);
      if (strike !== null) await hit(child, strike);
      const { code, signal } = await child.ended;
      witness.hear(child.events);
      const said = explain(child, code, signal);
      problems.push(...said, ...witness.checkLog());
      if (problems.length > 0) problems.push(...tell(child, strike));
      if (signal !== "SIGKILL") break;
      kills += 1;
    }
    if (problems.length === 0) problems.push(...(await witness.checkEnd()));
    return { kills, starts, events: witness.state.seq, problems };
  } finally {
    if (problems.length === 0) repo.remove();
    else problems.push(`seed ${seed}, start ${starts}, kept in ${repo.folder}`);
  }
}

function start(repo: CrashRepo, strike: Strike | null, count: number): CrashChild {
  if (strike?.kind !== "call") return new CrashChild(repo);
  const { nth, when } = strike;
  return new CrashChild(repo, {
    crash: { call: "*", nth, when, marker: join(repo.folder, `struck-${count}`) },
  });
}

async function hit(child: CrashChild, strike: Strike): Promise<void> {
  if (strike.kind === "call") return;
  if (strike.kind === "event") {
    const isThere = ({ events }: CrashChild): boolean => events.length >= strike.count;
    await child.until("enough events", isThere).catch(() => undefined);
  } else {
    await waitAtMost(strike.ms, child.ended);
  }
  child.kill("SIGKILL");
}

function waitAtMost(ms: number, ended: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void ended.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function explain(child: CrashChild, code: number | null, signal: NodeJS.Signals | null): string[] {
  if (signal === "SIGKILL" && !child.complaints.some((line) => line.startsWith("ended by the test")))
    return [];
  if (code === 0 && child.lines.includes("rest completed")) return [];
  return [`the daemon ended with ${signal ?? code}: ${child.lines.at(-1) ?? "it said nothing"}`];
}

function tell(child: CrashChild, strike: Strike | null): string[] {
  return [`strike: ${JSON.stringify(strike)}`, child.describe()];
}

/** Kills in one run at most; later moments of a run are reached all the same, as each start does some of it. */
const KILLS_PER_RUN = 12;
/** Runs side by side: they wait more than they work. */
const LANES = 2;

export interface CrashManyOptions {
  /** Seed of the first run; the next ones count up. */
  readonly seed: number;
  readonly kills: number;
  /** What is killed: `crashRun` or `crashCliRun`. */
  readonly play: (options: CrashRunOptions) => Promise<CrashReport>;
  readonly level?: "process";
  readonly onRun?: (seed: number, report: CrashReport) => void;
}

/** Run after run, each killed again and again, until the daemons were killed that often. Stops at the first problem. */
export async function crashMany(options: CrashManyOptions): Promise<CrashReport> {
  const { seed, kills, play, level, onRun } = options;
  const reports: CrashReport[] = [];
  let next = seed;
  const sum = (key: "kills" | "starts" | "events"): number =>
    reports.reduce((total, report) => total + report[key], 0);
  const lane = async (): Promise<void> => {
    while (sum("kills") < kills && reports.every(({ problems }) => problems.length === 0)) {
      const mine = next++;
      const killsMax = Math.min(KILLS_PER_RUN, kills - sum("kills"));
      const report = await play({ seed: mine, killsMax, ...(level === undefined ? {} : { level }) });
      reports.push(report);
      onRun?.(mine, report);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const problems = reports.flatMap((report) => report.problems);
  return { kills: sum("kills"), starts: sum("starts"), events: sum("events"), problems };
}
