/** Schemas of workflows as clients see them. */
import { z } from "@hono/zod-openapi";
import { problemSchema } from "./plan.ts";

const changeSchema = z
  .object({ author: z.string(), reason: z.string(), impact: z.string() })
  .openapi("WorkflowChange");

const criterionSchema = z
  .object({
    key: z.string(),
    text: z.string(),
    check: z
      .looseObject({ kind: z.enum(["command", "artifact", "gate", "tick"]) })
      .openapi({ description: "What makes it true: `run`, `path` or `gate`; a tick is a person's word." }),
  })
  .openapi("Criterion");

const stepSchema = z
  .object({
    key: z.string(),
    title: z.string(),
    order: z.int(),
    kind: z.enum(["tasks", "work", "review", "intake", "integrate"]),
    role: z.string().nullable(),
    definitionOfDone: z.string().nullable(),
    entry: z.array(criterionSchema),
    exit: z.array(criterionSchema),
    parallelizable: z.boolean(),
    dependsOn: z.array(z.string()).nullable(),
    critical: z.boolean(),
    timeoutMs: z.number().nullable(),
    retries: z.int(),
    executor: z.string().nullable(),
    run: z.string().nullable(),
    instructions: z.string(),
    uses: z.array(z.object({ resource: z.string(), amount: z.number() })),
    returnsTo: z.array(z.string()),
    rework: z.enum(["continue", "restart"]),
    duplicates: z.object({ threshold: z.number(), ask: z.enum(["suspected", "always"]) }).nullable(),
    line: z.int(),
  })
  .openapi("WorkflowStep");

const versionSchema = z
  .object({
    name: z.string(),
    version: z.int(),
    title: z.string(),
    source: z.string().openapi({ description: "Path in the repository, or `built-in`." }),
    effective: z.string().nullable().openapi({ description: "ISO date from which new workstreams take it." }),
    inForce: z.boolean(),
    steps: z.array(z.string()),
    workstreams: z.array(z.string()),
    recordedAt: z.string().nullable(),
    change: changeSchema.nullable(),
  })
  .openapi("WorkflowVersion");

export const workflowListSchema = z
  .object({ default: z.string(), workflows: z.array(versionSchema), problems: z.array(problemSchema) })
  .openapi("WorkflowList");

export const workflowSchema = versionSchema
  .extend({ definition: z.array(stepSchema), hash: z.string() })
  .openapi("Workflow");

export const workflowCheckSchema = z
  .object({
    ok: z.boolean(),
    files: z.int().openapi({ description: "How many were looked at." }),
    checked: z.array(z.string()),
    uncommitted: z.array(z.string()),
    unused: z.array(z.string()),
    problems: z.array(problemSchema),
  })
  .openapi("WorkflowCheck");

export const workflowDiffSchema = z
  .object({
    name: z.string(),
    from: z.int(),
    to: z.int(),
    change: changeSchema.nullable(),
    uncommitted: z.boolean(),
    lines: z.array(z.string()),
  })
  .openapi("WorkflowDiff");

export const workflowHistorySchema = z
  .object({
    entries: z.array(
      z.object({
        at: z.string().nullable().openapi({ description: "Null: no work has used the version yet." }),
        name: z.string(),
        version: z.int(),
        kind: z.enum(["recorded", "migration", "policy"]),
        author: z.string(),
        reason: z.string(),
        impact: z.string(),
        effective: z.string().nullable(),
        migration: z.string().nullable(),
        workstream: z.string().nullable(),
      }),
    ),
  })
  .openapi("WorkflowHistory");
