import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ServerEnv } from "../guards/guard.ts";
import { addWriter, type RouteContext } from "../route.ts";
import { revertBody, revertSchema, reworkBody, reworkSchema } from "../schemas/reverts.ts";

/** Work that goes back: to a step before it has landed, out of the base after that. */
export function addRevertRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
  addWriter(
    app,
    {
      path: "/rework",
      tag: "workstreams",
      summary: "Sends work that has not landed back to a step.",
      body: reworkBody,
      answer: reworkSchema,
    },
    ({ root, name, ...options }) => service.rework(root, name, options),
  );
  addWriter(
    app,
    {
      path: "/revert",
      tag: "workstreams",
      summary: "Takes a landed workstream out of the base again, in the order of the merge queue.",
      body: revertBody,
      answer: revertSchema,
    },
    ({ root, name, ...options }) => service.revert(root, name, options),
  );
}
