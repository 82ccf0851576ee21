/**
 * Shows the whole way on a real repository: copies `examples/token-kit`, runs `osqr go` on it, checks what came of it, and
 * says how to go on. It ends with 0 only where three of four specs are built and the fourth waits for a word; with
 * `--answer` it gives that word and expects all four.
 *
 * With `--agent scripted` an agent without a model does one of the specs and asks the question; see `demo-agent.ts`.
 *
 *   node scripts/demo.ts [--dir D] [--answer] [--agent scripted]
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { AGENT_SPEC, toAgentSpec, writeAgentConfig, writeAgentScript } from "./demo-agent.ts";

const root = dirname(import.meta.dirname);
const osqr = join(root, "bin", "osqr");
const example = join(root, "examples", "token-kit");
/** Branch that stays where the plans are, to begin once more from there. */
const plans = "plans";
/** What `osqr go` ends with when a decision is all that is left. */
const needsYou = 3;

interface Place {
  readonly repository: string;
  /** osqr's state for this demo: away from the user's own daemon and its projects. */
  readonly home: string;
  /** Where its agents and their configs are; null: no agent works here. */
  readonly agents: string | null;
  /** All that the demo made, for who wants to remove it. */
  readonly folders: readonly string[];
}

interface Workstream {
  readonly id: string;
  readonly status: string;
  readonly spec: string;
  readonly merged: string | null;
  readonly tasks: { readonly total: number; readonly completed: number };
  readonly gates: readonly { readonly name: string; readonly status: string }[];
}

interface Decision {
  readonly id: string;
  readonly workstream: string;
  readonly options: readonly { readonly id: string; readonly recommended: boolean }[];
}

/** The demo did not end as it should; the message says what was expected and what came. */
class DemoError extends Error {}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new DemoError(`${what}: expected ${wanted}, found ${found}`);
}

function say(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** A fresh place: `--dir`, relative to where the user called npm, else a temporary folder. */
function choosePlace(dir: string | undefined, hasAgent: boolean): Place {
  if (dir === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "osqr-demo-"));
    const agents = hasAgent ? join(folder, "agents") : null;
    return {
      repository: join(folder, basename(example)),
      home: join(folder, "home"),
      agents,
      folders: [folder],
    };
  }
  const repository = resolve(process.env.INIT_CWD ?? process.cwd(), dir);
  const home = `${repository}.osqr-home`;
  const agents = hasAgent ? `${repository}.agents` : null;
  const folders = [repository, home, ...(agents === null ? [] : [agents])];
  for (const folder of folders) {
    if (existsSync(folder) && readdirSync(folder).length > 0) {
      throw new DemoError(
        `--dir: expected a new or empty folder, found files in ${folder}; name another one`,
      );
    }
  }
  return { repository, home, agents, folders };
}

/** A repository with one commit. Its user is set in the repository alone, and the user's git config plays no part. */
function makeRepository({ repository, agents }: Place): void {
  mkdirSync(repository, { recursive: true });
  cpSync(example, repository, { recursive: true, filter: (path) => basename(path) !== "node_modules" });
  if (agents !== null) bringAgent(repository, agents);
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const git = (...args: string[]): void => {
    execFileSync("git", ["-C", repository, ...args], { env, stdio: ["ignore", "ignore", "inherit"] });
  };
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "osqr demo");
  git("config", "user.email", "demo@localhost");
  git("add", ".");
  git("commit", "--quiet", "--message=token-kit: encoding, checksums, sessions, and four plans");
  if (agents !== null) git("branch", plans);
}

/** One spec loses its code: the agent has it. The configs are the demo's own, the user's plays no part. */
function bringAgent(repository: string, agents: string): void {
  const text = readFileSync(join(repository, AGENT_SPEC), "utf8");
  writeFileSync(join(repository, AGENT_SPEC), toAgentSpec(text));
  const script = join(agents, "script.json");
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o600 });
  };
  write(script, JSON.stringify(writeAgentScript(text), null, 2));
  write(join(agents, "scripted", "osqr", "config.yaml"), writeAgentConfig(script));
  write(
    join(agents, "real", "osqr", "config.yaml"),
    "# Nothing is set: agents that are installed may run.\n",
  );
}

function environmentOf(place: Place): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, OSQR_HOME: place.home, OSQR_PORT: "0" };
  if (place.agents !== null) env.XDG_CONFIG_HOME = join(place.agents, "scripted");
  // Where this demo is itself part of a test: the example's tests are not.
  delete env.NODE_TEST_CONTEXT;
  return env;
}

/** Runs osqr as a user would and gives its exit code. */
function runOsqr(place: Place, ...args: string[]): number | null {
  say(`$ osqr ${args.join(" ")}`);
  const { status, error } = spawnSync(osqr, args, {
    cwd: place.repository,
    env: environmentOf(place),
    stdio: "inherit",
  });
  if (error !== undefined) throw error;
  say();
  return status;
}

function readOsqr<T>(place: Place, ...args: string[]): T {
  const stdout = execFileSync(osqr, [...args, "--json"], {
    cwd: place.repository,
    env: environmentOf(place),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(stdout) as T;
}

/** Runs one of the example's own checks in the repository that came out, and gives its output. */
function runCheck(place: Place, script: string): string {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", script], {
    cwd: place.repository,
    env: environmentOf(place),
    encoding: "utf8",
  });
  if (status !== 0)
    throw new DemoError(`npm run ${script} in the result: exit ${status}\n${stdout}${stderr}`);
  return stdout;
}

function countTests(output: string): number {
  return Number(/^(?:ℹ|#) pass (\d+)$/m.exec(output)?.[1] ?? 0);
}

/** Built means: landed, all tasks done, gates passed, and the spec of the base branch says so. */
function checkBuilt(place: Place, workstreams: readonly Workstream[], names: readonly string[]): void {
  const built = workstreams.filter((workstream) => workstream.status === "completed");
  expectEqual("built", built.map(({ id }) => id).sort(), [...names].sort());
  for (const { id, merged, tasks, gates, spec } of built) {
    if (merged === null) throw new DemoError(`${id}: expected a merge commit, found none`);
    expectEqual(`${id}: tasks done`, tasks.completed, tasks.total);
    const passed = gates.filter((gate) => gate.status === "passed").map((gate) => gate.name);
    expectEqual(`${id}: gates passed`, passed.sort(), ["lint", "secrets", "tests"]);
    const text = readFileSync(join(place.repository, spec), "utf8");
    const open = text.split("\n").filter((line) => /^- \[ \] T\d/.test(line));
    expectEqual(`${spec}: open boxes`, open, []);
  }
}

/** The first run: all that can be built is, and one question is left. Gives that question. */
function buildThree(place: Place, testsBefore: number): Decision {
  expectEqual("exit code of osqr go", runOsqr(place, "go", "--yes"), needsYou);
  const { workstreams } = readOsqr<{ workstreams: Workstream[] }>(place, "status");
  checkBuilt(place, workstreams, ["rate-limit", "session-store", "token-format"]);
  const decisions = readOsqr<Decision[]>(place, "inbox");
  expectEqual(
    "decisions",
    decisions.map(({ workstream }) => workstream),
    ["embeddings"],
  );
  checkResult(place, testsBefore);
  const [decision] = decisions;
  if (decision === undefined) throw new DemoError("expected one decision, found none");
  return decision;
}

function buildFourth(place: Place, decision: Decision, testsBefore: number): void {
  const answer = answerOf(decision);
  expectEqual("exit code of osqr decide", runOsqr(place, "decide", decision.id, answer), 0);
  expectEqual("exit code of osqr go", runOsqr(place, "go", "--yes"), 0);
  const { workstreams } = readOsqr<{ workstreams: Workstream[] }>(place, "status");
  checkBuilt(place, workstreams, ["embeddings", "rate-limit", "session-store", "token-format"]);
  expectEqual("decisions left", readOsqr<Decision[]>(place, "inbox"), []);
  checkResult(place, testsBefore);
}

function answerOf(decision: Decision): string {
  const option = decision.options.find(({ recommended }) => recommended);
  if (option === undefined) throw new DemoError(`${decision.id}: expected a recommended option, found none`);
  return option.id;
}

/** Does not take osqr's word for it: the checked-out base branch is tested once more. */
function checkResult(place: Place, testsBefore: number): void {
  const tests = countTests(runCheck(place, "test"));
  runCheck(place, "lint");
  if (tests <= testsBefore) {
    throw new DemoError(`tests in the result: expected more than ${testsBefore}, found ${tests}`);
  }
  say(`demo: main was tested once more: ${tests} tests pass, ${testsBefore} did before; lint passes`);
  say();
}

/** Commands to copy, with the environment they need. */
function sayHowToGoOn(place: Place, decision: Decision | null): void {
  say(`The repository: ${place.repository}`);
  say(decision === null ? "Look around:" : "Answer and go on:");
  say();
  say(`  cd ${quote(place.repository)}`);
  const config = place.agents === null ? "" : ` XDG_CONFIG_HOME=${quote(join(place.agents, "scripted"))}`;
  say(`  export OSQR_HOME=${quote(place.home)} OSQR_PORT=0${config}`);
  if (decision === null) {
    say("  git log --oneline --graph");
    say(`  ${quote(osqr)} log`);
  } else {
    const ids = decision.options.map(({ id }) => id).join(" or ");
    say(`  ${quote(osqr)} decide ${decision.id} ${answerOf(decision)}    # ${ids}`);
    say(`  ${quote(osqr)} go`);
  }
  say();
  if (place.agents !== null) sayRealAgent(place.repository, place.agents);
  say(`Remove it all:  ${quote(osqr)} stop; rm -rf ${place.folders.map(quote).join(" ")}`);
}

/** The same plans once more, in a clone with a home of its own: the work of the demo stays as it is. */
function sayRealAgent(repository: string, agents: string): void {
  const [clone, home, config] = ["token-kit", "home", "real"].map((name) => quote(join(agents, name)));
  say(
    "The same from the start with a real agent that is installed and logged in, such as Claude Code, in another terminal:",
  );
  say();
  say(`  git clone --quiet --branch ${plans} ${quote(repository)} ${clone} && cd ${clone}`);
  say(`  export OSQR_HOME=${home} OSQR_PORT=0 XDG_CONFIG_HOME=${config}`);
  say(`  ${quote(osqr)} doctor                  # which agents are here, and what each one lacks`);
  say(`  ${quote(osqr)} go --executor claude    # or codex, gemini, opencode, qwen`);
  say();
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function runDemo(place: Place, isAnswering: boolean): void {
  const started = performance.now();
  makeRepository(place);
  mkdirSync(place.home, { recursive: true, mode: 0o700 });
  const testsBefore = countTests(runCheck(place, "test"));
  say(`demo: a fresh repository in ${place.repository}: 4 specs in docs/, ${testsBefore} tests`);
  if (place.agents !== null)
    say(`demo: ${AGENT_SPEC} has no code: an agent that follows a script does it, without a model`);
  say();
  let decision: Decision | null = buildThree(place, testsBefore);
  if (isAnswering) {
    buildFourth(place, decision, testsBefore);
    decision = null;
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  const end = decision === null ? "all 4 specs are built" : `3 of 4 specs are built, ${decision.id} is yours`;
  say(`demo: ended as it should in ${seconds} s: ${end}.`);
  sayHowToGoOn(place, decision);
}

/** Ends the daemon of this demo. One that never came up is no second failure. */
function stopDaemon(place: Place): boolean {
  if (!existsSync(place.home)) return true;
  const { status, stderr } = spawnSync(osqr, ["stop"], {
    cwd: place.repository,
    env: environmentOf(place),
    encoding: "utf8",
  });
  if (status !== 0) process.stderr.write(`demo: osqr stop: exit ${status}: ${stderr}\n`);
  return status === 0;
}

function main(): number {
  const { values } = parseArgs({
    options: { dir: { type: "string" }, answer: { type: "boolean" }, agent: { type: "string" } },
  });
  // Ctrl-C reaches osqr too, which ends by itself; the demo stays to stop the daemon.
  process.on("SIGINT", () => undefined);
  let place: Place | null = null;
  try {
    if (values.agent !== undefined && values.agent !== "scripted") {
      throw new DemoError(
        `--agent: expected scripted, found ${values.agent}; how a real one works is said at the end`,
      );
    }
    place = choosePlace(values.dir, values.agent !== undefined);
    runDemo(place, values.answer === true);
    return stopDaemon(place) ? 0 : 1;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\ndemo: failed: ${message}\n`);
    if (place !== null && existsSync(place.home)) {
      stopDaemon(place);
      process.stderr.write(`demo: left as it is for a look: ${place.repository}, state in ${place.home}\n`);
    }
    return 1;
  }
}

process.exitCode = main();
