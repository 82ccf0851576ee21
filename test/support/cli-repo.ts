import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { findDaemon, isAlive } from "../../src/cli/client/find.ts";
import type { Event } from "../../src/core/model/event.ts";
import type { DecisionView } from "../../src/core/report/types.ts";
import { waitUntil } from "../../src/sandbox/testing.ts";
import { homePaths } from "../../src/store/home.ts";
import { COMPILED, FLAGS } from "./crash-child.ts";
import { toEnvironment } from "./e2e-repo.ts";
import { createRepo, type TestRepo, writeBelow } from "./git-repo.ts";

const PROGRAM = join(import.meta.dirname, "../../src/main.ts");
/** A command that does not end by then hangs, and is ended. */
const COMMAND_MS_MAX = 60_000;
/** Each look at the history is a command that takes its time. */
const LOOKS_MAX = 200;

/** What a command printed, and how it ended. */
export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Stdout as JSON. */
  json<Value>(): Value;
}

type EventOf<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

/** A repository and the program on it, as a user has it: each command a process, one daemon behind them. */
export interface CliRepo extends TestRepo {
  /** Runs a command in the project; whatever it ends with. */
  osqr(...args: string[]): Promise<Said>;
  /** The same for a command that has to end well: with 0, or `go` with 3. */
  ok(...args: string[]): Promise<Said>;
  /** `osqr … --json`, read. */
  ask<Value>(...args: string[]): Promise<Value>;
  /** Goes on until the run rests; resolves to what waits for a person then. */
  go(...args: string[]): Promise<readonly DecisionView[]>;
  /** What waits for a person. */
  inbox(): Promise<readonly DecisionView[]>;
  /** The history of the project, from `osqr log --json`. */
  log(): Promise<readonly Event[]>;
  ofKind<Kind extends Event["kind"]>(kind: Kind): Promise<readonly EventOf<Kind>[]>;
  /** Looks at the history until an event of the kind is in it. */
  until<Kind extends Event["kind"]>(kind: Kind): Promise<EventOf<Kind>>;
  /** Process of the daemon; null: there is none. */
  daemon(): Promise<number | null>;
  /** Kills the daemon, as the machine would: nothing of it runs on, nothing was told. */
  killDaemon(): Promise<void>;
  close(): Promise<void>;
}

export interface CliRepoOptions {
  /** Content of the operator's `config.yaml`. */
  readonly config?: string;
  /** Name of the user as git has it. */
  readonly user?: string;
}

/** A repository with these files; all of it is gone after the test, its daemon too. */
export function openCli(files: Readonly<Record<string, string>>, options: CliRepoOptions = {}): CliRepo {
  const cli = connectCli(files, options);
  onTestFinished(() => cli.close());
  return cli;
}

/** As `openCli`, for several tests or none: whoever opens it closes it. */
export function connectCli(files: Readonly<Record<string, string>>, options: CliRepoOptions = {}): CliRepo {
  const repo = createRepo(files);
  const env = toEnvironment(repo);
  const { config, user = "Somebody" } = options;
  if (config !== undefined) writeBelow(env.XDG_CONFIG_HOME ?? "", "osqr/config.yaml", config);
  repo.git("config", "--global", "user.name", user);
  const osqr = (...args: string[]): Promise<Said> => runProgram(repo.root, env, args);
  const ok = async (...args: string[]): Promise<Said> => {
    const said = await osqr(...args);
    if (said.code === 0 || (args[0] === "go" && said.code === 3)) return said;
    // What it was at when it ended, or was ended.
    const { stdout } = await osqr("log", "-n", "15");
    throw new Error(
      `osqr ${args.join(" ")} ended with ${said.code}\n${said.stdout}${said.stderr}\n${stdout}`,
    );
  };
  const ask = async <Value>(...args: string[]): Promise<Value> => (await ok(...args, "--json")).json();
  const log = async (): Promise<readonly Event[]> =>
    (await ok("log", "--json")).stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Event);
  const ofKind = async <Kind extends Event["kind"]>(kind: Kind): Promise<readonly EventOf<Kind>[]> =>
    (await log()).filter((event): event is EventOf<Kind> => event.kind === kind);
  return {
    ...repo,
    osqr,
    ok,
    ask,
    log,
    inbox: () => ask<readonly DecisionView[]>("inbox"),
    go: async (...args) => {
      const report = await ask<{ decisions: readonly DecisionView[] }>("go", "--yes", ...args);
      return report.decisions;
    },
    ofKind,
    async until(kind) {
      for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
        const found = (await ofKind(kind)).at(-1);
        if (found !== undefined) return found;
      }
      throw new Error(`looked ${LOOKS_MAX} times in vain for ${kind}`);
    },
    daemon: () => findPid(repo.home),
    killDaemon: () => killDaemon(repo.home),
    async close() {
      await killDaemon(repo.home);
      rmSync(repo.folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function runProgram(
  cwd: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Said> {
  const child = spawn(process.execPath, [...FLAGS, PROGRAM, ...args], {
    cwd,
    env: { ...env, NODE_COMPILE_CACHE: COMPILED, OSQR_PORT: "0", NO_COLOR: "1", COLUMNS: "110" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: COMMAND_MS_MAX,
    killSignal: "SIGKILL",
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...said, json: () => readJson(args, said) }));
  });
}

function readJson<Value>(
  args: readonly string[],
  { stdout, stderr }: { stdout: string; stderr: string },
): Value {
  try {
    return JSON.parse(stdout) as Value;
  } catch {
    throw new Error(`osqr ${args.join(" ")} printed no JSON\n${stdout}${stderr}`);
  }
}

async function findPid(home: string): Promise<number | null> {
  if (!existsSync(home)) return null;
  const found = await findDaemon(homePaths(home));
  return found.kind === "absent" ? null : found.pid;
}

async function killDaemon(home: string): Promise<void> {
  const pid = await findPid(home);
  if (pid === null) return;
  process.kill(pid, "SIGKILL");
  await waitUntil("the daemon to be gone", () => !isAlive(pid), 10_000);
}

/**
 * A workflow file in JSON, which YAML is too.
 *
 * @param steps each with its key and whatever else a step may say
 */
export function workflow(
  name: string,
  steps: readonly Readonly<Record<string, unknown>>[],
  more: Readonly<Record<string, unknown>> = {},
): string {
  return `${JSON.stringify({ name, version: 1, ...more, steps }, null, 2)}\n`;
}

/** Shows the tasks of each launch in the order in which they were claimed together: `["a", "b c", "d"]`. */
export function listLaunches(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === "attempts_claimed"
      ? [event.launches.map(({ task }) => task.slice(task.indexOf("#") + 1)).join(" ")]
      : [],
  );
}
