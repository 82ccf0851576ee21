import type { OpenAPIHono } from "@hono/zod-openapi";
import type { WorkstreamEdit } from "../../engine/service.ts";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, addWriter, type RouteContext } from "../route.ts";
import { addBody, editBody, removeBody, steerBody, whatQuery } from "../schemas/requests.ts";
import {
  briefingSchema,
  doneSchema,
  explanationSchema,
  shownSchema,
  steeredSchema,
  traceSchema,
} from "../schemas/service.ts";
import { workstreamSchema } from "../schemas/views.ts";

/** A field that is there and undefined would count as a change. */
function dropUndefined(changes: Readonly<Record<string, unknown>>): WorkstreamEdit {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

const tag = "workstreams";

/** One workstream or all: steer, change, look into. */
export function addWorkstreamRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
  addWriter(
    app,
    {
      path: "/steer",
      tag,
      summary: "Pauses, resumes, cancels or prioritizes.",
      body: steerBody,
      answer: steeredSchema,
    },
    async ({ root, verb, names, because, signer }) => ({
      names: await service.steer(root, verb, names, because, signer),
    }),
  );
  addWriter(
    app,
    {
      path: "/add",
      tag,
      summary: "Adds a spec or a text as a workstream.",
      body: addBody,
      answer: workstreamSchema,
    },
    ({ root, signer, ...request }) => service.add(root, { ...request, by: signer }),
  );
  addWriter(
    app,
    {
      path: "/edit",
      tag,
      summary: "Changes a workstream's own fields.",
      body: editBody,
      answer: workstreamSchema,
    },
    ({ root, name, changes, because, signer }) =>
      service.edit(root, name, dropUndefined(changes), because, signer),
  );
  addWriter(
    app,
    {
      path: "/remove",
      tag,
      summary: "Forgets a workstream that has not begun.",
      body: removeBody,
      answer: doneSchema,
    },
    async ({ root, name, because, signer }) => {
      await service.remove(root, name, because, signer);
      return { ok: true };
    },
  );
  addLookRoutes(app, service);
}

/** One thing in full, and why it is as it is. */
function addLookRoutes(app: OpenAPIHono<ServerEnv>, service: RouteContext["service"]): void {
  addReader(
    app,
    {
      path: "/show",
      tag,
      summary: "A workstream, task, attempt or decision.",
      query: whatQuery,
      answer: shownSchema,
    },
    ({ root, what }) => service.show(root, what),
  );
  addReader(
    app,
    {
      path: "/briefing",
      tag,
      summary: "What an agent would be told about a task, as things stand.",
      query: whatQuery,
      answer: briefingSchema,
    },
    ({ root, what }) => service.briefing(root, what),
  );
  addReader(
    app,
    { path: "/why", tag, summary: "Why something is as it is.", query: whatQuery, answer: explanationSchema },
    ({ root, what }) => service.why(root, what),
  );
  addReader(
    app,
    {
      path: "/trace",
      tag,
      summary: "A spec line by line, with what proves it.",
      query: whatQuery,
      answer: traceSchema,
    },
    ({ root, what }) => service.trace(root, what),
  );
}
