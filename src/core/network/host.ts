/**
 * Hosts as they stand in a request or in a list, read strictly: two readings of one text are how a filter is passed by. What a
 * resolver or a URL parser would take for something else than it looks like is no host.
 */

/** Characters of a host name (RFC 1035). */
const HOST_CHARS_MAX = 253;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** What the C library reads as a number: decimal, octal, hexadecimal. */
const NUMBER_LIKE = /^(?:0x[0-9a-f]*|\d+)$/;

/** A place to connect to. */
export interface NetworkTarget {
  /** As `parseHost` gives it. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * The one spelling of a host: a name in lower case, an IPv4 address in four decimal parts, or an IPv6 address in brackets with its eight
 * groups written out. Null where it is none of these: other alphabets, control characters, a user name, a dot at the end, short or octal
 * addresses.
 */
export function parseHost(text: string): string | null {
  if (text.startsWith("[")) return text.endsWith("]") ? toIpv6(text.slice(1, -1)) : null;
  const host = text.toLowerCase();
  if (host.length === 0 || host.length > HOST_CHARS_MAX) return null;
  const labels = host.split(".");
  if (!labels.every((label) => LABEL.test(label))) return null;
  return NUMBER_LIKE.test(labels.at(-1) ?? "") ? toIpv4(labels) : host;
}

/** `host:port`, or `host` alone where there is a default. Null where it is neither. */
export function parseTarget(text: string, defaultPort: number | null): NetworkTarget | null {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  const host = parseHost(match?.[1] ?? "");
  const port = match?.[2] === undefined ? defaultPort : Number(match[2]);
  return host === null || port === null || port < 1 || port > 65_535 ? null : { host, port };
}

/** True for a host that is an address and needs no resolver. */
export function isAddress(host: string): boolean {
  return host.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

function toIpv4(labels: readonly string[]): string | null {
  const isPart = (label: string): boolean => /^(?:0|[1-9]\d{0,2})$/.test(label) && Number(label) <= 255;
  return labels.length === 4 && labels.every(isPart) ? labels.join(".") : null;
}

/** Eight groups without leading zeros, in brackets. An IPv4 address at the end is not taken, nor a zone. */
function toIpv6(text: string): string | null {
  const [head = "", tail, ...more] = text.toLowerCase().split("::");
  if (more.length > 0) return null;
  const toGroups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const first = toGroups(head);
  const last = tail === undefined ? [] : toGroups(tail);
  const missing = 8 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...first, ...Array<string>(Math.max(0, missing)).fill("0"), ...last];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return null;
  return `[${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}]`;
}
