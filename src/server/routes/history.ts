import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { OsqrError } from "../../core/errors.ts";
import { type EventStreams, toEventLine } from "../event-stream.ts";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, type RouteContext } from "../route.ts";
import { errorSchema, nameField } from "../schemas/common.ts";
import { emptyQuery, eventsQuery, historyQuery, logQuery } from "../schemas/requests.ts";
import { attemptLogSchema, historySchema, verifySchema } from "../schemas/service.ts";

const tag = "history";

/** The log of events: pages, live, verified; and the output of attempts. */
export function addHistoryRoutes(
  app: OpenAPIHono<ServerEnv>,
  { service }: RouteContext,
  streams: EventStreams,
): void {
  addReader(
    app,
    { path: "/history", tag, summary: "A page of events.", query: historyQuery, answer: historySchema },
    ({ after, limit }) => {
      const page = service.events(after, limit);
      const events = page.map((event) => JSON.parse(toEventLine(event)));
      return { events, next: page.at(-1)?.seq ?? after, more: page.length === limit };
    },
  );
  addReader(
    app,
    {
      path: "/attempts/{attempt}/log",
      tag,
      summary: "Output of an attempt from a byte offset.",
      query: logQuery,
      params: z.object({ attempt: nameField }),
      answer: attemptLogSchema,
    },
    ({ offset }, { attempt }) => service.attemptLog(attempt ?? "", offset),
  );
  addReader(
    app,
    {
      path: "/verify",
      tag,
      summary: "Reads the whole history and checks it.",
      query: emptyQuery,
      answer: verifySchema,
    },
    () => service.verify(),
  );
  addEventStream(app, streams);
}

/** Position to go on from: the header that EventSource sends by itself is newer than the address it was made with. */
function readPosition(after: number | undefined, lastEventId: string | undefined): number {
  if (lastEventId === undefined || lastEventId === "") return after ?? 0;
  if (!/^\d{1,15}$/.test(lastEventId)) {
    throw new OsqrError("bad-request", "Last-Event-ID: expected the number of an event");
  }
  return Number(lastEventId);
}

function addEventStream(app: OpenAPIHono<ServerEnv>, streams: EventStreams): void {
  const route = createRoute({
    method: "get",
    path: "/events",
    tags: [tag],
    summary: "Live events (SSE) after a position, from the beginning by default.",
    description:
      "Each message has the event's `seq` as `id` and the event as `data`, in order, without gap or duplicate. " +
      "`Last-Event-ID` resumes. A message of type `shutdown` says that the daemon stops on purpose.",
    request: { query: eventsQuery, headers: z.object({ "last-event-id": z.string().optional() }) },
    responses: {
      200: { description: "The stream.", content: { "text/event-stream": { schema: z.string() } } },
      409: {
        description: "The history ends before that position.",
        content: { "application/json": { schema: errorSchema } },
      },
      503: {
        description: "Too many clients follow already.",
        content: { "application/json": { schema: errorSchema } },
      },
    },
  });
  app.openapi(route, (c) => {
    const position = readPosition(c.req.valid("query").after, c.req.header("last-event-id"));
    const headers = {
      "Content-Type": "text/event-stream; charset=utf-8",
      // Its end is the end of the connection: a daemon that stops does not wait for the next request on it.
      Connection: "close",
      "X-Accel-Buffering": "no",
    };
    return new Response(streams.open(position), { headers });
  });
}
