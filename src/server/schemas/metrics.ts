/** Schemas of flow metrics: what is asked, and `src/core/report/flow/types.ts`. */
import { z } from "@hono/zod-openapi";
import { EXPORT_ROWS } from "../../core/report/flow/csv.ts";
import { EXPORT_FORMATS } from "../../core/report/flow/export.ts";
import { nameField, rootField } from "./common.ts";
import { itemDetailSchema } from "./metrics-detail.ts";
import { repeatedField } from "./requests.ts";
import { workstreamStatusSchema } from "./views.ts";

export const metricsQuery = z.object({
  root: rootField.optional(),
  names: repeatedField.optional(),
  since: nameField
    .optional()
    .openapi({ description: "ISO date or time, or a duration back from now: `7d`." }),
  until: nameField.optional().openapi({ description: "The same; not in the window itself." }),
  owner: nameField.optional(),
  workflow: nameField.optional().openapi({ description: "`name` or `name@version`." }),
  status: workstreamStatusSchema.optional(),
  project: nameField.optional().openapi({ description: "Without `root`: one project of the home." }),
  detail: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .openapi({ type: "boolean", default: false }),
  brief: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .openapi({ type: "boolean", default: false, description: "Workstreams without their steps." }),
});

export const exportQuery = metricsQuery.omit({ detail: true, brief: true }).extend({
  format: z.enum(EXPORT_FORMATS).default("json"),
  rows: z.enum(EXPORT_ROWS).default("workstreams").openapi({ description: "Of CSV." }),
});

const ms = z.number().nullable();
const share = z.number().nullable();

const spreadSchema = z
  .object({ count: z.int(), medianMs: ms, p85Ms: ms })
  .openapi("Spread", { description: "Durations of several things; null where there are too few." });

const blockerTypeSchema = z.enum(["external", "technical", "resource", "requirement", "people"]);

const reworkSchema = z.object({
  returns: z.int(),
  tasks: z.int(),
  completions: z.int(),
  rate: share,
  workMs: z.number(),
  workstreams: z.int(),
  share,
});

const peopleSchema = z.object({
  count: z.int(),
  open: z.int(),
  sumMs: z.number(),
  medianMs: ms,
  p85Ms: ms,
});

const blockedSchema = z.object({
  count: z.int(),
  open: z.int(),
  sumMs: z.number(),
  medianMs: ms,
  p85Ms: ms,
  share,
  byType: z.array(z.object({ type: blockerTypeSchema, count: z.int(), ms: z.number() })),
});

const figuresSchema = z
  .object({
    workstreams: z.int(),
    completed: z.int(),
    leadTime: spreadSchema,
    flowTime: spreadSchema,
    throughput: z.object({ perDay: z.number().nullable(), perWeek: z.number().nullable() }),
    wip: z.object({ now: z.int(), mean: z.number().nullable() }),
    rework: reworkSchema,
    people: peopleSchema,
    blocked: blockedSchema,
    workMs: z.number(),
    efficiency: share,
    reverts: z.int(),
  })
  .openapi("FlowFigures", { description: "Defined in docs/metrics.md." });

const stepFiguresSchema = z
  .object({
    workflow: z.string(),
    step: z.string(),
    title: z.string(),
    kind: z.string(),
    order: z.number(),
    cycle: spreadSchema,
    taskCycle: spreadSchema,
    wip: z.int(),
    returns: z.int(),
    attempts: z.int(),
    workMs: z.number(),
    reworkMs: z.number(),
  })
  .openapi("StepFigures");

const groupSchema = z
  .object({ key: z.string().nullable(), figures: figuresSchema })
  .openapi("FlowGroup", { description: "`key` null: those without, e.g. without an owner." });

const itemStepSchema = z.object({
  key: z.string(),
  title: z.string(),
  kind: z.string(),
  order: z.number(),
  role: z.string().nullable(),
  total: z.int(),
  completed: z.int(),
  startedAt: z.string().nullable(),
  completedAt: z.string().nullable(),
  cycleMs: ms,
});

export const flowItemSchema = z
  .object({
    project: z.string(),
    name: z.string(),
    number: z.int(),
    title: z.string(),
    status: workstreamStatusSchema,
    workflow: z.string(),
    owner: z.string().nullable(),
    spec: z.string().nullable(),
    step: z.string().nullable(),
    registeredAt: z.string(),
    startedAt: z.string().nullable(),
    completedAt: z.string().nullable(),
    endedAt: z.string().nullable(),
    leadMs: ms,
    flowMs: ms,
    workMs: z.number(),
    efficiency: share,
    tasks: z.object({ total: z.int(), completed: z.int() }),
    attempts: z.int(),
    rework: reworkSchema.omit({ workstreams: true, share: true }),
    people: peopleSchema,
    blocked: blockedSchema.pick({ count: true, open: true, sumMs: true, byType: true }),
    reverts: z.int(),
    steps: z.array(itemStepSchema),
    detail: itemDetailSchema.nullable(),
  })
  .openapi("FlowItem");

const filterSchema = z.object({
  since: z.string().nullable(),
  until: z.string().nullable(),
  owner: z.string().nullable(),
  workflow: z.string().nullable(),
  status: workstreamStatusSchema.nullable(),
  project: z.string().nullable(),
});

export const flowReportSchema = z
  .object({
    schemaVersion: z.int(),
    generatedAt: z.string(),
    window: z.object({ since: z.string(), until: z.string(), ms: z.number() }),
    filter: filterSchema,
    total: figuresSchema,
    steps: z.array(stepFiguresSchema),
    byProject: z.array(groupSchema),
    byWorkflow: z.array(groupSchema),
    byOwner: z.array(groupSchema),
    items: z.array(flowItemSchema),
  })
  .openapi("FlowReport");
