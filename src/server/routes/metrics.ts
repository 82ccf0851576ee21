import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { ExportFormat } from "../../core/report/flow/export.ts";
import type { FlowQuery } from "../../engine/flow-service.ts";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, type RouteContext } from "../route.ts";
import { errorSchema } from "../schemas/common.ts";
import { exportQuery, flowReportSchema, metricsQuery } from "../schemas/metrics.ts";

const tag = "metrics";

const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: "text/csv; charset=utf-8; header=present",
  json: "application/json",
  md: "text/markdown; charset=utf-8",
};

type Query = Omit<z.output<typeof metricsQuery>, "root" | "detail" | "brief">;

/** What is absent restricts nothing. */
function toQuery(query: Query): Omit<FlowQuery, "detail" | "isBrief"> {
  const { names = [], since = null, until = null, owner = null, workflow = null } = query;
  return {
    names,
    since,
    until,
    owner,
    workflow,
    status: query.status ?? null,
    project: query.project ?? null,
  };
}

/** Flow metrics and their export. */
export function addMetricsRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
  addReader(
    app,
    {
      path: "/metrics",
      tag,
      summary: "Flow metrics of a project; without `root` of all projects of the home.",
      query: metricsQuery,
      answer: flowReportSchema,
    },
    ({ root, detail, brief, ...query }) =>
      service.metrics(root ?? null, { ...toQuery(query), detail, isBrief: brief }),
  );
  addExport(app, service);
}

function addExport(app: OpenAPIHono<ServerEnv>, service: RouteContext["service"]): void {
  const text = { schema: z.string() };
  const refused = { description: "Bad input.", content: { "application/json": { schema: errorSchema } } };
  const route = createRoute({
    method: "get",
    path: "/export",
    tags: [tag],
    summary: "The same with all details, as a file.",
    request: { query: exportQuery },
    responses: {
      200: {
        description: "The file.",
        content: {
          "text/csv": text,
          "text/markdown": text,
          "application/json": { schema: flowReportSchema },
        },
      },
      400: refused,
      404: { ...refused, description: "Unknown project or workstream." },
    },
  });
  app.openapi(route, async (c) => {
    const { root, format, rows, ...query } = c.req.valid("query");
    const body = await service.export(root ?? null, { ...toQuery(query), format, rows });
    return new Response(body, { headers: { "Content-Type": MEDIA_TYPES[format] } });
  });
}
