import type { OpenAPIHono } from "@hono/zod-openapi";
import type { ServerEnv } from "../guards/guard.ts";
import { addReader, type RouteContext } from "../route.ts";
import { rootQuery, workflowDiffQuery, workflowHistoryQuery, workflowQuery } from "../schemas/requests.ts";
import {
  workflowCheckSchema,
  workflowDiffSchema,
  workflowHistorySchema,
  workflowListSchema,
  workflowSchema,
} from "../schemas/workflows.ts";

/** The blueprints of work: what there is, what they say, how they changed. */
export function addWorkflowRoutes(app: OpenAPIHono<ServerEnv>, { service }: RouteContext): void {
  const tag = "workflows";
  addReader(
    app,
    {
      path: "/workflows",
      tag,
      summary: "Every version of every workflow.",
      query: rootQuery,
      answer: workflowListSchema,
    },
    ({ root }) => service.workflows(root),
  );
  addReader(
    app,
    { path: "/workflow", tag, summary: "One version in full.", query: workflowQuery, answer: workflowSchema },
    ({ root, name }) => service.workflow(root, name),
  );
  addReader(
    app,
    {
      path: "/workflows/check",
      tag,
      summary: "What is wrong with the workflows of the checkout, committed or not.",
      query: rootQuery,
      answer: workflowCheckSchema,
    },
    ({ root }) => service.checkWorkflows(root),
  );
  addReader(
    app,
    {
      path: "/workflows/diff",
      tag,
      summary: "What differs between two versions; by default the newest and the one before it.",
      query: workflowDiffQuery,
      answer: workflowDiffSchema,
    },
    ({ root, name, from, to }) => service.diffWorkflow(root, name, { from: from ?? null, to: to ?? null }),
  );
  addReader(
    app,
    {
      path: "/workflows/history",
      tag,
      summary: "Who changed which workflow when, why and with what effect.",
      query: workflowHistoryQuery,
      answer: workflowHistorySchema,
    },
    ({ root, name }) => service.workflowHistory(root, name ?? null),
  );
}
