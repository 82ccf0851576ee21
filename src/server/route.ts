import { createRoute, type OpenAPIHono, type z } from "@hono/zod-openapi";
import type { Service } from "../engine/service.ts";
import type { ServerEnv } from "./guards/guard.ts";
import { type DeepReadonly, errorSchema } from "./schemas/common.ts";

type ServerApp = OpenAPIHono<ServerEnv>;

/** What handlers work with. */
export interface RouteContext {
  readonly service: Service;
  readonly token: string;
  readonly version: string;
  /** The port that the server listens on. */
  readonly port: () => number;
  /** Called after the answer to `/shutdown` was given. */
  readonly onShutdown: () => void;
}

interface RouteText {
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
}

type QuerySchema = z.ZodObject;
type Output<Schema extends z.ZodType> = DeepReadonly<z.input<Schema>>;

function describeErrors(statuses: readonly number[]) {
  const content = { "application/json": { schema: errorSchema } };
  const entries = statuses.map((status) => [
    status,
    { description: ERROR_TEXTS[status] ?? "refused", content },
  ]);
  return Object.fromEntries(entries) as Record<number, { description: string; content: typeof content }>;
}

const ERROR_TEXTS: Readonly<Record<number, string>> = {
  400: "Bad input.",
  401: "No token, or a wrong one.",
  403: "A foreign Host or Origin.",
  404: "Unknown workstream, task, attempt, decision, run or route.",
  409: "Something changed meanwhile, or it was done already.",
  413: "The body is larger than 1 MiB.",
  415: "The body is not application/json.",
  500: "The fault is osqr's, or the disk's.",
};

const OK_TEXT = "Done.";

/** Adds a route that reads. Its input is the query. */
export function addReader<Query extends QuerySchema, Answer extends z.ZodType>(
  app: ServerApp,
  text: RouteText & {
    readonly query: Query;
    readonly answer: Answer;
    readonly params?: z.ZodObject;
    /** Needs no token. */
    readonly isPublic?: true;
  },
  handle: (
    query: z.output<Query>,
    params: Readonly<Record<string, string>>,
  ) => Promise<Output<Answer>> | Output<Answer>,
): void {
  const { path, tag, summary, query, params, answer, isPublic } = text;
  const route = createRoute({
    method: "get",
    path,
    tags: [tag],
    summary,
    ...(isPublic === true ? { security: [] } : {}),
    request: params === undefined ? { query } : { query, params },
    responses: {
      200: { description: OK_TEXT, content: { "application/json": { schema: answer } } },
      ...describeErrors([400, 401, 403, 404, 500]),
    },
  });
  app.openapi(route, (async (c: { req: { valid(part: "query"): never; param(): Record<string, string> } }) =>
    toResponse(await handle(c.req.valid("query"), c.req.param()))) as never);
}

/** Adds a route that changes something. Its input is the JSON body. */
export function addWriter<Body extends z.ZodType, Answer extends z.ZodType>(
  app: ServerApp,
  text: RouteText & { readonly body: Body; readonly answer: Answer },
  handle: (body: z.output<Body>) => Promise<Output<Answer>> | Output<Answer>,
): void {
  const { path, tag, summary, body, answer } = text;
  const route = createRoute({
    method: "post",
    path,
    tags: [tag],
    summary,
    request: { body: { required: true, content: { "application/json": { schema: body } } } },
    responses: {
      200: { description: OK_TEXT, content: { "application/json": { schema: answer } } },
      ...describeErrors([400, 401, 403, 404, 409, 413, 415, 500]),
    },
  });
  app.openapi(route, (async (c: { req: { valid(part: "json"): never } }) =>
    toResponse(await handle(c.req.valid("json")))) as never);
}

/** Answers are not narrowed to the schema at run time; a test compares them with it. */
function toResponse(answer: unknown): Response {
  return new Response(JSON.stringify(answer), { headers: { "Content-Type": "application/json" } });
}
