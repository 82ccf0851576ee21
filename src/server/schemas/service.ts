/** Schemas of the remaining answers of `src/engine/service.ts`. */
import { z } from "@hono/zod-openapi";
import { costSchema } from "./budget.ts";
import { planSchema } from "./plan.ts";
import { agentSchema, decisionSchema, memorySchema, taskSchema, workstreamSchema } from "./views.ts";

const FAILURE_KINDS = [
  "missing",
  "rate_limit",
  "down",
  "budget",
  "mcp_lost",
  "crashed",
  "stuck",
  "gate",
  "validation",
  "unchanged",
  "timeout",
  "permission",
  "login",
  "protocol",
  "refusal",
  "other",
] as const;

export const goSchema = z
  .object({
    run: z.string().nullable().openapi({ description: "Null: nothing to build." }),
    attached: z.boolean().openapi({ description: "An earlier run goes on with this call." }),
    plan: planSchema,
    after: z.int().openapi({ description: "Last event before this call: follow `/events` from here." }),
  })
  .openapi("Go");

export const acceptedSchema = z
  .object({ accepted: z.array(decisionSchema), left: z.array(decisionSchema) })
  .openapi("Accepted");

export const inboxSchema = z.array(decisionSchema).openapi("Inbox");

export const steeredSchema = z.object({ names: z.array(z.string()) }).openapi("Steered");

export const doneSchema = z.object({ ok: z.boolean() }).openapi("Done");

export const explanationSchema = z
  .object({ subject: z.string(), sentences: z.array(z.string()) })
  .openapi("Explanation");

export const briefingSchema = z
  .object({
    task: z.string(),
    executor: z.string(),
    text: z.string().openapi({
      description:
        "The first prompt of a new conversation; of a task with a run block the briefing that lies beside its work.",
    }),
    goOn: z.string().nullable().openapi({
      description:
        "What the conversation is told in its place that the next attempt takes up again; null: none is.",
    }),
    missing: z
      .array(z.string())
      .openapi({ description: "What it starts from and is not there yet, or cannot be read." }),
    isSmall: z.literal(true).optional().openapi({
      description: "Its texts are cut shorter than usual, as nearly all of the run's budget is used.",
    }),
  })
  .openapi("Briefing");

const messageSchema = z
  .object({
    number: z.int().openapi({ description: "Counts up for each task, from 1." }),
    from: z.string(),
    type: z.enum(["handoff", "decision", "ended", "more"]),
    subject: z.string(),
    handoff: z.string().nullable().openapi({ description: "Where the handoff lies that it tells of." }),
    at: z.string(),
    told: z
      .object({
        attempt: z.string(),
        turn: z.int().openapi({ description: "The turn that began with it, from 1." }),
        how: z.enum(["start", "prompt"]),
        at: z.string(),
      })
      .nullable()
      .openapi({ description: "Null: it is still to be told." }),
  })
  .openapi("Message");

const traceLineSchema = z.object({
  kind: z.enum(["clause", "step", "gate"]),
  source: z.string().nullable().openapi({
    description: "The spec; of a step the file of the workflow, or `built-in`; null: it stands in no file.",
  }),
  line: z.int().openapi({ description: "In the source, from 1; 0: none." }),
  text: z.string(),
  status: z.string(),
  attempt: z.string().nullable(),
  commit: z.string().nullable(),
  merged: z.string().nullable(),
  signed: z
    .object({
      decision: z.string(),
      outcome: z.enum(["approved", "rejected"]),
      by: z.string(),
      role: z.string().nullable(),
    })
    .nullable()
    .openapi({ description: "The last signature under a review." }),
  proof: z.string().nullable(),
  messages: z.array(messageSchema).exactOptional().openapi({
    description: "What its task was told of the work of others, or is still to be told; absent: nothing.",
  }),
});

export const traceSchema = z
  .object({ spec: z.string(), workstream: z.string(), lines: z.array(traceLineSchema) })
  .openapi("Trace");

const recoverySchema = z
  .object({
    failure: z.enum(FAILURE_KINDS),
    step: z.enum(["resume", "wait", "ask"]),
    nth: z.int().openapi({ description: "Which failure of this kind in a row it was, from 1." }),
    until: z.string().nullable().openapi({ description: "Of `wait`: when it goes on by itself." }),
    reason: z.string(),
  })
  .openapi("Recovery");

export const attemptSchema = z
  .object({
    id: z.string(),
    task: z.string(),
    executor: z.string(),
    status: z.string(),
    fence: z.int(),
    claimedAt: z.string(),
    workMs: z.number(),
    reason: z.string().nullable(),
    commit: z.string().nullable(),
    salvage: z.string().nullable(),
    files: z.array(z.string()),
    reused: z.string().nullable().openapi({ description: "The attempt whose recorded result it took." }),
    agent: agentSchema.nullable().openapi({ description: "Null: it is no agent, or it has not spoken yet." }),
    recovery: recoverySchema
      .nullable()
      .openapi({ description: "What was done about its failure; null: nothing was, or it is no agent." }),
    cost: costSchema,
    model: z.string().nullable().openapi({ description: "As its agent tells." }),
    toolCalls: z.int().nullable(),
    refusedHosts: z
      .array(z.object({ host: z.string(), port: z.int(), count: z.int() }))
      .openapi({ description: "Hosts that it reached for and may not reach, the first 20." }),
    conversation: z
      .object({
        from: z.string().nullable().openapi({ description: "The attempt; null: it began a new one." }),
        reason: z.string(),
      })
      .nullable()
      .openapi({ description: "Null: its spec does not ask to go on with another one." }),
    memory: memorySchema.optional(),
    watched: z
      .array(z.string())
      .readonly()
      .optional()
      .openapi({ description: "Limits that it is near, or beyond, with what to do; absent: none." }),
    saves: z
      .array(z.enum(["cheaper_route", "small_briefing"]))
      .readonly()
      .optional()
      .openapi({
        description: "What was spared with its start, as nearly all of the run's budget was used.",
      }),
  })
  .openapi("Attempt");

export const shownSchema = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("workstream"),
      workstream: workstreamSchema,
      decisions: z.array(decisionSchema),
    }),
    z.object({
      kind: z.literal("task"),
      task: taskSchema,
      workstream: z.string(),
      attempts: z.array(attemptSchema),
      handoff: z.string().nullable(),
      messages: z
        .array(messageSchema)
        .openapi({ description: "What it was told of the work of others, and is to be told." }),
    }),
    z.object({ kind: z.literal("attempt"), attempt: attemptSchema, log: z.string() }),
    z.object({ kind: z.literal("decision"), decision: decisionSchema }),
  ])
  .openapi("Shown");

export const attemptLogSchema = z
  .object({
    text: z.string(),
    next: z.int().openapi({ description: "Byte offset to read on from." }),
    done: z.boolean().openapi({ description: "The attempt has ended and this is all." }),
  })
  .openapi("AttemptLog");

export const verifySchema = z
  .object({
    ok: z.boolean(),
    events: z.int(),
    firstBad: z.int().nullable(),
    reason: z.string().nullable(),
  })
  .openapi("Verify");

export const eventSchema = z
  .looseObject({
    v: z.int(),
    seq: z.int(),
    at: z.number().openapi({ description: "Milliseconds since the Unix epoch." }),
    kind: z.string(),
    hash: z.string(),
  })
  .openapi("Event", {
    description: "One line of history with the hash of the chain up to it; further fields depend on `kind`.",
  });

export const historySchema = z
  .object({
    events: z.array(eventSchema),
    next: z.int().openapi({ description: "Ask on with `after` set to this." }),
    more: z.boolean(),
  })
  .openapi("History");

export const healthSchema = z
  .object({
    ok: z.boolean(),
    version: z.string(),
    proof: z
      .string()
      .nullable()
      .openapi({ description: "HMAC-SHA-256 of `nonce` under the token, hex: shows who holds it." }),
  })
  .openapi("Health");
