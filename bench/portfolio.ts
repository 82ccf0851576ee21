/** Status, metrics and export of a portfolio as a person waits for them: whole processes against a running daemon. Needs a build. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EVENT_VERSION, type Event } from "../src/core/model/event.ts";

import { openRepository } from "../src/git/open.ts";
import { openHome } from "../src/store/home.ts";
import { lockHome } from "../src/store/home-lock.ts";
import { openEventLog } from "../src/store/open.ts";
import { makePortfolio } from "./support/flow-state.ts";
import { PROJECT } from "./support/shapes.ts";

const BIN = join(import.meta.dirname, "..", "bin", "osqr");
const BATCH = 5_000;
const CALM_MS = 1_000;

export interface PortfolioFigure {
  readonly statusMs: number;
  readonly metricsMs: number;
  /** The slowest format. */
  readonly exportMs: number;
}

/** Writes the history of a portfolio into a new home, as if it had all been done in this repository. */
function writeLog(home: string, events: readonly Event[], project: { key: string; root: string }): void {
  const own = (event: Event): Event =>
    JSON.parse(
      JSON.stringify(event)
        .replaceAll(PROJECT, project.key)
        .replaceAll('"/bench"', JSON.stringify(project.root)),
    ) as Event;
  const lock = lockHome(openHome(home), Date.now());
  const log = openEventLog(lock);
  for (let at = 0; at < events.length; at += BATCH) {
    log.append(
      events.slice(at, at + BATCH).map((event) => {
        const { seq: _, at: when, kind, ...data } = own(event);
        return { at: when, kind, data, v: EVENT_VERSION };
      }),
    );
  }
  log.close();
  lock.release();
}

/** Median ms of whole runs of the command line, daemon up. */
export async function measurePortfolio(
  workstreams: number,
  steps: number,
  repetitions: number,
): Promise<PortfolioFigure> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "osqr-bench-portfolio-")));
  const root = join(folder, "repo");
  const home = join(folder, "home");
  const env = { ...process.env, OSQR_HOME: home, XDG_CONFIG_HOME: join(folder, "config"), OSQR_PORT: "0" };
  const options = { cwd: root, env, encoding: "utf8", maxBuffer: 1 << 28 } as const;
  const run = (...args: string[]): number => {
    const started = performance.now();
    const { status, stderr } = spawnSync(BIN, args, options);
    if (status !== 0) throw new Error(`osqr ${args.join(" ")} ended with ${status}: ${stderr}`);
    return performance.now() - started;
  };
  const median = (...args: string[]): number => {
    for (let warm = 0; warm < 2; warm += 1) run(...args);
    const times = Array.from({ length: repetitions }, () => run(...args));
    return Math.round(times.sort((a, b) => a - b)[times.length >> 1] ?? 0);
  };
  mkdirSync(root);
  const git = (...args: string[]) => execFileSync("git", ["-C", root, ...args], { stdio: "ignore" });
  git("init", "-q", "-b", "main");
  git(
    "-c",
    "user.name=bench",
    "-c",
    "user.email=bench@localhost",
    "commit",
    "-q",
    "--allow-empty",
    "-m",
    "start",
  );
  const { projectKey } = await openRepository({ root, home, workFolder: join(folder, "work") });
  writeLog(home, makePortfolio(workstreams, steps).events, { key: projectKey, root });
  try {
    // After its start the daemon looks for what was left behind.
    for (let calm = 0, runs = 0; calm < 3 && runs < 30; runs += 1)
      calm = run("status") < CALM_MS ? calm + 1 : 0;
    return {
      statusMs: median("status"),
      metricsMs: median("metrics"),
      exportMs: Math.max(...["csv", "json", "md"].map((format) => median("export", "--format", format))),
    };
  } finally {
    spawnSync(BIN, ["stop"], options);
    rmSync(folder, { recursive: true, force: true });
  }
}
