import { connect, type LookupFunction, type Socket } from "node:net";
import { type AllowRule, isAllowed } from "../../core/network/allow-list.ts";
import type { NetworkTarget } from "../../core/network/host.ts";
import { findAddresses, type Resolve, type ResolvedAddress } from "./addresses.ts";

/** How long a connection to an allowed host may take. */
const CONNECT_MS_MAX = 20_000;

/** What the proxy decided about one target. */
export interface NetworkDecision {
  /** As the attempt named it, at most 253 printable characters; of a malformed one what is left of it. */
  readonly host: string;
  /** 0 where it named none. */
  readonly port: number;
  readonly isAllowed: boolean;
  /** Why not, for people; null where it is allowed. */
  readonly reason: string | null;
}

/** Addresses that may be used, or why there are none. */
export type Verdict =
  | { readonly kind: "allowed"; readonly addresses: readonly ResolvedAddress[] }
  | { readonly kind: "denied"; readonly reason: string }
  /** It is allowed, but nothing can be found there. */
  | { readonly kind: "unknown"; readonly reason: string };

/** Judges a target by its name, then by the addresses behind it. */
export async function judgeTarget(
  target: NetworkTarget,
  rules: readonly AllowRule[],
  resolve: Resolve,
): Promise<Verdict> {
  if (!isAllowed(rules, target)) return { kind: "denied", reason: "it is not in the list of allowed hosts" };
  try {
    const addresses = await findAddresses(target, rules, resolve);
    if (addresses.length > 0) return { kind: "allowed", addresses };
    const reason = "its address is none of the public internet, and is not in the list itself";
    return { kind: "denied", reason };
  } catch (error) {
    return { kind: "unknown", reason: toReason(error) };
  }
}

/** A lookup that knows only the addresses that were judged: no name is asked for twice. */
export function toPinnedLookup(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else if (first === undefined) callback(new Error("no address"), "");
    else callback(null, first.address, first.family);
  };
}

/** Connects to one of the judged addresses. @throws where none answers in time. */
export function dial(target: NetworkTarget, addresses: readonly ResolvedAddress[]): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      // Only a name is looked up, and every connection has to go through the judged addresses.
      host: "judged.invalid",
      port: target.port,
      lookup: toPinnedLookup(addresses),
      allowHalfOpen: true,
    });
    const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), CONNECT_MS_MAX);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
    socket.once("close", () => clearTimeout(timer));
  });
}

/** What went wrong, without a stack. */
export function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.message;
}
