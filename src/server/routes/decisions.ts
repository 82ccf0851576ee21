import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, addWriter, type RouteContext } from "../route.ts";
import { acceptBody, decideBody, rootQuery } from "../schemas/requests.ts";
import { acceptedSchema, inboxSchema } from "../schemas/service.ts";
import { decisionSchema } from "../schemas/views.ts";

/** Questions for the operator and their answers. */
export function addDecisionRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
  const tag = "decisions";
  addReader(
    app,
    { path: "/inbox", tag, summary: "Open decisions, ranked.", query: rootQuery, answer: inboxSchema },
    ({ root }) => service.inbox(root),
  );
  addWriter(
    app,
    { path: "/decide", tag, summary: "Answers a decision.", body: decideBody, answer: decisionSchema },
    ({ root, decision, option, because, ...signature }) =>
      service.decide(root, decision, option, because, signature),
  );
  addWriter(
    app,
    { path: "/accept", tag, summary: "Takes all recommendations.", body: acceptBody, answer: acceptedSchema },
    ({ root, ...options }) => service.accept(root, options),
  );
}
