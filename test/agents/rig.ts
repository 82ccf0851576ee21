/** One real agent in a sandbox, with osqr's tools, a scripted model and somebody who answers. */
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { AgentReport } from "../../src/core/model/agent.ts";
import { createAcpExecutor } from "../../src/executors/acp/executor.ts";
import { Stagger } from "../../src/executors/acp/stagger.ts";
import type { AgentHandlers } from "../../src/executors/agent-door/handlers.ts";
import { createOrder, type React, run } from "../../src/executors/testing.ts";
import type { AskedQuestion, AttemptOrder, ExecutorEvent } from "../../src/executors/types.ts";
import {
  createPlace,
  createTestSandbox,
  isBubblewrapWorking,
  TEST_LIMITS,
  type TestPlace,
} from "../../src/sandbox/testing.ts";
import type { Mount, SandboxLevel } from "../../src/sandbox/types.ts";
import type { ModelScriptInput } from "../fixtures/model-server/script.ts";
import { type ModelServer, startModelServer } from "../fixtures/model-server/server.ts";
import type { InstalledAgent } from "./install.ts";
import { type AgentTraces, findAgentProcesses } from "./processes.ts";
import { toTestPreset } from "./test-presets.ts";

/** A turn of a real agent on a machine with much to do, and one that tries a model again for as long as it likes. */
const TURN_MS_MAX = 1_800_000;

export interface Ran {
  readonly events: readonly ExecutorEvent[];
  readonly lines: readonly string[];
}

export interface RunOptions {
  readonly prompt: string;
  /** The conversation to take up again. @default null: a new one */
  readonly session?: AttemptOrder["session"];
  readonly react: React;
  /** @default 1_800_000 */
  readonly turnMs?: number;
}

/** Everything of one scenario: the agent's tree and home stay between two runs. */
export class AgentRig {
  readonly agent: InstalledAgent;
  readonly server: ModelServer;
  readonly level: SandboxLevel;
  readonly place: TestPlace;
  readonly asked: { readonly ask: string; readonly question: AskedQuestion }[] = [];
  readonly reports: AgentReport[] = [];
  readonly progress: string[] = [];
  /** How long a question waits for its answer in the call. */
  askWaitMs = 100;

  constructor(agent: InstalledAgent, server: ModelServer, level: SandboxLevel) {
    this.agent = agent;
    this.server = server;
    this.level = level;
    this.place = createPlace();
  }

  async run({ prompt, session = null, react, turnMs = TURN_MS_MAX }: RunOptions): Promise<Ran> {
    const bin = dirname(process.execPath);
    const { timeoutMs: _, ...limits } = TEST_LIMITS;
    const executor = createAcpExecutor({
      preset: toTestPreset(this.agent, this.server.url),
      sandbox: createTestSandbox(this.level, this.place),
      toolchains: { mounts: [toMount(bin)], path: `${bin}:/usr/local/bin:/usr/bin:/bin`, env: {} },
      node: process.execPath,
      limits: { ...limits, diskBytesMax: 2_000_000_000, processesMax: 500 },
      stagger: new Stagger(),
      askWaitMs: this.askWaitMs,
    });
    const order = createOrder(this.place, {
      script: null,
      prompt,
      session,
      desk: this.#openDesk(),
      network: "open",
      timeoutMs: turnMs,
    });
    return run(executor, order, react);
  }

  /** The agent and all that was started for its attempts. */
  listProcesses(): readonly number[] {
    return findAgentProcesses(this.traces);
  }

  get traces(): AgentTraces {
    return { folder: this.agent.folder, homes: dirname(dirname(this.place.home)) };
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.place.root, { recursive: true, force: true });
  }

  /** Where what the agent asks and tells goes. */
  #openDesk(): AgentHandlers {
    return {
      onAsk: async (ask, question) => {
        this.asked.push({ ask, question });
        return { decision: `D-${this.asked.length}` };
      },
      onReport: async (report) => {
        this.reports.push(report);
        return { note: null };
      },
      onProgress: (text) => this.progress.push(text),
      readContext: async () => "",
    };
  }
}

export async function openRig(
  agent: InstalledAgent,
  script: ModelScriptInput,
  level: SandboxLevel = isBubblewrapWorking ? "bubblewrap" : "process",
): Promise<AgentRig> {
  return new AgentRig(agent, await startModelServer({ script }), level);
}

function toMount(path: string): Mount {
  return { source: path, target: path, mode: "read" };
}
