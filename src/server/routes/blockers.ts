import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, addWriter, type RouteContext } from "../route.ts";
import { blockerSchema, blockersSchema } from "../schemas/blockers.ts";
import {
  blockersQuery,
  declareBlockerBody,
  ownBlockerBody,
  resolveBlockerBody,
} from "../schemas/requests.ts";

/** What people declare to be in the way. */
export function addBlockerRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
  const tag = "blockers";
  addReader(
    app,
    {
      path: "/blockers",
      tag,
      summary: "Open blockers with what they hold up.",
      query: blockersQuery,
      answer: blockersSchema,
    },
    ({ root, all }) => service.blockers(root, all === "true"),
  );
  addWriter(
    app,
    {
      path: "/blockers/declare",
      tag,
      summary: "Declares a blocker: nothing new of what it blocks starts.",
      body: declareBlockerBody,
      answer: blockerSchema,
    },
    ({ root, ...declaration }) => service.declareBlocker(root, declaration),
  );
  addWriter(
    app,
    {
      path: "/blockers/own",
      tag,
      summary: "Hands a blocker over.",
      body: ownBlockerBody,
      answer: blockerSchema,
    },
    ({ root, id, to, because, signer }) => service.transferBlocker(root, id, to, because, signer),
  );
  addWriter(
    app,
    {
      path: "/blockers/resolve",
      tag,
      summary: "Says that a blocker is out of the way, and how.",
      body: resolveBlockerBody,
      answer: blockerSchema,
    },
    ({ root, id, because, signer }) => service.resolveBlocker(root, id, because, signer),
  );
}
