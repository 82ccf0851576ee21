/** Schemas of `src/core/report/blockers.ts`. */
import { z } from "@hono/zod-openapi";
import { BLOCKER_TYPES } from "./blocker-types.ts";

const dueSchema = z.object({
  workstream: z.string(),
  due: z.string(),
  earliest: z
    .string()
    .openapi({ description: "When it would be done if the blocker went away now; estimated." }),
  isAtRisk: z.boolean(),
});

export const blockerSchema = z
  .object({
    id: z.string(),
    workstream: z.string(),
    task: z.string().nullable().openapi({ description: "Null: the whole workstream." }),
    type: z.enum(BLOCKER_TYPES),
    owner: z.string(),
    reason: z.string(),
    by: z.string(),
    declaredAt: z.string(),
    resolvedAt: z.string().nullable(),
    resolution: z.string().nullable(),
    openMs: z.number(),
    tasks: z.array(z.string()).openapi({ description: "What cannot start before it is resolved." }),
    workstreams: z.array(z.string()),
    remainingMs: z.number().openapi({ description: "Longest way through what is behind it; estimated." }),
    due: z.array(dueSchema),
  })
  .openapi("Blocker");

export const blockersSchema = z
  .object({ blockers: z.array(blockerSchema), open: z.int(), resolved: z.int() })
  .openapi("Blockers");
