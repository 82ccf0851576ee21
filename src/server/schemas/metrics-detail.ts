/** Schemas of `src/core/report/flow/detail-types.ts`. */
import { z } from "@hono/zod-openapi";

const attemptSchema = z.object({
  id: z.string(),
  executor: z.string(),
  status: z.string(),
  claimedAt: z.string(),
  endedAt: z.string().nullable(),
  workMs: z.number(),
  added: z.int(),
  deleted: z.int(),
  reason: z.string().nullable(),
  commit: z.string().nullable(),
  reused: z.string().nullable(),
  salvage: z.string().nullable(),
  tokens: z.int().nullable().openapi({ description: "Null: its agent did not say." }),
  microUsd: z.int().nullable().openapi({ description: "Millionths of a US dollar; null: unknown." }),
  model: z.string().nullable(),
});

const taskSchema = z.object({
  id: z.string(),
  key: z.string(),
  title: z.string(),
  step: z.string(),
  kind: z.string(),
  stage: z.string(),
  role: z.string().nullable(),
  owner: z.string().nullable(),
  status: z.string(),
  startedAt: z.string().nullable(),
  completedAt: z.string().nullable(),
  cycleMs: z.number().nullable(),
  handoff: z.object({ path: z.string(), commit: z.string().nullable() }).nullable(),
  attempts: z.array(attemptSchema),
});

const signOffSchema = z.object({
  task: z.string(),
  attempt: z.string(),
  decision: z.string(),
  outcome: z.enum(["approved", "rejected"]),
  by: z.string(),
  role: z.string().nullable(),
  reason: z.string(),
  at: z.string(),
  returnedTo: z.string().nullable(),
});

const returnSchema = z.object({
  from: z.string(),
  to: z.string(),
  tasks: z.int(),
  by: z.string(),
  reason: z.string(),
  at: z.string(),
});

const revertSchema = z.object({
  of: z.string(),
  commit: z.string(),
  by: z.string(),
  reason: z.string(),
  at: z.string(),
});

const blockerSchema = z.object({
  id: z.string(),
  task: z.string().nullable(),
  type: z.string(),
  owner: z.string(),
  reason: z.string(),
  by: z.string(),
  declaredAt: z.string(),
  resolvedAt: z.string().nullable(),
  resolution: z.string().nullable(),
  ms: z.number(),
});

const decisionSchema = z.object({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  question: z.string(),
  state: z.enum(["open", "resolved", "withdrawn"]),
  option: z.string().nullable(),
  by: z.string().nullable(),
  reasoning: z.string().nullable(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
  ms: z.number(),
});

const transferSchema = z.object({
  task: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string(),
  by: z.string(),
  reason: z.string(),
  at: z.string(),
});

const migrationSchema = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  by: z.string(),
  reason: z.string(),
  at: z.string(),
  rollsBack: z.string().nullable(),
});

export const itemDetailSchema = z
  .object({
    tasks: z.array(taskSchema),
    signOffs: z.array(signOffSchema),
    returns: z.array(returnSchema),
    reverts: z.array(revertSchema),
    transfers: z.array(transferSchema),
    blockers: z.array(blockerSchema),
    decisions: z.array(decisionSchema),
    migrations: z.array(migrationSchema),
    handoffs: z.array(z.string()),
    history: z.object({
      from: z.string(),
      to: z.string().nullable(),
      workstream: z.string(),
      attempts: z.array(z.string()),
    }),
  })
  .openapi("FlowDetail");
