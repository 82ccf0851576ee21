/** Schema of a plan as clients see it: without what is for the engine alone. */
import { z } from "@hono/zod-openapi";
import { TASK_TYPES } from "../../core/model/route.ts";
import type { Plan } from "../../core/plan/types.ts";
import { costEstimateSchema, limitSchema, overshootSchema } from "./budget.ts";
import { estimateSchema, prioritySchema, tierSchema } from "./common.ts";

/** A plan without the parts that only the engine reads. */
export type PlanView = Omit<Plan, "registrations" | "replace" | "reroutes" | "ranks" | "workflows">;

/** Leaves out what clients have no use for. */
export function toPlanView(plan: Plan): PlanView {
  const {
    registrations: _registrations,
    replace: _replace,
    reroutes: _reroutes,
    ranks: _ranks,
    workflows: _workflows,
    ...view
  } = plan;
  return view;
}

const locationSchema = z.object({ path: z.string(), line: z.int() });

const optionSchema = z.object({
  id: z.string(),
  label: z.string(),
  description: z.string(),
  implications: z.array(z.string()),
  recommended: z.boolean(),
});

const subjectSchema = z
  .looseObject({ kind: z.string() })
  .openapi({ description: "What an answer acts on: a question of the spec, an approval, a command …" });

const questionSchema = z
  .object({
    contentKey: z.string(),
    type: z.string(),
    priority: prioritySchema,
    subject: subjectSchema,
    question: z.string(),
    context: z.string(),
    location: locationSchema.nullable(),
    options: z.array(optionSchema),
    blocksProgress: z.boolean(),
    deadline: z.number().nullable(),
    defaultOption: z.string().nullable(),
    autoResolveMinutes: z.number().nullable(),
  })
  .openapi("PlannedQuestion");

const plannedTaskSchema = z
  .object({
    id: z.string(),
    key: z.string(),
    title: z.string(),
    phase: z.string().nullable(),
    step: z.string().openapi({ description: "Key of its step in the workflow." }),
    kind: z.enum(["work", "review", "intake"]),
    parallel: z.boolean(),
    executor: z.string(),
    model: z.string().nullable().openapi({ description: "Null: the executor's own choice." }),
    route: z
      .object({
        type: z.enum(TASK_TYPES),
        reasons: z.array(z.string()).openapi({ description: "Why this executor and model." }),
        fallbacks: z
          .array(z.object({ executor: z.string(), model: z.string().nullable() }))
          .openapi({ description: "Who takes over where it fails, in this order." }),
        cheaper: z
          .object({ executor: z.string(), model: z.string().nullable() })
          .optional()
          .openapi({ description: "What starts in the red zone of the run's budget take in its place." }),
      })
      .nullable()
      .openapi({ description: "Null: a person's word, ticked already, or not known." }),
    estimate: estimateSchema,
    cost: costEstimateSchema.optional(),
    limits: overshootSchema.optional().openapi({ description: "Absent: no limit holds on it." }),
    blocked: z.string().nullable(),
    already: z.boolean(),
    reusesWithinMs: z.number().optional().openapi({
      description: "It goes on with the conversation of the task before it, ended so short a time ago.",
    }),
    ticks: z
      .literal(true)
      .optional()
      .openapi({ description: "Set where some of its criteria are a person's to confirm." }),
  })
  .openapi("PlannedTask");

const plannedWorkstreamSchema = z
  .object({
    id: z.string(),
    number: z.int(),
    name: z.string(),
    title: z.string(),
    spec: z.string().nullable(),
    priority: prioritySchema,
    executor: z.string(),
    autonomy: tierSchema
      .optional()
      .openapi({ description: "Where its agents are held back beyond the config." }),
    workflow: z.string().openapi({ description: "`name@version`." }),
    touches: z.array(z.string()),
    waitsFor: z.array(z.string()),
    serializedWith: z.array(z.object({ name: z.string(), paths: z.array(z.string()) })),
    beside: z.array(z.object({ name: z.string(), paths: z.array(z.string()) })),
    estimate: estimateSchema,
    cost: costEstimateSchema.optional(),
    tasks: z.array(plannedTaskSchema),
    questions: z.array(questionSchema),
    known: z.boolean(),
    status: z.string(),
  })
  .openapi("PlannedWorkstream");

/** Something wrong in a document. */
export const problemSchema = z
  .object({
    severity: z.enum(["error", "warning", "needs_detail"]),
    code: z.string(),
    message: z.string(),
    location: locationSchema,
    found: z.string().nullable(),
    expected: z.string().nullable(),
    hint: z.string().nullable(),
  })
  .openapi("SpecProblem");

const commandSchema = z
  .object({
    hash: z.string(),
    kind: z.enum(["run", "setup", "gate", "criterion", "agent"]).openapi({
      description: "`agent`: one that no config names and that is to work here; `text` is its name.",
    }),
    source: z.string(),
    text: z.string(),
    approved: z.boolean(),
  })
  .openapi("PlannedCommand");

const gateSchema = z.object({
  name: z.string(),
  command: z.string().openapi({ description: "Empty: it cannot be run here." }),
  source: z.string(),
  cannot: z
    .string()
    .optional()
    .openapi({ description: "Why it cannot be run here, with what to do. Absent: it can." }),
});

const edgeSchema = z.object({
  from: z.string(),
  to: z.string(),
  type: z
    .enum(["completion", "output", "knowledge", "news", "overlap"])
    .openapi({ description: "`from` waits for `to`; with `news` it starts without it and is told at work." }),
  detail: z.string(),
});

const leftOutSchema = z.object({ name: z.string(), path: z.string(), reason: z.string(), line: z.int() });

export const planSchema = z
  .object({
    project: z.object({ root: z.string(), base: z.string(), commit: z.string() }),
    workstreams: z.array(plannedWorkstreamSchema),
    leftOut: z.array(leftOutSchema),
    otherDocuments: z.int(),
    edges: z.array(edgeSchema),
    order: z.array(z.string()),
    criticalPath: z.object({ workstreams: z.array(z.string()), ms: z.number() }),
    estimate: estimateSchema,
    cost: costEstimateSchema.optional().openapi({ description: "Absent: nothing of it costs." }),
    budget: limitSchema.optional().openapi({ description: "Limit of a run; absent: none." }),
    overshoot: limitSchema.optional().openapi({
      description:
        "What all that may be under way at once can go beyond limits by; null: not limited. Absent: no limit holds.",
    }),
    gates: z.array(gateSchema),
    commands: z.array(commandSchema),
    problems: z.array(problemSchema),
    notes: z.array(z.string()),
    policy: z.enum(["fifo", "dependency_first", "user_defined"]),
    maxParallel: z.int(),
    sandbox: z.object({ level: z.string(), network: z.string(), reason: z.string().nullable() }),
  })
  .openapi("Plan");
