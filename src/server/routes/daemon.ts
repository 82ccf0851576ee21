import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ServerEnv } from "../guards/guard.ts";
import { proveToken } from "../guards/token.ts";
import { addReader, addWriter, type RouteContext } from "../route.ts";
import { emptyBody, healthQuery } from "../schemas/requests.ts";
import { doneSchema, healthSchema } from "../schemas/service.ts";

/** The daemon itself. */
export function addDaemonRoutes(app: OpenAPIHono<ServerEnv>, context: RouteContext): void {
  const { token, version, onShutdown } = context;
  const tag = "daemon";
  addReader(
    app,
    {
      path: "/health",
      tag,
      summary: "Says that it is there; needs no token. With `nonce` it proves that it holds the token.",
      query: healthQuery,
      isPublic: true,
      answer: healthSchema,
    },
    ({ nonce }) => ({ ok: true, version, proof: nonce === undefined ? null : proveToken(token, nonce) }),
  );
  addWriter(
    app,
    {
      path: "/shutdown",
      tag,
      summary: "Stops the daemon. Runs stand still until the next start.",
      body: emptyBody,
      answer: doneSchema,
    },
    () => {
      // After the answer is on its way.
      setImmediate(onShutdown);
      return { ok: true };
    },
  );
}
