/** Which hosts an attempt may reach: read from config and presets, and judged per connection. */

import { isAddress, type NetworkTarget, parseHost } from "./host.ts";
import { expandHosts, PACKAGE_WORDS } from "./package-hosts.ts";

/** Entries of one list. */
const ENTRIES_MAX = 500;
/** Ports of an entry that names none: http and https. */
const DEFAULT_PORTS: readonly number[] = [80, 443];

export interface AllowRule {
  /** As `parseHost` gives it; of a rule for all names below it, without the `*.`. */
  readonly host: string;
  /** True for `*.host`: every name below it, not itself. */
  readonly isSuffix: boolean;
  /** Null: 80 and 443. */
  readonly port: number | null;
}

export interface AllowList {
  readonly rules: readonly AllowRule[];
  /** For people, one for each entry that is none: what was found and what was expected. */
  readonly problems: readonly string[];
}

/** Reads entries like `packages:npm`, `registry.example.org`, `*.example.com`, `localhost:11434`, `10.0.0.5:8443`, `[::1]:80`. */
export function parseAllowList(entries: readonly string[]): AllowList {
  const rules: AllowRule[] = [];
  const problems: string[] = [];
  for (const entry of expandHosts(entries.slice(0, ENTRIES_MAX))) {
    const rule = parseRule(entry);
    if (typeof rule === "string") problems.push(`${JSON.stringify(entry.slice(0, 100))}: ${rule}`);
    else rules.push(rule);
  }
  if (entries.length > ENTRIES_MAX)
    problems.push(`${entries.length} hosts, expected at most ${ENTRIES_MAX}: the rest is not allowed`);
  return { rules, problems };
}

/** True where a rule names the host and the port. A name is compared as a whole: no rule for `good.com` allows `good.com.evil.com`. */
export function isAllowed(rules: readonly AllowRule[], { host, port }: NetworkTarget): boolean {
  return rules.some((rule) => {
    const isPort = rule.port === null ? DEFAULT_PORTS.includes(port) : rule.port === port;
    return isPort && (rule.isSuffix ? host.endsWith(`.${rule.host}`) : host === rule.host);
  });
}

/** A rule, or what is wrong. */
function parseRule(entry: string): AllowRule | string {
  const match = /^(\*\.)?(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(entry.trim());
  const host = parseHost(match?.[2] ?? "");
  if (entry.startsWith("packages:") && match === null) return `expected ${PACKAGE_WORDS.join(", ")}`;
  if (match === null || host === null)
    return "expected a host, *.host or an address, with :port or without; names of other alphabets as xn--…";
  const isSuffix = match[1] !== undefined;
  if (isSuffix && (isAddress(host) || !host.includes(".")))
    return "expected at least two parts after the *, e.g. *.example.com";
  const port = match[3] === undefined ? null : Number(match[3]);
  if (port !== null && (port < 1 || port > 65_535)) return "expected a port from 1 to 65535";
  return { host, isSuffix, port };
}
