/** Schemas of handoffs as `src/engine/flow-service.ts` has them. */
import { z } from "@hono/zod-openapi";
import { nameField, namesField, rootField } from "./common.ts";
import { rootQuery } from "./requests.ts";

export const handoffsQuery = rootQuery.extend({
  name: nameField.optional(),
  all: z
    .enum(["true", "false"])
    .default("false")
    .openapi({ description: "Those too that tasks had left before they were done again." }),
});

export const handoffSchema = z
  .object({
    id: z.string().openapi({ description: "Short name that `/handoffs/one` takes too: `a-8`." }),
    what: z.string().openapi({ description: "A task (`a#T1`), or a workstream." }),
    path: z.string().openapi({ description: "Its Markdown file in `refs/osqr/handoffs`." }),
    status: z.enum(["committed", "uncollected", "unreadable"]),
    fault: z.string().nullable(),
    event: z.string().nullable(),
    attempt: z.string().nullable(),
    at: z.string().nullable(),
    actor: z.string().nullable(),
    outcome: z.string().nullable(),
    next: z.string().nullable(),
    whose: z.string().nullable().openapi({ description: "Who goes on: the role's people, or the owner." }),
    older: z.int().openapi({ description: "How many the same one had left before." }),
  })
  .openapi("Handoff");

export const handoffsSchema = z.array(handoffSchema).openapi("Handoffs");

export const handoffDetailSchema = handoffSchema
  .extend({
    content: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: "All fields: docs/schemas/handoff.v2.json." }),
    text: z.string().nullable().openapi({ description: "The same as Markdown." }),
  })
  .openapi("HandoffDetail");

export const repairBody = z
  .strictObject({
    root: rootField,
    names: namesField
      .nullable()
      .default(null)
      .openapi({ description: "Tasks and workstreams; null: all of the project." }),
    signer: nameField
      .nullable()
      .default(null)
      .openapi({ description: "Whose word it is; null: who is asking." }),
  })
  .openapi("RepairRequest");

export const repairsSchema = z
  .array(
    z.object({
      what: z.string(),
      path: z.string(),
      fault: z.string().nullable().openapi({ description: "What was wrong; null: it can be read again." }),
    }),
  )
  .openapi("Repairs");
