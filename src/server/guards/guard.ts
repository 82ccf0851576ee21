/** The guards in the order in which a request meets them; each refuses with an error of its own. */
import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { OsqrError } from "../../core/errors.ts";
import { parseStrictJson } from "./json-text.ts";
import { checkHost, checkOrigin } from "./origin.ts";
import { checkQueryHasNoToken, checkToken } from "./token.ts";

/** Longest body that is read. */
export const BODY_BYTES_MAX = 1 << 20;

/** What the app's handlers know of a request beside hono's own. */
export interface ServerEnv {
  Bindings: HttpBindings;
}

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** On every answer, errors too. */
export function setSecurityHeaders(headers: Headers): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value);
}

/** Host, Origin, address, token. `publicPaths` need no token, all the rest they do need. */
export function guardCaller(options: {
  readonly port: () => number;
  readonly token: string;
  readonly publicPaths: ReadonlySet<string>;
}): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    checkHost(c.req.header("host"), options.port());
    checkOrigin(c.req.header("origin"), options.port());
    checkQueryHasNoToken(new URL(c.req.url).searchParams, options.token);
    const isPublic = c.req.method === "GET" && options.publicPaths.has(c.req.path);
    if (!isPublic) checkToken(c.req.header("authorization"), options.token);
    await next();
  };
}

const limitBody = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: () => {
    throw new OsqrError("body-too-large", `the body is larger than ${BODY_BYTES_MAX} bytes`);
  },
});

/** Requests that change something bring JSON, and not too much of it. A form of a foreign page cannot. */
export function guardBody(): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    const type = c.req.header("content-type") ?? "";
    if (!/^application\/json\s*(?:;\s*charset=utf-8\s*)?$/i.test(type)) {
      throw new OsqrError("not-json", "Content-Type: expected application/json");
    }
    return limitBody(c, async () => {
      parseStrictJson(await c.req.text());
      await next();
    });
  };
}
