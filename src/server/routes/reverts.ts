import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ServerEnv } from "../guards/guard.ts";
import { addWriter, type RouteContext } from "../route.ts";
import { revertBody, revertSchema } from "../schemas/reverts.ts";

/** Landed work that goes out of the base again. */
export function addRevertRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
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
