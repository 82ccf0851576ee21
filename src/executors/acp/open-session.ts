/** The conversation of an attempt: taken up again where the agent can, else a new one, in the mode and with the model that were asked for. */
import { type ClientContext, type McpServerStdio, methods, RequestError } from "@agentclientprotocol/sdk";
import type { AgentSession, SessionStart } from "../../core/model/agent.ts";
import type { AgentFacts } from "./greet.ts";
import { type JsonObject, pick, toList, toObject, toText } from "./json.ts";
import type { AgentPreset } from "./preset-types.ts";
import { TroubleError } from "./trouble.ts";

export interface SessionWish {
  readonly cwd: string;
  readonly servers: readonly McpServerStdio[];
  /** To be taken up again; null: a new one. */
  readonly session: AgentSession | null;
  readonly model: string | null;
}

export interface OpenedSession {
  readonly session: AgentSession;
  readonly how: SessionStart;
}

/** @throws TroubleError where the mode or the model is not to be had; RequestError where the agent refuses. */
export async function openSession(
  agent: ClientContext,
  preset: AgentPreset,
  facts: AgentFacts,
  wish: SessionWish,
): Promise<OpenedSession> {
  const { id, how, state } = await enter(agent, preset, facts, wish);
  if (preset.mode !== null) await choose(agent, id, { state, category: "mode", value: preset.mode });
  if (wish.model !== null && preset.model.kind === "option") {
    await choose(agent, id, { state, category: "model", value: wish.model });
  }
  return { session: { id, executor: preset.name, agent: facts.agent }, how };
}

interface Entered {
  readonly id: string;
  readonly how: SessionStart;
  /** Modes and options, not checked. */
  readonly state: unknown;
}

async function enter(
  agent: ClientContext,
  preset: AgentPreset,
  facts: AgentFacts,
  { cwd, servers, session }: SessionWish,
): Promise<Entered> {
  const place = { cwd, mcpServers: [...servers] };
  const known = session?.executor === preset.name ? session.id : null;
  if (known !== null && facts.canResume) {
    const state = await attempt(() =>
      agent.request(methods.agent.session.resume, { sessionId: known, ...place }),
    );
    if (state !== null) return { id: known, how: "resumed", state };
  }
  if (known !== null && facts.canLoad) {
    const state = await attempt(() =>
      agent.request(methods.agent.session.load, { sessionId: known, ...place }),
    );
    if (state !== null) return { id: known, how: "loaded", state };
  }
  const state: unknown = await agent.request(methods.agent.session.new, place);
  const id = toText(pick(state, "sessionId"));
  if (id === null || id.length > 500) {
    throw new TroubleError({ kind: "protocol", reason: "its new session has no id" });
  }
  return { id, how: session === null ? "new" : "fresh", state };
}

/** Null where the agent does not have that conversation any more. That it needs a login is no such case. */
async function attempt(request: () => Promise<unknown>): Promise<JsonObject | null> {
  try {
    return toObject(await request()) ?? {};
  } catch (error) {
    if (error instanceof RequestError && error.code !== -32_000) return null;
    throw error;
  }
}

interface Choice {
  readonly state: unknown;
  readonly category: "mode" | "model";
  readonly value: string;
}

/** Sets an option of the session, or its mode in the older way. Nothing is sent where it is so already. */
async function choose(
  agent: ClientContext,
  sessionId: string,
  { state, category, value }: Choice,
): Promise<void> {
  const option = toList(pick(state, "configOptions"))
    .map(toObject)
    .find((entry) => entry !== null && (entry.category ?? entry.id) === category);
  if (option !== null && option !== undefined) {
    const values = toList(option.options).flatMap((entry) => {
      const group = toList(pick(entry, "options"));
      return (group.length > 0 ? group : [entry]).map((item) => toText(pick(item, "value")) ?? "");
    });
    if (!values.includes(value)) throw unfit(category, value, values);
    const configId = toText(option.id) ?? category;
    if (option.currentValue !== value) {
      await agent.request(methods.agent.session.setConfigOption, { sessionId, configId, value });
    }
    return;
  }
  const modes = category === "mode" ? toList(pick(state, "modes", "availableModes")) : [];
  const ids = modes.map((mode) => toText(pick(mode, "id")) ?? "");
  if (!ids.includes(value)) throw unfit(category, value, ids);
  if (pick(state, "modes", "currentModeId") !== value) {
    await agent.request(methods.agent.session.setMode, { sessionId, modeId: value });
  }
}

function unfit(category: string, value: string, offered: readonly string[]): TroubleError {
  const list = offered.length === 0 ? "none" : offered.slice(0, 20).join(", ");
  return new TroubleError({ kind: "unfit", reason: `it has no ${category} ${value}; it offers: ${list}` });
}
