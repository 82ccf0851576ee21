import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, addWriter, type RouteContext } from "../route.ts";
import {
  handoffDetailSchema,
  handoffsQuery,
  handoffsSchema,
  repairBody,
  repairsSchema,
} from "../schemas/handoffs.ts";
import { whatQuery } from "../schemas/requests.ts";

const tag = "handoffs";

/** What steps left for those who go on. */
export function addHandoffRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
  addReader(
    app,
    {
      path: "/handoffs",
      tag,
      summary: "Handoffs of a workstream, or of all, by time.",
      query: handoffsQuery,
      answer: handoffsSchema,
    },
    ({ root, name, all }) => service.handoffs(root, name ?? null, all === "true"),
  );
  addReader(
    app,
    {
      path: "/handoffs/one",
      tag,
      summary: "One handoff in full, by its task, workstream, attempt or path.",
      query: whatQuery,
      answer: handoffDetailSchema,
    },
    ({ root, what }) => service.handoff(root, what),
  );
  addWriter(
    app,
    {
      path: "/handoffs/repair",
      tag,
      summary: "Makes handoffs again that are missing or cannot be read.",
      body: repairBody,
      answer: repairsSchema,
    },
    ({ root, names, signer }) => service.repairHandoffs(root, names, signer),
  );
}
