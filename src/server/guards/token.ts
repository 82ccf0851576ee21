import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { OsqrError } from "../../core/errors.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Compares in a time that does not depend on where two texts differ. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

/** @throws `unauthorized` */
export function checkToken(authorization: string | undefined, token: string): void {
  const match = /^Bearer +([A-Za-z0-9_-]{1,200})$/i.exec(authorization ?? "");
  if (match?.[1] !== undefined && isSameSecret(match[1], token)) return;
  throw new OsqrError("unauthorized", "expected the header Authorization: Bearer <token>", {
    hints: ["the token is in the file `token` in the home (osqr doctor names it)"],
  });
}

/** Names under which clients would put a token into an address, where it ends in logs and histories. */
const SECRET_NAMES = new Set(["token", "access_token", "auth", "authorization", "bearer", "api_key", "key"]);

/** @throws `bad-request`: also where the header is right, so that nobody gets used to it */
export function checkQueryHasNoToken(query: URLSearchParams, token: string): void {
  for (const [name, value] of query) {
    if (!SECRET_NAMES.has(name.toLowerCase()) && !value.includes(token)) continue;
    throw new OsqrError("bad-request", "a token does not belong into an address", {
      hints: ["send it as a header: Authorization: Bearer <token>"],
    });
  }
}

/**
 * Shows that this process holds the token without sending it, so that a client does not hand its token to a stranger on a
 * port that a dead daemon left behind. HMAC-SHA-256 over `nonce`, hex.
 */
export function proveToken(token: string, nonce: string): string {
  return createHmac("sha256", token).update(`osqr health ${nonce}`).digest("hex");
}
