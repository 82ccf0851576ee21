import { lookup } from "node:dns/promises";
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type AllowRule, isAllowed } from "../../core/network/allow-list.ts";
import { isAddress, type NetworkTarget, parseHost } from "../../core/network/host.ts";

/** How long the system's resolver may take. */
const RESOLVE_MS_MAX = 10_000;
/** Addresses of one name that are tried. */
const ADDRESSES_MAX = 8;

/** One address of a host, as the system takes it: no brackets. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** IANA's special-purpose registries: what is no place on the public internet. One list each, as a mapped range would match both. */
const SPECIAL_IPV4 = toBlockList([
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"],
  ...["203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
]);
/** What can name an IPv4 address (mapped, translated, 6to4, Teredo) is special as a whole. */
const SPECIAL_IPV6 = toBlockList([
  ...["::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32"],
  ...["2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"],
]);

/** True for an address on the public internet; everything that is not known to be one is not. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL_IPV4.check(address, "ipv4");
  return isIPv6(address) && !SPECIAL_IPV6.check(address, "ipv6");
}

/** Asks a resolver for all addresses of a name. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

/** The system's resolver; `localhost` is the loopback whatever it says (RFC 6761). @throws where the name has no address. */
export async function resolveHost(host: string): Promise<readonly ResolvedAddress[]> {
  if (host === "localhost" || host.endsWith(".localhost"))
    return [
      { address: "127.0.0.1", family: 4 },
      { address: "::1", family: 6 },
    ];
  const timer = new AbortController();
  const late = delay(RESOLVE_MS_MAX, null, { signal: timer.signal, ref: false }).catch(() => null);
  const found = await Promise.race([lookup(host, { all: true }), late]);
  timer.abort();
  if (found === null) throw new Error(`no answer of the resolver within ${RESOLVE_MS_MAX / 1000} s`);
  return found.flatMap(({ address, family }) => (family === 4 || family === 6 ? [{ address, family }] : []));
}

/**
 * The addresses of an allowed target to which a connection may go. One that is not on the public internet has to be in the list itself:
 * a name that is allowed does not make its owner's choice of address allowed. Empty: none of them may be used.
 *
 * @throws where the name has no address.
 */
export async function findAddresses(
  target: NetworkTarget,
  rules: readonly AllowRule[],
  resolve: Resolve,
): Promise<readonly ResolvedAddress[]> {
  if (isAddress(target.host)) return [toAddress(target.host)]; // It is in the list: that is how it came here.
  const found = await resolve(target.host);
  const isListed = ({ address, family }: ResolvedAddress): boolean => {
    const host = parseHost(family === 6 ? `[${address}]` : address);
    return host !== null && isAllowed(rules, { host, port: target.port });
  };
  const isOwn = target.host === "localhost";
  return found
    .filter((entry) => isOwn || isPublicAddress(entry.address) || isListed(entry))
    .slice(0, ADDRESSES_MAX);
}

function toAddress(host: string): ResolvedAddress {
  return host.startsWith("[") ? { address: host.slice(1, -1), family: 6 } : { address: host, family: 4 };
}

function toBlockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", bits] = subnet.split("/");
    list.addSubnet(address, Number(bits), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return list;
}
