/**
 * Who may speak to the daemon from a browser: nobody but its own pages. A name that resolves to 127.0.0.1 (DNS rebinding) is
 * stopped by the Host check, a page of somebody else by the Origin check. There are no CORS headers at all.
 */
import { OsqrError } from "../../core/errors.ts";

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];

function isOwnAuthority(authority: string, port: number): boolean {
  return LOOPBACK_NAMES.some((name) => authority === `${name}:${port}`);
}

/** @throws `forbidden-host` for any name but the loopback's with the daemon's own port */
export function checkHost(host: string | undefined, port: number): void {
  if (host !== undefined && isOwnAuthority(host.toLowerCase(), port)) return;
  throw new OsqrError("forbidden-host", `Host: expected 127.0.0.1:${port} or localhost:${port}`, {
    hints: ["the daemon answers on this machine only"],
  });
}

/** @throws `forbidden-origin` for `null`, another site, and another port of this machine */
export function checkOrigin(origin: string | undefined, port: number): void {
  if (origin === undefined) return;
  const authority = origin.startsWith("http://") ? origin.slice("http://".length).toLowerCase() : "";
  if (isOwnAuthority(authority, port)) return;
  throw new OsqrError("forbidden-origin", "Origin: pages of other sites may not use this API");
}
