import { OpenAPIHono } from "@hono/zod-openapi";
import { OsqrError } from "../core/errors.ts";
import { describeIssue } from "./describe-issue.ts";
import { answerError } from "./errors.ts";
import type { EventStreams } from "./event-stream.ts";
import { guardBody, guardCaller, type ServerEnv, setSecurityHeaders } from "./guards/guard.ts";
import type { RouteContext } from "./route.ts";
import { addBlockerRoutes } from "./routes/blockers.ts";
import { addDaemonRoutes } from "./routes/daemon.ts";
import { addDecisionRoutes } from "./routes/decisions.ts";
import { addHandoffRoutes } from "./routes/handoffs.ts";
import { addHistoryRoutes } from "./routes/history.ts";
import { addMetricsRoutes } from "./routes/metrics.ts";
import { addMigrationRoutes } from "./routes/migrations.ts";
import { addRevertRoutes } from "./routes/reverts.ts";
import { addWorkRoutes } from "./routes/work.ts";
import { addWorkflowRoutes } from "./routes/workflows.ts";
import { addWorkstreamRoutes } from "./routes/workstreams.ts";

/** Version of the API, not of the program: raised when a client would have to change. */
const API_VERSION = "1";
const PUBLIC_PATHS: ReadonlySet<string> = new Set(["/health"]);

export interface AppOptions extends RouteContext {
  readonly streams: EventStreams;
  /** Told of each request that was let in. */
  readonly onRequest: () => void;
  /** Told of bugs, whose details no client gets. */
  readonly onBug: (error: unknown) => void;
}

function createRouter(): OpenAPIHono<ServerEnv> {
  return new OpenAPIHono<ServerEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      // The validator hands what was sent, though its type does not say so.
      const input = (result as { readonly data?: unknown }).data;
      const { target } = result;
      const issues = result.error.issues.slice(0, 5).map((issue) => describeIssue(issue, target, input));
      throw new OsqrError("bad-request", issues.join("; "));
    },
  });
}

/** `/attempts/:attempt/log` as a pattern. */
function toPattern(path: string): RegExp {
  const parts = path.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : part.replaceAll(".", "\\.")));
  return new RegExp(`^${parts.join("/")}$`);
}

/** Methods that a path has; none: no such path. */
function listMethods(app: OpenAPIHono<ServerEnv>, path: string): string[] {
  const routes = app.routes.filter(({ method, path: own }) => method !== "ALL" && toPattern(own).test(path));
  return [...new Set(routes.map(({ method }) => method))];
}

/** Why a request has no route. */
function refuseRoute(
  app: OpenAPIHono<ServerEnv>,
  { method, path }: { method: string; path: string },
): OsqrError {
  const methods = listMethods(app, path);
  const shown = path.slice(0, 200);
  if (methods.length === 0) {
    return new OsqrError("unknown-route", `no route ${method} ${shown}`, {
      hints: ["what there is: GET /openapi.json"],
    });
  }
  return new OsqrError("wrong-method", `${shown}: expected ${methods.join(" or ")}, found ${method}`);
}

/** The whole HTTP surface: guards, routes, errors. */
export function createApp(options: AppOptions): OpenAPIHono<ServerEnv> {
  const { streams, token, port, onRequest, onBug } = options;
  const app = createRouter();
  app.use(async (c, next) => {
    await next();
    setSecurityHeaders(c.res.headers);
  });
  app.use(guardCaller({ port, token, publicPaths: PUBLIC_PATHS }));
  app.use(async (c, next) => {
    const { method, path } = c.req;
    const isRead = method === "GET" || method === "HEAD";
    // Said before anything is asked of its body.
    if (!isRead && !listMethods(app, path).includes(method)) throw refuseRoute(app, c.req);
    await next();
  });
  app.use(guardBody());
  app.use(async (_c, next) => {
    onRequest();
    await next();
  });
  addRoutes(app, options, streams);
  app.get("/openapi.json", (c) => c.json(describeApi(app)));
  app.notFound((c) => answerError(c, refuseRoute(app, c.req)));
  app.onError((error, c) => {
    if (!(error instanceof OsqrError)) onBug(error);
    return answerError(c, error);
  });
  return app;
}

function addRoutes(app: OpenAPIHono<ServerEnv>, context: RouteContext, streams: EventStreams): void {
  addDaemonRoutes(app, context);
  addWorkRoutes(app, context);
  addDecisionRoutes(app, context);
  addWorkstreamRoutes(app, context);
  addHistoryRoutes(app, context, streams);
  addMetricsRoutes(app, context);
  addWorkflowRoutes(app, context);
  addBlockerRoutes(app, context);
  addHandoffRoutes(app, context);
  addMigrationRoutes(app, context);
  addRevertRoutes(app, context);
}

/** The OpenAPI document of an app. */
export function describeApi(app: OpenAPIHono<ServerEnv>) {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "osqr",
      version: API_VERSION,
      description:
        "The daemon's API on 127.0.0.1. Requests carry the token of the home as `Authorization: Bearer`. " +
        "Fields may be added to answers; none is taken away or changed.",
    },
    security: [{ token: [] }],
    tags: ["work", "decisions", "workstreams", "history", "metrics", "workflows", "handoffs", "daemon"].map(
      (name) => ({
        name,
      }),
    ),
  });
}
