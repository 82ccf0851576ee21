/** Finds the daemon of a home, and makes sure that it is the one. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { readDaemonFile } from "../../server/daemon-file.ts";
import type { HomePaths } from "../../store/home.ts";
import { readToken } from "../../store/token.ts";
import { isTimeout, requestJson } from "./http.ts";

const HEALTH_TIMEOUT_MS = 2_000;

export type FoundDaemon =
  | {
      readonly kind: "ready";
      readonly pid: number;
      readonly port: number;
      readonly token: string;
      readonly version: string;
    }
  /** It starts, or it stops: it will answer or be gone soon. */
  | { readonly kind: "busy"; readonly pid: number }
  /** It has the home and a port, and answers nobody now: it has much to do, or it was stopped. */
  | { readonly kind: "silent"; readonly pid: number }
  | { readonly kind: "absent" };

/** True while a process runs. One that has ended and that its parent has not asked for (in containers, for long) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return !hasEnded(pid);
}

const hasEnded = (pid: number): boolean => /[ZX]/.test(readState(pid));

/** True where somebody has stopped a process (SIGSTOP, Ctrl-Z): it goes on only when it is told to. */
export const isStopped = (pid: number): boolean => /[Tt]/.test(readState(pid));

/** The letter of a process's state; empty: no /proc here, what a signal says has to do. */
function readState(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return /^\) (\S)/.exec(stat.slice(stat.lastIndexOf(")")))?.[1] ?? "";
  } catch {
    return "";
  }
}

/**
 * Looks for the daemon. Its port is asked to prove that it knows the token before the token is sent there: a daemon that died
 * leaves its port to anybody.
 *
 * @throws `token-unsafe`, `token-invalid`
 */
export async function findDaemon(home: HomePaths): Promise<FoundDaemon> {
  const file = readDaemonFile(home.daemon);
  if (file === null || !isAlive(file.pid)) return { kind: "absent" };
  const { pid, port } = file;
  if (port === null) return { kind: "busy", pid };
  const token = readToken(home);
  if (token === null) return { kind: "absent" };
  const nonce = randomBytes(16).toString("hex");
  let health: { version?: unknown; proof?: unknown };
  try {
    const options = { path: "/health", query: { nonce }, timeoutMs: HEALTH_TIMEOUT_MS };
    health = await requestJson({ port, token: null }, options, false);
  } catch (error) {
    if (isTimeout(error) && (await isHeld(home))) return { kind: "silent", pid };
    // Nobody is there, or somebody who is no osqr.
    return { kind: "absent" };
  }
  if (!isProof(String(health.proof), token, nonce)) return { kind: "absent" };
  return { kind: "ready", pid, port, token, version: String(health.version) };
}

/** Somebody has the home: then it is no other program that took over the pid and the port of a dead daemon. */
async function isHeld(home: HomePaths): Promise<boolean> {
  // Only here: every command goes through this file.
  const { findHolder } = await import("../../store/home-lock.ts");
  return findHolder(home) !== null;
}

/** The other side of `proveToken` in the server. */
function isProof(proof: string, token: string, nonce: string): boolean {
  const expected = createHmac("sha256", token).update(`osqr health ${nonce}`).digest("hex");
  return proof.length === expected.length && timingSafeEqual(Buffer.from(proof), Buffer.from(expected));
}
