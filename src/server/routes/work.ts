import type { OpenAPIHono } from "@hono/zod-openapi";
import type { GoOptions } from "../../engine/service.ts";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, addWriter, type RouteContext } from "../route.ts";
import { planSchema, toPlanView } from "../schemas/plan.ts";
import { goBody, planQuery, reportQuery, statusQuery } from "../schemas/requests.ts";
import { goSchema } from "../schemas/service.ts";
import { reportSchema, statusSchema } from "../schemas/views.ts";

/** Plan, start, look at, report. */
export function addWorkRoutes(app: OpenAPIHono<ServerEnv>, { service, port }: RouteContext): void {
  const tag = "work";
  addReader(
    app,
    {
      path: "/plan",
      tag,
      summary: "What would be built, in which order.",
      query: planQuery,
      answer: planSchema,
    },
    async ({ root, only, skip, executor = null }) => {
      const selection = { only: only === undefined || only.length === 0 ? null : only, skip: skip ?? [] };
      return toPlanView(await service.plan(root, { ...selection, executor }));
    },
  );
  addWriter(
    app,
    {
      path: "/go",
      tag,
      summary: "Builds what is ready; goes on where an earlier run stood.",
      body: goBody,
      answer: goSchema,
    },
    async ({ root, signer, ...rest }) => {
      const options: GoOptions = { ...rest, by: signer };
      const { plan, ...result } = await service.go(root, options);
      return { ...result, plan: toPlanView(plan) };
    },
  );
  addReader(
    app,
    {
      path: "/report",
      tag,
      summary: "Report of a run, of the last one by default.",
      query: reportQuery,
      answer: reportSchema,
    },
    ({ root, run }) => service.report(root, run ?? null),
  );
  addReader(
    app,
    {
      path: "/status",
      tag,
      summary: "All workstreams of the project as they are now.",
      query: statusQuery,
      answer: statusSchema,
    },
    // The engine does not know where it is served.
    async ({ root, brief }) => ({
      ...(await service.status(root, brief === "true")),
      daemon: { pid: process.pid, port: port() },
    }),
  );
}
