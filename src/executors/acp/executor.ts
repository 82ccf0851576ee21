import type { McpServerStdio } from "@agentclientprotocol/sdk";
import type { Usage } from "../../core/model/agent.ts";
import { listSecretValues } from "../../core/secrets/variables.ts";
import type { Mount } from "../../sandbox/types.ts";
import { createAttemptMask } from "../attempt-mask.ts";
import {
  type AttemptPlace,
  type AttemptProcessOptions,
  openPlace,
  toAttemptRequest,
} from "../attempt-process.ts";
import { EventQueue } from "../event-queue.ts";
import type { Prices } from "../metering/request-desk.ts";
import type { AttemptOrder, Executor, ExecutorSession } from "../types.ts";
import { findAgent } from "./find-agent.ts";
import { furnishHome } from "./home.ts";
import type { AgentCredentials } from "./login.ts";
import { type AgentMeter, openAgentMeter } from "./meter.ts";
import type { AgentPreset, MeterWay } from "./preset-types.ts";
import { Refusals } from "./refusals.ts";
import { type AgentDeadlines, AgentRun } from "./run.ts";
import type { Stagger } from "./stagger.ts";

/** Grace between SIGTERM and SIGKILL: with the grace of a cancelled turn below the two seconds in which it must be over. */
const GRACE_MS_MAX = 700;

const DEADLINES: AgentDeadlines = { startMs: 90_000, stopMs: 3_000, cancelMs: 600 };

/** A program that serves tools to the agent over its stdin and stdout (MCP). */
export interface ToolServer {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it needs to be there inside. */
  readonly mounts: readonly Mount[];
}

export interface AcpExecutorOptions extends AttemptProcessOptions {
  readonly preset: AgentPreset;
  /** Shared by all executors of the machine. */
  readonly stagger: Stagger;
  /** @default 90 s to start, 3 s to stop, 600 ms to end a cancelled turn */
  readonly deadlines?: Partial<AgentDeadlines>;
  readonly login?: () => Promise<AgentCredentials>;
  /** Adds the price to what an agent used that tells tokens and no money. @default it has none */
  readonly price?: (usage: Usage) => Usage;
  /** Providers whose requests pass osqr's meter, by its login. @default none */
  readonly meters?: (order: AttemptOrder, login: AgentCredentials) => readonly MeterWay[];
  /** What requests that pass the meter cost. @default nothing has a price */
  readonly prices?: () => Prices | null;
  /** Servers of the session beside osqr's own. @default none */
  readonly tools?: (order: AttemptOrder, place: AttemptPlace) => Promise<readonly ToolServer[]>;
}

/** The executor for one agent that speaks the Agent Client Protocol. */
export function createAcpExecutor(options: AcpExecutorOptions): Executor {
  return {
    name: options.preset.name,
    refuse: () => null,
    start: (order) => startAgent(options, order),
  };
}

/**
 * The agent's process starts when its place in the stagger comes, after this has resolved.
 *
 * @throws OsqrError `agent-missing`
 */
async function startAgent(options: AcpExecutorOptions, asked: AttemptOrder): Promise<ExecutorSession> {
  const { preset, toolchains, sandbox, stagger } = options;
  const command = await findAgent(preset, toolchains);
  const found = (await options.login?.()) ?? { env: {}, file: null };
  const secrets = [...listSecrets(preset, found.env), ...(options.secrets?.() ?? [])];
  let mask = createAttemptMask(secrets);
  const refusals = new Refusals();
  const takeNotes = (): readonly string[] => refusals.take({ withoutReason: false });
  const desk = asked.desk === null ? null : { ...asked.desk, takeNotes };
  const order = { ...asked, desk };
  const events = new EventQueue((text) => mask(text));
  const place = await openPlace(options, order, events);
  let meter: AgentMeter | null = null;
  try {
    const ways = options.meters?.(order, found) ?? [];
    const prices = options.prices?.() ?? null;
    if (ways.length > 0) meter = await openAgentMeter(ways, { preset, order, login: found, prices, events });
    if (meter !== null) mask = createAttemptMask([...secrets, ...meter.secrets]);
    const login = meter?.login ?? found;
    const own = place.toolServer === null ? [] : [{ ...place.toolServer, mounts: [] }];
    const tools = [...own, ...((await options.tools?.(order, place)) ?? [])];
    const home = await furnishHome(place.files.home, {
      files: preset.files,
      login: login.file,
      level: sandbox.level,
    });
    const request = toAttemptRequest(options, order, place, {
      argv: [command.program, ...command.args, ...toModelArguments(preset, order.model)],
      mounts: [...preset.mounts, ...tools.flatMap((tool) => tool.mounts), ...home],
      env: { ...preset.env, ...login.env, ...toModelVariables(preset, order.model) },
      secrets: [...secrets, ...(meter?.secrets ?? [])],
      routes: meter === null ? [] : [meter.route],
    });
    const { debugLines } = preset.quirks;
    const graceMs = Math.min(options.limits.graceMs, GRACE_MS_MAX);
    return new AgentRun({
      preset,
      mask,
      order,
      events,
      price: preset.quirks.tellsCost === true ? null : (options.price ?? null),
      meter,
      place,
      sandbox,
      request: {
        ...request,
        limits: { ...request.limits, graceMs },
        ...(debugLines === undefined ? {} : { noise: debugLines }),
      },
      servers: tools.map(toServer),
      deadlines: { ...DEADLINES, ...options.deadlines },
      stagger,
      refusals,
      login: toLoginMethod(preset, login.env),
    });
  } catch (error) {
    await meter?.close();
    await place.release();
    throw error;
  }
}

/** What it logs in with, and what else it is given; where its provider is, is no secret unless one stands in it. */
function listSecrets({ login }: AgentPreset, env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (login.settings.includes(name)) return value.includes("://") ? listSecretValues([name], env) : [];
    return login.variables.includes(name) ? [value] : listSecretValues([name], env);
  });
}

function toServer({ name, command, args, env }: ToolServer): McpServerStdio {
  const variables = Object.entries(env).map(([variable, value]) => ({ name: variable, value }));
  return { name, command, args: [...args], env: variables };
}

function toModelArguments({ model: choice }: AgentPreset, model: string | null): string[] {
  return model !== null && choice.kind === "argument" ? [choice.flag, model] : [];
}

function toModelVariables({ model: choice }: AgentPreset, model: string | null): Record<string, string> {
  return model !== null && choice.kind === "variable" ? { [choice.name]: model } : {};
}

/** Null where the agent logs in by itself. */
function toLoginMethod(
  { login: { method } }: AgentPreset,
  env: Readonly<Record<string, string>>,
): string | null {
  return method !== null && (env[method.variable] ?? "") !== "" ? method.id : null;
}
