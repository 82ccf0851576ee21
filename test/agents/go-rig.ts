/** The whole engine on a repository of its own, with one real agent as its only executor and a scripted model. */
import { type ChildProcess, spawn } from "node:child_process";
import { globSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProcesses, isBubblewrapWorking } from "../../src/sandbox/testing.ts";
import type { SandboxLevel } from "../../src/sandbox/types.ts";
import type { ModelScriptInput } from "../fixtures/model-server/script.ts";
import { type ModelServer, startModelServer } from "../fixtures/model-server/server.ts";
import { connectService, type TestService, toEnvironment } from "../support/e2e-repo.ts";
import { createRepo, type TestRepo, writeBelow } from "../support/git-repo.ts";
import type { InstalledAgent } from "./install.ts";
import { type OperatorSetup, pointOperator } from "./point-operator.ts";

/** A real agent on a slow machine, and a whole minute that one of them has to wait for. */
const WAIT_MS_MAX = 180_000;
/** How long a question waits for its answer in the call: it is always answered later. */
const ASK_WAIT_MS = 300;
const LOG_CHARS_MAX = 2_000;

/** Codex's own sandbox makes no file in a folder that is not there: the folder of the workflows is. */
const OLD = ".github/workflows/old.yml";

export interface GoRigOptions {
  readonly script: ModelScriptInput;
  /** Titles of the tasks of the spec `greet`, in order; each needs the one before. */
  readonly tasks: readonly string[];
  readonly level?: SandboxLevel | undefined;
}

export class GoRig {
  readonly agent: InstalledAgent;
  readonly server: ModelServer;
  readonly level: SandboxLevel;
  readonly repo: TestRepo;
  readonly #setup: OperatorSetup;
  #service: TestService | null = null;

  constructor(agent: InstalledAgent, server: ModelServer, options: GoRigOptions) {
    this.agent = agent;
    this.server = server;
    this.level = options.level ?? (isBubblewrapWorking ? "bubblewrap" : "process");
    this.repo = createRepo({
      "README.md": "one\ntwo\n",
      "docs/greet.md": toSpec(options.tasks),
      [OLD]: "on: push\n",
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
      executors: { [this.agent.name]: executor },
      sandbox: {
        level: this.level,
        network: "off",
        ...(file === null ? {} : { mounts: [join(this.repo.folder, file.name)] }),
      },
    });
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
  spawnDaemon(): ChildProcess {
    this.#writeFile();
    const env = { ...toEnvironment(this.repo), ...this.variables };
    writeBelow(env.XDG_CONFIG_HOME ?? "", "osqr/config.yaml", this.config);
    const program = join(import.meta.dirname, "doomed-daemon.ts");
    return spawn(process.execPath, [program, this.repo.root], { env, stdio: "ignore" });
  }

  /** Processes of the agent, by what they were started with or by their program: some call themselves by a short name. */
  listProcesses(): readonly number[] {
    const { folder } = this.agent;
    const isOfAgent = (pid: string): boolean => {
      try {
        return readlinkSync(`/proc/${pid}/exe`).startsWith(folder);
      } catch {
        return false; // Ended meanwhile, or a process of the kernel.
      }
    };
    const programs = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isOfAgent(name));
    return [...new Set([...findProcesses(folder), ...programs.map(Number)])];
  }

  /** The end of what each attempt printed. */
  readLogs(): string {
    const paths = globSync(["logs/*.log", "attempts/*/output.log"], { cwd: this.repo.home });
    const toText = (path: string) =>
      readFileSync(join(this.repo.home, path), "utf8").slice(-LOG_CHARS_MAX).trimEnd();
    return paths.map((path) => `${path}:\n${toText(path)}`).join("\n");
  }

  async stop(): Promise<void> {
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
