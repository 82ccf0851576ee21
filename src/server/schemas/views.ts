/** Schemas of `src/core/report/types.ts`: what reports, status and inbox look like as JSON. */
import { z } from "@hono/zod-openapi";
import { BLOCKER_TYPES } from "./blocker-types.ts";
import { budgetSchema, costSchema } from "./budget.ts";
import { prioritySchema, tierSchema } from "./common.ts";

const countsSchema = z.object({ passed: z.int(), failed: z.int(), total: z.int() }).openapi("GateCounts");

export const gateSchema = z
  .object({
    name: z.string(),
    status: z.enum(["passed", "failed", "not_verified"]),
    command: z.string(),
    counts: countsSchema.nullable(),
    countsOnBase: countsSchema.nullable(),
    newFailures: z.array(z.string()).openapi({ description: "What fails now and did not on the base." }),
    oldFailures: z.array(z.string()),
    recommendation: z.string().nullable(),
    critical: z
      .literal(false)
      .exactOptional()
      .openapi({ description: "Set where a failure is said and holds nothing up." }),
    detail: z.string().exactOptional().openapi({ description: "What was measured; absent: nothing." }),
  })
  .openapi("Gate");

const criterionSchema = z
  .object({
    key: z.string(),
    text: z.string(),
    kind: z.enum(["command", "artifact", "gate", "tick"]),
    met: z.boolean(),
    detail: z.string().nullable().openapi({ description: "What the last look said." }),
    unverified: z
      .literal(true)
      .optional()
      .openapi({ description: "Set where it holds only because there was nothing to verify it with." }),
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
    total: z.int().openapi({ description: "Its tasks." }),
    completed: z.int(),
    status: z.enum(["pending", "active", "completed"]),
  })
  .openapi("Step");

export const agentSchema = z
  .object({
    attempt: z.string(),
    agent: z.string().openapi({ description: "What it calls itself, with its version." }),
    turns: z.int(),
    how: z.enum(["new", "resumed", "loaded", "fresh"]).openapi({
      description: "How its conversation was begun or taken up last.",
    }),
  })
  .openapi("Agent");

export const memorySchema = z
  .object({
    lastBytes: z
      .number()
      .nullable()
      .openapi({ description: "At the last look; null: nothing of it runs now." }),
    peakBytes: z.number(),
  })
  .openapi("Memory", {
    description: "Resident memory of an attempt with all its processes; absent: nobody has measured.",
  });

export const taskSchema = z
  .object({
    id: z.string(),
    key: z.string(),
    title: z.string(),
    status: z.string(),
    phase: z.string().nullable(),
    attempts: z.int(),
    workMs: z.number(),
    added: z.int(),
    deleted: z.int(),
    files: z.array(z.string()),
    warnings: z.array(z.string()),
    waitsFor: z.array(z.string()),
    activity: z.string().nullable(),
    role: z.string().nullable(),
    owner: z.string().nullable(),
    step: z.string(),
    kind: z.enum(["work", "review", "intake"]),
    entry: z.array(criterionSchema),
    exit: z.array(criterionSchema),
    reused: z.string().nullable().openapi({ description: "Attempt whose recorded result was taken." }),
    skip: z
      .object({ by: z.string(), reason: z.string() })
      .nullable()
      .openapi({ description: "Who left it out, and why." }),
    agent: agentSchema
      .nullable()
      .openapi({ description: "Of its last attempt; null: no agent has spoken there." }),
    cost: costSchema,
    memory: memorySchema.optional(),
  })
  .openapi("Task");

const taskCountsSchema = z.object({
  total: z.int(),
  completed: z.int(),
  failed: z.int(),
  waiting: z.int(),
  running: z.int(),
});

const WORKSTREAM_STATUSES = [
  "queued",
  "blocked",
  "active",
  "integrating",
  "paused",
  "completed",
  "failed",
  "cancelled",
] as const;

export const workstreamStatusSchema = z.enum(WORKSTREAM_STATUSES);

const autonomySchema = z
  .object({
    tier: tierSchema.nullable().openapi({ description: "Its own, which can only tighten the config's." }),
    trust: z
      .object({ level: z.enum(["new", "established", "trusted"]), reason: z.string() })
      .nullable()
      .openapi({ description: "Null: its agents have done nothing yet." }),
  })
  .openapi("Autonomy");

const openBlockerSchema = z.object({
  id: z.string(),
  task: z.string().nullable().openapi({ description: "Null: the whole workstream." }),
  type: z.enum(BLOCKER_TYPES),
  owner: z.string(),
  reason: z.string(),
  declaredAt: z.string(),
});

const signOffSchema = z
  .object({
    task: z.string(),
    step: z.string(),
    decision: z.string(),
    outcome: z.enum(["approved", "rejected"]),
    by: z.string(),
    role: z.string().nullable(),
    reason: z.string(),
    at: z.string(),
    returnedTo: z.string().nullable().openapi({ description: "Step that the work went back to." }),
  })
  .openapi("SignOff");

const revertedSchema = z
  .object({
    of: z.string().openapi({ description: "The commit that had landed it." }),
    commit: z.string(),
    base: z.string().openapi({ description: "Branch that it was taken out of." }),
    by: z.string(),
    reason: z.string(),
    at: z.string(),
  })
  .openapi("Reverted");

const revertingSchema = z.object({
  of: z.string(),
  by: z.string(),
  reason: z.string(),
  to: z.string().nullable().openapi({ description: "Step to go on with afterwards; null: it rests." }),
});

const transferSchema = z.object({
  task: z.string().nullable().openapi({ description: "Null: the whole workstream." }),
  from: z.string().nullable(),
  to: z.string(),
  by: z.string(),
  reason: z.string(),
  at: z.string(),
});

export const workstreamSchema = z
  .object({
    id: z.string(),
    number: z.int(),
    name: z.string(),
    title: z.string(),
    status: workstreamStatusSchema,
    spec: z.string().nullable(),
    phase: z.string().nullable(),
    progress: z.number().openapi({ description: "Percent of tasks done." }),
    priority: prioritySchema,
    executor: z.string(),
    tags: z.array(z.string()),
    tasks: taskCountsSchema,
    merged: z.string().nullable().openapi({ description: "The commit that landed, null before." }),
    held: z.string().nullable(),
    gates: z.array(gateSchema),
    decisions: z.array(z.string()),
    blockers: z.array(z.string()),
    openBlockers: z.array(openBlockerSchema),
    owner: z.string().nullable(),
    transfers: z.array(transferSchema).openapi({ description: "Of its owner and those of its tasks." }),
    signOffs: z.array(signOffSchema),
    closed: z
      .object({
        how: z.enum(["merged", "duplicate"]),
        into: z.string(),
        by: z.string().nullable(),
        reason: z.string(),
        end: z.string().nullable().openapi({ description: "What stands for it now; null: it is gone." }),
        isLeftAlone: z.boolean().openapi({ description: "Nobody does its work any more." }),
      })
      .nullable(),
    reverts: z.array(revertedSchema).openapi({ description: "Landed and taken out again, oldest first." }),
    reverting: revertingSchema.nullable(),
    links: z.array(
      z.object({
        workstream: z.string(),
        how: z.string(),
        reason: z.string(),
        through: z
          .string()
          .nullable()
          .openapi({ description: "Closed into that one, which was closed too." }),
      }),
    ),
    waitsFor: z.array(z.string()),
    waited: z.array(z.object({ ms: z.number(), for: z.string(), paths: z.array(z.string()) })),
    salvage: z.array(z.string()),
    cost: costSchema,
    autonomy: autonomySchema,
    steps: z.array(stepSchema),
    currentStep: z.string().nullable(),
    nextStep: z.string().nullable(),
    remainingExit: z.array(criterionSchema.extend({ task: z.string() })),
    items: z.array(taskSchema),
  })
  .openapi("Workstream");

const optionSchema = z.object({
  id: z.string(),
  label: z.string(),
  description: z.string(),
  implications: z.array(z.string()),
  recommended: z.boolean(),
});

const candidateSchema = z.object({
  workstream: z.string(),
  number: z.int().nullable(),
  title: z.string(),
  similarity: z.number().openapi({ description: "0 to 1." }),
  shared: z.array(z.string()),
});

const madeSchema = z.object({
  task: z.string(),
  title: z.string(),
  skipped: z.boolean(),
  commit: z.string().nullable(),
  files: z.array(z.string()),
  filesTotal: z.int(),
  added: z.int(),
  deleted: z.int(),
  checked: z.array(z.string()),
  unmet: z.array(z.string()),
});

const reviewedSchema = z
  .object({
    spec: z.string().nullable(),
    summary: z.string().nullable(),
    criteria: z.int().nullable().openapi({ description: "Acceptance criteria of the spec." }),
    workflow: z.string().openapi({ description: "name@version" }),
    base: z.string(),
    hasWork: z.boolean().openapi({ description: "Made and not in the base: on the workstream's ref." }),
    merged: z.string().nullable(),
  })
  .openapi("Reviewed");

export const decisionSchema = z
  .object({
    id: z.string(),
    workstream: z.string(),
    type: z.enum(["architectural", "implementation", "conflict", "scope", "resource", "approval", "error"]),
    priority: prioritySchema,
    group: z.enum(["critical", "blocking", "background"]),
    question: z.string(),
    context: z.string(),
    location: z.string().nullable(),
    options: z.array(optionSchema),
    blocksProgress: z.boolean(),
    blocks: z.array(z.string()),
    waitingBehind: z.int(),
    deadline: z.string().nullable(),
    defaultOption: z.string().nullable(),
    autoResolveAt: z.string().nullable(),
    openedAt: z.string(),
    state: z.enum(["open", "resolved", "withdrawn"]),
    answer: z
      .object({
        option: z.string(),
        by: z.string(),
        signer: z.string().nullable(),
        reasoning: z.string(),
      })
      .nullable(),
    step: z.string().nullable().openapi({ description: "Of a word in a workflow: title of its step." }),
    role: z.string().nullable(),
    holders: z.array(z.string()).nullable().openapi({ description: "Who may sign; null: anybody." }),
    definitionOfDone: z.string().nullable(),
    candidates: z.array(candidateSchema),
    made: z.array(madeSchema),
    reviewed: reviewedSchema.nullable(),
    earlier: z.array(signOffSchema).openapi({ description: "Of a step that is asked again." }),
    since: z.array(z.string()).openapi({ description: "What else happened to work that was signed." }),
    reverted: revertedSchema.nullable(),
    notes: z.array(z.string()).openapi({ description: "To know before answering." }),
  })
  .openapi("Decision");

const metricsSchema = z
  .object({
    makespanMs: z.number(),
    workMs: z.number(),
    lowerBoundMs: z.number(),
    planningMs: z.number(),
    gatesMs: z.number(),
    attempts: z.int(),
    maxParallel: z.int(),
    meanParallel: z.number(),
  })
  .openapi("Metrics");

export const reportSchema = z
  .object({
    run: z.string().nullable(),
    status: z.enum(["active", "completed", "needs_you", "failed", "cancelled"]),
    summary: z.string(),
    workstreams: z.array(workstreamSchema),
    decisions: z.array(decisionSchema),
    madeForYou: z.array(decisionSchema),
    nextDeadline: z.string().nullable(),
    nextSteps: z.array(z.string()),
    notes: z.array(z.string()),
    metrics: metricsSchema,
    cost: costSchema,
    budgets: z.array(budgetSchema),
  })
  .openapi("Report");

export const statusSchema = z
  .object({
    daemon: z.object({ pid: z.int(), port: z.int() }),
    project: z.object({ root: z.string(), base: z.string(), held: z.string().nullable() }).nullable(),
    run: z.object({ id: z.string(), status: z.string() }).nullable(),
    summary: z.string().nullable(),
    workstreams: z.array(workstreamSchema),
    decisions: z.int(),
    disk: z.object({ workspaces: z.int(), usedBytes: z.number(), freeBytes: z.number() }),
    sandbox: z.object({ level: z.string(), reason: z.string().nullable() }),
    cost: costSchema,
    budgets: z.array(budgetSchema),
  })
  .openapi("Status");
