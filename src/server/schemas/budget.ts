/** Schemas of money and tokens. Money is in millionths of a US dollar. */
import { z } from "@hono/zod-openapi";

const rangeSchema = z.object({ low: z.int(), high: z.int() });

/** What work will probably cost. */
export const costEstimateSchema = z
  .object({
    tokens: rangeSchema,
    microUsd: rangeSchema.openapi({ description: "Millionths of a US dollar." }),
    source: z.enum(["history", "default"]),
  })
  .openapi("CostEstimate");

const amountSchema = z.object({ tokens: z.int(), microUsd: z.int() });

/** Schema of `CostView`. */
export const costSchema = z
  .object({
    attempts: z.int().openapi({ description: "Attempts that cost something." }),
    tokens: z.int().nullable().openapi({ description: "Null: nobody said, which is not 0." }),
    microUsd: z.int().nullable().openapi({ description: "Millionths of a US dollar; null: unknown." }),
    unknown: amountSchema.openapi({ description: "Attempts that have not said all of it." }),
    reserved: amountSchema.openapi({ description: "Kept for attempts that are under way." }),
  })
  .openapi("Cost");

/** Schema of `BudgetView`. */
export const budgetSchema = z
  .object({
    scope: z.enum(["run", "workstream", "task"]),
    name: z.string(),
    measure: z.enum(["tokens", "microUsd"]),
    charged: z.int().openapi({ description: "Used, reserved, and counted as used." }),
    limit: z.int(),
    percent: z.int(),
    zone: z.enum(["green", "yellow", "red", "full"]),
    savings: z.array(z.object({ text: z.string(), isApplied: z.boolean() })),
  })
  .openapi("Budget");

/** Schema of `PlannedOvershoot`. */
export const overshootSchema = z
  .object({
    metering: z.enum(["exact", "request", "turn", "never"]).openapi({
      description:
        "How often it is known what is used: `exact`: each request is asked for beforehand; `request`, `turn`: after each; `never`.",
    }),
    overshoot: z.object({ tokens: z.int().nullable(), microUsd: z.int().nullable() }).openapi({
      description:
        "What it may go beyond a limit by before it is ended; null: not limited, or without a price.",
    }),
    isUnpriced: z.literal(true).optional().openapi({
      description: "No price is known for its model: of a limit in money its reservation counts.",
    }),
    closedBy: z
      .enum(["run", "workstream", "task"])
      .optional()
      .openapi({ description: "Set where a budget is 0: it does not start." }),
  })
  .openapi("PlannedOvershoot");

/** How much at the most. */
export const limitSchema = z
  .object({
    tokens: z.int().nullable().openapi({ description: "Null: no limit." }),
    microUsd: z.int().nullable(),
  })
  .openapi("Limit");
