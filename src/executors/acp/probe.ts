import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AgentFailure } from "../../core/model/agent.ts";
import type { Toolchains } from "../../sandbox/toolchains.ts";
import type { Mount, Sandbox, SandboxedProcess, SandboxLimits } from "../../sandbox/types.ts";
import { connectAgent } from "./connection.ts";
import { classifyFailure } from "./failure.ts";
import { findAgent } from "./find-agent.ts";
import { type AgentFacts, greet } from "./greet.ts";
import { furnishHome } from "./home.ts";
import { toLoginNeeds } from "./login.ts";
import type { AgentPreset } from "./preset-types.ts";
import { TroubleError, toTrouble, within } from "./trouble.ts";

export interface ProbeOptions {
  readonly preset: AgentPreset;
  readonly sandbox: Sandbox;
  readonly toolchains: Toolchains;
  readonly limits: Omit<SandboxLimits, "timeoutMs">;
  /** Where its home and its log go; whoever calls removes it. */
  readonly folder: string;
  readonly deadlineMs: number;
}

/** What became of `initialize`. */
export interface AgentProbe {
  /** Null: it did not answer as it should. */
  readonly facts: AgentFacts | null;
  readonly failure: AgentFailure | null;
  /** From the start of the process to its answer. */
  readonly durationMs: number;
}

/**
 * Starts an agent without network and login, greets it and ends it. No model is called.
 *
 * @throws OsqrError `agent-missing`, `sandbox_start_failed`
 */
export async function probeAgent(options: ProbeOptions): Promise<AgentProbe> {
  const { preset, deadlineMs } = options;
  const startedAt = performance.now();
  const started = await startProbe(options);
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const exited = started.result.then((result) => {
    // Of two reasons the first counts: an answer that came is not taken back.
    reject(new TroubleError({ kind: "exited", during: "initialize", isStarting: true, result }));
  });
  try {
    if (started.pipes === null) throw new Error("bug: the sandbox gave no pipes");
    const { connection } = connectAgent(started.pipes, {
      onUpdate: () => undefined,
      onPermission: async () => ({ outcome: { outcome: "cancelled" } }),
      onForm: async () => ({ action: "decline" }),
      onOdd: (line) => started.log(line),
      onBroken: (reason) => reject(new TroubleError({ kind: "protocol", reason })),
    });
    const greeting = greet(connection.agent, preset).catch(async (error: unknown) => {
      // The connection broke off: how the process ended tells more.
      if (connection.signal.aborted) await exited;
      throw error;
    });
    const facts = await within(Promise.race([broken, greeting]), deadlineMs, "initialize");
    return { facts, failure: null, durationMs: Math.round(performance.now() - startedAt) };
  } catch (error) {
    const needs = { agent: preset.name, login: toLoginNeeds(preset), now: Date.now() };
    const durationMs = Math.round(performance.now() - startedAt);
    return { facts: null, failure: classifyFailure(toTrouble(error, "initialize"), needs), durationMs };
  } finally {
    broken.catch(() => undefined);
    await started.terminate("shutdown");
  }
}

async function startProbe(options: ProbeOptions): Promise<SandboxedProcess> {
  const { preset, sandbox, toolchains, limits, folder, deadlineMs } = options;
  const { program, args } = await findAgent(preset, toolchains);
  const home = join(folder, "home");
  const tree = join(folder, "tree");
  for (const path of [home, tree]) await mkdir(path, { recursive: true, mode: 0o700 });
  const furnished = await furnishHome(home, { files: preset.files, login: null, level: sandbox.level });
  const write = (path: string): Mount => ({ source: path, target: path, mode: "write" });
  return sandbox.start({
    label: `probe-${preset.name}`,
    argv: [program, ...args],
    cwd: tree,
    env: { ...toolchains.env, ...preset.env, HOME: home, PATH: toolchains.path, LANG: "C.UTF-8" },
    mounts: [...toolchains.mounts, ...preset.mounts, ...furnished, write(home), write(tree)],
    network: "off",
    limits: { ...limits, timeoutMs: deadlineMs * 2 },
    logPath: join(folder, "output.log"),
    stdio: "pipes",
  });
}
