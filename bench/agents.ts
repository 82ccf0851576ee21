/** What agents cost the daemon: its memory while many work, and the time from a prompt to the first thing recorded of it. Needs a build; Linux only. */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fromStored } from "../src/engine/stored-event.ts";
import { openHome } from "../src/store/home.ts";
import { lockHome } from "../src/store/home-lock.ts";
import { openEventLog } from "../src/store/open.ts";
import { SCRIPTED_AGENT_MOUNTS, writeScript } from "../test/fixtures/agents/rig.ts";
import type { Step } from "../test/fixtures/agents/script.ts";

const ROOT = join(import.meta.dirname, "..");
const BIN = join(ROOT, "bin", "osqr");
const AGENT = join(ROOT, "test/fixtures/agents/scripted-agent.ts");
const SAMPLE_MS = 500;

export interface AgentsFigure {
  /** The most agents that were at work at the same time. */
  readonly together: number;
  /** The largest memory that the daemon had resident, MiB. */
  readonly daemonMiB: number;
  readonly daemonLimitMiB: number;
  /** From the event of the session to the event of what the agent used first: prompt, agent, message, commit. */
  readonly turnP50Ms: number;
  readonly turnP99Ms: number;
}

interface Place {
  readonly folder: string;
  readonly root: string;
  readonly home: string;
  readonly config: string;
}

/**
 * Workstreams of one task, an agent each.
 *
 * @param parallel agents at the same time
 * @param napSeconds how long each stays
 */
export async function measureAgents(
  agents: number,
  { parallel, napSeconds }: { readonly parallel: number; readonly napSeconds: number },
): Promise<AgentsFigure> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "osqr-bench-agents-")));
  const place = {
    folder,
    root: join(folder, "repo"),
    home: join(folder, "home"),
    config: join(folder, "config"),
  };
  const env = { ...process.env, OSQR_HOME: place.home, XDG_CONFIG_HOME: place.config, OSQR_PORT: "0" };
  const options = { cwd: place.root, env, encoding: "utf8", maxBuffer: 1 << 28 } as const;
  // One more, alone, before: from it osqr knows what an agent needs of the memory.
  writeRepository(place, agents + 1);
  writeConfig(place, { agents: agents + 1, parallel, napSeconds });
  try {
    const status = spawnSync(BIN, ["status", "--json"], options);
    const { daemon } = JSON.parse(status.stdout) as { daemon: { pid: number } };
    spawnSync(BIN, ["go", nameOf(0), "--yes"], options);
    const timer = { together: 0, most: 0 };
    const sampling = setInterval(() => {
      timer.together = Math.max(timer.together, countAgents(daemon.pid));
      timer.most = Math.max(timer.most, readMiB(daemon.pid));
    }, SAMPLE_MS);
    await promisify(execFile)(BIN, ["go", "--yes"], options).finally(() => clearInterval(sampling));
    spawnSync(BIN, ["stop"], options);
    const turns = listTurns(place.home)
      .slice(1)
      .sort((a, b) => a - b);
    if (turns.length !== agents) throw new Error(`${turns.length} of ${agents} agents told what they used`);
    const at = (share: number): number => turns[Math.ceil(turns.length * share) - 1] ?? 0;
    return {
      together: timer.together,
      daemonMiB: timer.most,
      daemonLimitMiB: 300,
      turnP50Ms: at(0.5),
      turnP99Ms: at(0.99),
    };
  } finally {
    spawnSync(BIN, ["stop"], options);
    rmSync(folder, { recursive: true, force: true });
  }
}

const nameOf = (index: number): string => `w${index}`;

function writeRepository({ root }: Place, agents: number): void {
  mkdirSync(join(root, "docs"), { recursive: true });
  for (let index = 0; index < agents; index += 1) {
    const name = nameOf(index);
    const text = `---\nid: ${name}\nstatus: ready\n---\n# ${name}\n\n- [ ] T1 write it\n`;
    writeFileSync(join(root, `docs/${name}.md`), text);
  }
  const git = (...args: string[]) => execFileSync("git", ["-C", root, ...args], { stdio: "ignore" });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-qm", "start");
}

function writeConfig(
  { folder, config }: Place,
  options: { readonly agents: number; readonly parallel: number; readonly napSeconds: number },
): void {
  const turn = (name: string): Step[] => [
    { do: "cost", usd: 0.01 },
    { do: "edit", path: `${name}.txt`, content: name },
    // The one before all others has to be seen at work: it is measured after a second.
    { do: "shell", command: `sleep ${name === nameOf(0) ? 3 : options.napSeconds}` },
  ];
  const names = Array.from({ length: options.agents }, (_, index) => nameOf(index));
  const tasks = Object.fromEntries(names.map((name) => [`${name}#T1`, { turns: [turn(name)] }]));
  const script = writeScript(folder, { tasks });
  mkdirSync(join(config, "osqr"), { recursive: true });
  // JSON is YAML too.
  const written = {
    executor: "scripted",
    maxParallel: options.parallel,
    executors: { scripted: { argv: [process.execPath, AGENT, "--script", script] } },
    sandbox: { mounts: SCRIPTED_AGENT_MOUNTS.map(({ target }) => target) },
  };
  writeFileSync(join(config, "osqr/config.yaml"), JSON.stringify(written));
}

/** The attempts' sandboxes are children of the daemon; an agent's has the agent's program in its command. */
function countAgents(daemon: number): number {
  const children = readFileSync(`/proc/${daemon}/task/${daemon}/children`, "utf8").split(" ").filter(Boolean);
  return children.filter((pid) => readOr(`/proc/${pid}/cmdline`).includes(AGENT)).length;
}

function readMiB(pid: number): number {
  const line = readOr(`/proc/${pid}/status`)
    .split("\n")
    .find((each) => each.startsWith("VmRSS"));
  return Math.round(Number(/\d+/.exec(line ?? "")?.[0] ?? 0) / 1024);
}

/** A process may have ended meanwhile. */
function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Ms per agent. */
function listTurns(home: string): number[] {
  const lock = lockHome(openHome(home), Date.now());
  const log = openEventLog(lock);
  try {
    const opened = new Map<string, number>();
    const turns: number[] = [];
    for (const stored of log.read({ after: 0 })) {
      const event = fromStored(stored);
      if (event.kind === "session_opened") opened.set(event.attempt, event.at);
      if (event.kind !== "usage_recorded") continue;
      const since = opened.get(event.attempt);
      if (since !== undefined) turns.push(event.at - since);
      opened.delete(event.attempt);
    }
    return turns;
  } finally {
    log.close();
    lock.release();
  }
}
