/** An agent whose requests to its model pass osqr: it gets an address on its own loopback, and a word in place of the key. */
import { type MeterUpstream, openMeter } from "../../sandbox/network/meter/meter.ts";
import type { RelayRoute } from "../../sandbox/network/relay.ts";
import type { EventQueue } from "../event-queue.ts";
import { type Prices, RequestDesk } from "../metering/request-desk.ts";
import type { AttemptOrder } from "../types.ts";
import { type JsonObject, toObject } from "./json.ts";
import type { AgentCredentials } from "./login.ts";
import type { AgentPreset, MeterWay } from "./preset-types.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The ways whose key is there. Empty: a login that is no key cannot be metered. */
export function findMeterWays({ meters }: Pick<AgentPreset, "meters">, env: Env): readonly MeterWay[] {
  const found = new Map<string, MeterWay>();
  for (const way of meters) {
    if ((env[way.key] ?? "") !== "" && !found.has(way.provider)) found.set(way.provider, way);
  }
  return [...found.values()];
}

/** Variables that hold a key that can be metered, for people. */
export const listMeterKeys = ({ meters }: Pick<AgentPreset, "meters">): readonly string[] =>
  meters.map(({ key }) => key);

export interface AgentMeter {
  readonly route: RelayRoute;
  /** The login without keys and addresses: those are the meter's. */
  readonly login: AgentCredentials;
  /** Values that are to be masked. */
  readonly secrets: readonly string[];
  /** Ends what is under way. Then all of it has been told. */
  close(): Promise<void>;
}

/** @throws where an address is none */
export async function openAgentMeter(
  ways: readonly MeterWay[],
  parts: {
    readonly preset: AgentPreset;
    readonly order: AttemptOrder;
    readonly login: AgentCredentials;
    readonly prices: Prices | null;
    readonly events: EventQueue;
  },
): Promise<AgentMeter> {
  const { preset, order, login, prices, events } = parts;
  const desk = new RequestDesk({
    purse: order.purse,
    prices,
    model: order.model,
    emit: (event) => events.push(event),
  });
  // One provider has the whole address: not every agent takes one with a path.
  const prefixOf = (way: MeterWay): string => (ways.length === 1 ? "" : `/${way.provider}`);
  const meter = await openMeter({
    folder: order.folder,
    upstreams: Object.fromEntries(ways.map((way) => [prefixOf(way), toUpstream(way, login.env)])),
    admit: (call) => desk.admit(call),
    onEnd: (call, end) => desk.end(call, end),
  });
  const env: Record<string, string> = {};
  for (const way of ways) {
    const fill = (text: string): string =>
      text.replaceAll("{url}", `http://127.0.0.1:{port}${prefixOf(way)}`).replaceAll("{key}", meter.key);
    for (const [name, value] of Object.entries(way.env)) env[name] = fill(value);
    if (way.config === null) continue;
    const { variable, value } = way.config;
    const known = env[variable] ?? login.env[variable] ?? preset.env[variable] ?? "{}";
    env[variable] = fill(JSON.stringify(mergeJson(toObject(JSON.parse(known)) ?? {}, value)));
  }
  const taken = [...preset.login.variables, ...ways.flatMap(({ baseVariable }) => baseVariable ?? [])];
  const kept = Object.entries(login.env).filter(([name]) => !taken.includes(name));
  return {
    route: { socketPath: meter.socketPath, port: 0, env },
    login: { env: Object.fromEntries(kept), file: null },
    secrets: [...ways.map(({ key }) => login.env[key] ?? ""), meter.key],
    close: () => meter.close(),
  };
}

function toUpstream({ key, header, baseUrl, baseVariable }: MeterWay, env: Env): MeterUpstream {
  const own = baseVariable === null ? "" : (env[baseVariable] ?? "");
  const secret = env[key] ?? "";
  const headers: Record<string, string> =
    header === "bearer" ? { authorization: `Bearer ${secret}` } : { [header]: secret };
  return { baseUrl: own === "" ? baseUrl : own, headers };
}

/** Lists are joined. */
function mergeJson(a: JsonObject, b: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const known = merged[name];
    const [left, right] = [toObject(known), toObject(value)];
    if (left !== null && right !== null) merged[name] = mergeJson(left, right);
    else merged[name] = Array.isArray(known) && Array.isArray(value) ? [...known, ...value] : value;
  }
  return merged;
}
