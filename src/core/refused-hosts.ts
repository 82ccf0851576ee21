/** Hosts that an attempt reached for and may not reach: how they are kept and told. */
import type { RefusedHost } from "./model/agent.ts";
import type { Attempt } from "./model/work.ts";
import { COMMAND } from "./routing/config.ts";

/** Hosts of one attempt that are kept. */
export const REFUSED_HOSTS_MAX = 20;
const SHOWN_MAX = 5;
const HOST_CHARS_MAX = 253;
const COUNT_MAX = 1_000_000_000;

const keyOf = ({ host, port }: RefusedHost): string => `${host}:${port}`;

/** Those of `more` that are known or find room, each once, within bounds. */
export function boundRefused(
  known: readonly RefusedHost[],
  more: readonly RefusedHost[],
): readonly RefusedHost[] {
  const kept = new Set(known.map(keyOf));
  const found = new Map<string, RefusedHost>();
  for (const each of more) {
    const host = each.host.slice(0, HOST_CHARS_MAX);
    const key = keyOf({ ...each, host });
    if (!kept.has(key) && kept.size >= REFUSED_HOSTS_MAX) continue;
    kept.add(key);
    const count = Math.min(COUNT_MAX, (found.get(key)?.count ?? 0) + each.count);
    found.set(key, { host, port: each.port, count });
  }
  return [...found.values()];
}

/** Adds what was refused since; the order is that in which each host came first. */
export function addRefused(
  known: readonly RefusedHost[],
  more: readonly RefusedHost[],
): readonly RefusedHost[] {
  const all = new Map(known.map((each) => [keyOf(each), each]));
  for (const each of more) {
    const count = Math.min(COUNT_MAX, (all.get(keyOf(each))?.count ?? 0) + each.count);
    all.set(keyOf(each), { ...each, count });
  }
  return [...all.values()];
}

/** `registry.example.org:443 ×12, other.example.org:443 and 2 more`. */
export function sayRefused(hosts: readonly RefusedHost[]): string {
  const shown = hosts
    .slice(0, SHOWN_MAX)
    .map((each) => `${keyOf(each)}${each.count > 1 ? ` ×${each.count}` : ""}`);
  const more = hosts.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** What was refused to an attempt, and what would allow it; null: nothing was. */
export function adviseOnRefused({
  executor,
  refusedHosts = [],
}: Pick<Attempt, "executor" | "refusedHosts">): string | null {
  if (refusedHosts.length === 0) return null;
  const keys = executor === COMMAND ? "sandbox.network" : `executors.${executor}.hosts or sandbox.network`;
  return `It was refused the network: ${sayRefused(refusedHosts)}; what it may reach: ${keys} in your config.`;
}
