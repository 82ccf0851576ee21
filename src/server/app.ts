import { OpenAPIHono, type z } from "@hono/zod-openapi";
import { OsqrError } from "../core/errors.ts";
import { answerError } from "./errors.ts";
import type { EventStreams } from "./event-stream.ts";
import { guardBody, guardCaller, type ServerEnv, setSecurityHeaders } from "./guards/guard.ts";
import type { RouteContext } from "./route.ts";
import { addDaemonRoutes } from "./routes/daemon.ts";
import { addDecisionRoutes } from "./routes/decisions.ts";
import { addHistoryRoutes } from "./routes/history.ts";
import { addWorkRoutes } from "./routes/work.ts";
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

function describeIssue(target: string, { path, message }: z.core.$ZodIssue): string {
  const place = [target === "json" ? "body" : target, ...path.map(String)].join(".");
  return `${place}: ${message}`;
}

function createRouter(): OpenAPIHono<ServerEnv> {
  return new OpenAPIHono<ServerEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const issues = result.error.issues.slice(0, 5).map((issue) => describeIssue(result.target, issue));
      throw new OsqrError("bad-request", issues.join("; "));
    },
  });
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
  app.use(guardBody());
  app.use(async (_c, next) => {
    onRequest();
    await next();
  });
  addRoutes(app, options, streams);
  app.get("/openapi.json", (c) => c.json(describeApi(app)));
  app.notFound((c) =>
    answerError(c, new OsqrError("unknown-route", `no route ${c.req.method} ${c.req.path.slice(0, 200)}`)),
  );
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
    tags: ["work", "decisions", "workstreams", "history", "daemon"].map((name) => ({ name })),
  });
}
