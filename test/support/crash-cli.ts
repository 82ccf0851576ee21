import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { followEvents } from "../../src/cli/client/events.ts";
import { type FoundDaemon, findDaemon } from "../../src/cli/client/find.ts";
import { homePaths } from "../../src/store/home.ts";
import { Random } from "../simulation/random.ts";
import { COMPILED, FLAGS } from "./crash-child.ts";
import { type CrashRepo, makeCrashRepo } from "./crash-repo.ts";
import type { CrashReport, CrashRunOptions } from "./crash-run.ts";
import { CrashWitness } from "./crash-witness.ts";

const PROGRAM = join(import.meta.dirname, "../../src/main.ts");
const POLL_MS = 10;
/** Longest life of a daemon that is to be killed, from where it was seen. */
const WAIT_MS_MAX = 700;
/** Share of the kills that do not wait until the daemon answers. */
const EARLY_SHARE = 0.25;
/** Commands of one kind in a row at most; what needs more goes in circles. */
const COMMANDS_MAX = 60;

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a user types it in the project, and its daemon as it is found in the home. */
class CrashCli {
  /** What was wrong with the stream of events; empty: nothing. */
  readonly problems: string[] = [];
  readonly #repo: CrashRepo;
  readonly #children = new Set<ChildProcess>();
  readonly #closing = new AbortController();

  constructor(repo: CrashRepo) {
    this.#repo = repo;
  }

  run(...args: string[]): Promise<Said> {
    const child = spawn(process.execPath, [...FLAGS, PROGRAM, ...args], {
      cwd: this.#repo.root,
      env: { ...this.#repo.env, NODE_COMPILE_CACHE: COMPILED, OSQR_PORT: "0", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.add(child);
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        said[name] += text;
      });
    }
    return new Promise((resolve) => {
      child.once("close", (code) => {
        this.#children.delete(child);
        resolve({ code, ...said });
      });
    });
  }

  find(): Promise<FoundDaemon> {
    return findDaemon(homePaths(this.#repo.home));
  }

  /** Follows the events over the deaths of daemons, as a client does; what it hears of is acknowledged. */
  async listen(witness: CrashWitness): Promise<void> {
    const { signal } = this.#closing;
    for (let after = 0; !signal.aborted; await delay(POLL_MS)) {
      const found = await this.find();
      if (found.kind !== "ready") continue;
      try {
        for await (const event of followEvents(found, { after, signal, isRaw: true })) {
          if (event.seq !== after + 1) this.problems.push(`heard of event ${event.seq} after ${after}`);
          after = event.seq;
          witness.hear([event]);
        }
      } catch {
        // It was killed: the next one is asked for what follows.
      }
    }
  }

  /**
   * Kills daemon after daemon while a command runs: some while they still take up what the last one left, most a random
   * while after they answer. Resolves to their number.
   */
  async killWhile(command: Promise<unknown>, random: Random, killsMax: number): Promise<number> {
    let isOver = false;
    void command.then(() => {
      isOver = true;
    });
    let kills = 0;
    let isEarly = random.chance(EARLY_SHARE);
    for (let last = 0; kills < killsMax && !isOver; await delay(POLL_MS)) {
      const found = await this.find();
      if (found.kind === "absent" || found.pid === last || (found.kind === "busy" && !isEarly)) continue;
      last = found.pid;
      await delay(random.between(0, WAIT_MS_MAX));
      if (isOver) return kills;
      isEarly = random.chance(EARLY_SHARE);
      process.kill(found.pid, "SIGKILL");
      kills += 1;
    }
    return kills;
  }

  /** Ends every command and the daemon. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const child of this.#children) child.kill("SIGKILL");
    const found = await this.find();
    if (found.kind !== "absent") process.kill(found.pid, "SIGKILL");
  }
}

interface Asked {
  readonly id: string;
  readonly type: string;
}

/** Says go as long as its daemon dies too often for it, and answers what is asked, until all is built. */
async function buildAll(
  cli: CrashCli,
  random: Random,
  killsMax: number,
): Promise<{ kills: number; said: Said }> {
  let kills = 0;
  for (let count = 0; ; count += 1) {
    const going = cli.run("go", "--yes", "--json");
    kills += await cli.killWhile(going, random, killsMax - kills);
    const said = await going;
    const wasDropped = said.code === 1 && /daemon-(?:gone|failed|silent)/.test(said.stdout + said.stderr);
    if ((said.code !== 3 && !wasDropped) || count === COMMANDS_MAX) return { kills, said };
    if (said.code === 3) await answerAll(cli);
  }
}

async function answerAll(cli: CrashCli): Promise<void> {
  const { stdout } = await cli.run("inbox", "--json");
  for (const { id, type } of JSON.parse(stdout) as readonly Asked[]) {
    await cli.run("decide", id, type === "error" ? "retry" : "b");
  }
}

/** The same through the program: `osqr go` and the daemon that it starts by itself. */
export async function crashCliRun({ seed, killsMax, level }: CrashRunOptions): Promise<CrashReport> {
  const repo = makeCrashRepo(level === undefined ? {} : { config: `sandbox:\n  level: ${level}\n` });
  const witness = new CrashWitness(repo);
  const cli = new CrashCli(repo);
  const problems: string[] = [];
  try {
    const listening = cli.listen(witness);
    const { kills, said } = await buildAll(cli, new Random(seed), killsMax);
    if (said.code !== 0) problems.push(`osqr go ended with ${said.code}: ${said.stdout}${said.stderr}`);
    const stop = await cli.run("stop");
    if (stop.code !== 0) problems.push(`osqr stop ended with ${stop.code}: ${stop.stderr}`);
    await cli.close();
    await listening;
    problems.push(...cli.problems, ...(await witness.checkEnd()));
    return { kills, starts: kills + 1, events: witness.state.seq, problems };
  } finally {
    await cli.close();
    if (problems.length === 0) repo.remove();
    else problems.push(`seed ${seed}, kept in ${repo.folder}`);
  }
}
