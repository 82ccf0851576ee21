import { z } from "@hono/zod-openapi";
import { TIERS } from "../../core/autonomy/tiers.ts";

/** Longest text that a person or a program may send in one field, characters. */
const TEXT_CHARS_MAX = 20_000;

/** Any absolute path inside the project that a request is about. */
export const rootField = z
  .string()
  .min(1)
  .max(4_096)
  .refine((path) => path.startsWith("/") && !path.includes("\0"), "expected an absolute path")
  .openapi({ description: "Absolute path of a folder inside the project.", example: "/home/me/my-project" });

/** The name of something: a workstream in any form (`#2`, `rate-limit`, a spec path), a task, an attempt, a decision. */
export const nameField = z.string().min(1).max(4_096);

/** Free text of a person, e.g. a reason; may be empty. */
export const textField = z.string().max(TEXT_CHARS_MAX);

/** A list of names; in a query the parameter is repeated. */
export const namesField = z.array(nameField).max(1_000);

export const tierSchema = z.enum(TIERS).openapi("Tier");

export const prioritySchema = z.enum(["critical", "high", "medium", "low"]).openapi("Priority");

export const estimateSchema = z
  .object({ lowMs: z.number(), highMs: z.number(), source: z.enum(["history", "default"]) })
  .openapi("Estimate", { description: "A range in milliseconds and where it comes from." });

/** The body of every answer that is not a success. */
export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().openapi({ description: "Stable, e.g. `unknown-workstream`." }),
      message: z.string(),
      hints: z.array(z.string()).openapi({ description: "What to do next." }),
    }),
  })
  .openapi("Error");

/** A schema's type with every array and object read-only: what a handler may answer with. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
