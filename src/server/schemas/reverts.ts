/** Schemas of a revert: what is asked, and whom it concerns. */
import { z } from "@hono/zod-openapi";
import { nameField, rootField, textField } from "./common.ts";

export const revertBody = z
  .strictObject({
    root: rootField,
    name: nameField,
    to: nameField.nullable().default(null).openapi({ description: "Step to go on with; null: it rests." }),
    because: textField.default("").openapi({ description: "The reason: it has to be given." }),
    signer: nameField.nullable().default(null).openapi({ description: "Who decides; null: who is asking." }),
  })
  .openapi("RevertRequest");

export const reworkBody = z
  .strictObject({
    root: rootField,
    name: nameField,
    to: nameField.openapi({ description: "Step, or task in it, that is done again." }),
    because: textField.default("").openapi({ description: "The reason: it has to be given." }),
    signer: nameField.nullable().default(null).openapi({ description: "Who decides; null: who is asking." }),
  })
  .openapi("ReworkRequest");

export const reworkSchema = z
  .object({
    workstream: z.string(),
    to: z.string(),
    by: z.string(),
    again: z.array(z.string()).openapi({ description: "Tasks to be done again." }),
    refused: z.array(z.string()).openapi({ description: "Of these: the ones whose results are refused." }),
    ended: z.array(z.string()).openapi({ description: "Attempts that it ended." }),
    withdrawn: z.array(z.string()).openapi({ description: "Decisions that are asked no more." }),
  })
  .openapi("Rework");

export const revertSchema = z
  .object({
    workstream: z.string(),
    commit: z.string().openapi({ description: "The commit that had landed it." }),
    base: z.string(),
    to: z.string().nullable(),
    by: z.string(),
    onTop: z.array(z.string()).openapi({ description: "Landed after it and built on it." }),
    waiting: z.array(z.string()).openapi({ description: "Wait for it again." }),
    ahead: z.int().openapi({ description: "Merges before it in the queue." }),
  })
  .openapi("Revert");
