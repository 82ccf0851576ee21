/** The whole engine on a repository of its own, with one real agent as its only executor and a scripted model. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isBubblewrapWorking } from "../../src/sandbox/testing.ts";
import type { SandboxLevel } from "../../src/sandbox/types.ts";
import type { ModelScriptInput } from "../fixtures/model-server/script.ts";
import { type ModelServer, startModelServer } from "../fixtures/model-server/server.ts";
import { connectService, type TestService, toEnvironment } from "../support/e2e-repo.ts";
import { createRepo, type TestRepo, writeBelow } from "../support/git-repo.ts";
import type { InstalledAgent } from "./install.ts";
import { type OperatorSetup, pointOperator } from "./point-operator.ts";
import { type AgentTraces, findAgentProcesses, measureMemory } from "./processes.ts";

/** A real agent on a slow machine, and a whole minute that one of them has to wait for. */
const WAIT_MS_MAX = 180_000;
/** How long a question waits for its answer in the call: it is always answered later. */
const ASK_WAIT_MS = 300;
const LOG_CHARS_MAX = 2_000;

export interface GoRigOptions {
  readonly script: ModelScriptInput;
  /** Titles of the tasks of the spec `greet`, in order; each needs the one before. */
  readonly tasks: readonly string[];
  readonly level?: SandboxLevel | undefined;
}

export interface GoScenario {
  readonly name: string;
  /** Titles of the tasks. */
  readonly tasks: readonly string[];
  readonly script: ModelScriptInput;
  /** The words that go into the table beside its mark. That nothing of the agent is left is looked for after it. */
  play(rig: GoRig): Promise<string>;
}

export class GoRig {
  readonly agent: InstalledAgent;
  readonly server: ModelServer;
  readonly level: SandboxLevel;
  readonly repo: TestRepo;
  /** Hosts that the agent may reach beside its model's. */
  hosts: readonly string[] = [];
  /** Memory that the agent and what it started held at most, in MiB; 0: not looked at. */
  memoryMiB = 0;
  readonly #setup: OperatorSetup;
  #service: TestService | null = null;
  #daemon: ChildProcess | null = null;

  constructor(agent: InstalledAgent, server: ModelServer, options: GoRigOptions) {
    this.agent = agent;
    this.server = server;
    this.level = options.level ?? (isBubblewrapWorking ? "bubblewrap" : "process");
    this.repo = createRepo({
      "README.md": "one\ntwo\n",
      "docs/greet.md": toSpec(options.tasks),
    });
    this.#setup = pointOperator(agent.name, server.url);
  }

  /** The variables of the operator: the agent is on PATH, as it is for somebody who installed it. */
  get variables(): Readonly<Record<string, string>> {
    const { variables, file } = this.#setup;
    const path = `${dirname(this.agent.path)}:${this.repo.environment.PATH ?? ""}`;
    return {
      ...variables,
      PATH: path,
      ...(file === null ? {} : { [file.variable]: join(this.repo.folder, file.name) }),
    };
  }

  /** The operator's config. JSON is YAML too. */
  get config(): string {
    const { executor, file } = this.#setup;
    return JSON.stringify({
      executor: this.agent.name,
      executors: {
        [this.agent.name]: { ...executor, hosts: [...(executor.hosts ?? []), ...this.hosts] },
      },
      sandbox: {
        level: this.level,
        network: "off",
        ...(file === null ? {} : { mounts: [join(this.repo.folder, file.name)] }),
      },
    });
  }

  /** The service, as it was opened last. */
  get osqr(): TestService {
    if (this.#service === null) throw new Error("the service was not opened");
    return this.#service;
  }

  /** Opens the service, for the first time or again. */
  async open(): Promise<TestService> {
    this.#writeFile();
    this.#service = await connectService(this.repo, {
      config: this.config,
      variables: this.variables,
      waitMs: WAIT_MS_MAX,
      askWaitMs: ASK_WAIT_MS,
    });
    return this.#service;
  }

  #writeFile(): void {
    const { file } = this.#setup;
    if (file !== null) writeBelow(this.repo.folder, file.name, file.content);
  }

  /** Says go in a process of its own, as a daemon that can be killed. */
  spawnDaemon(): void {
    this.#writeFile();
    const env = { ...toEnvironment(this.repo), ...this.variables };
    writeBelow(env.XDG_CONFIG_HOME ?? "", "osqr/config.yaml", this.config);
    const program = join(import.meta.dirname, "doomed-daemon.ts");
    this.#daemon = spawn(process.execPath, [program, this.repo.root], { env, stdio: "ignore" });
  }

  async killDaemon(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon === null || daemon.exitCode !== null) return;
    const ended = once(daemon, "exit");
    daemon.kill("SIGKILL");
    await ended;
  }

  /** The agent and all that was started for its attempts. */
  listProcesses(): readonly number[] {
    return findAgentProcesses(this.traces);
  }

  get traces(): AgentTraces {
    return { folder: this.agent.folder, homes: join(this.repo.home, "attempts") };
  }

  /** Looks at its memory four times a second, until the returned function is called. */
  watchMemory(): () => void {
    const look = () => {
      this.memoryMiB = Math.max(this.memoryMiB, measureMemory(this.listProcesses()));
    };
    const timer = setInterval(look, 250);
    return () => clearInterval(timer);
  }

  /** What the base holds of a file. */
  read(path: string): string {
    return this.repo.git("show", `main:${path}`);
  }

  /** All that the base holds, a path a line. */
  list(): string {
    return this.repo.git("ls-tree", "-r", "--name-only", "main");
  }

  /** All that the model was told, one text. */
  readPrompts(): string {
    return this.server.turns.map(({ body }) => JSON.stringify(body)).join("");
  }

  /** The end of what each attempt printed. */
  readLogs(): string {
    const paths = globSync(["logs/*.log", "attempts/*/output.log"], { cwd: this.repo.home });
    const toText = (path: string) =>
      readFileSync(join(this.repo.home, path), "utf8").slice(-LOG_CHARS_MAX).trimEnd();
    return paths.map((path) => `${path}:\n${toText(path)}`).join("\n");
  }

  async stop(): Promise<void> {
    await this.killDaemon();
    await this.#service?.close();
    await this.server.stop();
    rmSync(this.repo.folder, { recursive: true, force: true });
  }
}

export async function openGoRig(agent: InstalledAgent, options: GoRigOptions): Promise<GoRig> {
  return new GoRig(agent, await startModelServer({ script: options.script }), options);
}

function toSpec(tasks: readonly string[]): string {
  const boxes = tasks.map((title, index) => `- [ ] T${index + 1} ${title}`);
  return `---\nid: greet\nstatus: ready\n---\n# Greet\n\n${boxes.join("\n")}\n`;
}
