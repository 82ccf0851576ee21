/** Schemas of migrations: what is asked, and what becomes of whom. */
import { z } from "@hono/zod-openapi";
import { nameField, namesField, rootField, textField } from "./common.ts";

const reason = textField.default("").openapi({ description: "The reason: it has to be given." });
const signer = nameField
  .nullable()
  .default(null)
  .openapi({ description: "Who decides; null: who is asking." });

export const migrateBody = z
  .strictObject({
    root: rootField,
    names: namesField
      .min(1)
      .nullable()
      .openapi({ description: "Null: every workstream in flight that does not follow it yet." }),
    to: nameField
      .nullable()
      .default(null)
      .openapi({ description: "`feature` or `feature@2`; null: each keeps its workflow." }),
    takeSpec: z
      .boolean()
      .default(false)
      .openapi({ description: "Takes the text that the spec has in the base now, too." }),
    map: namesField.default([]).openapi({ description: "`old=new` or `old=-`: keys of steps or tasks." }),
    dryRun: z.boolean().default(false),
    because: reason,
    signer,
  })
  .openapi("MigrateRequest");

export const rollbackBody = z
  .strictObject({
    root: rootField,
    migration: nameField.openapi({ example: "M-1" }),
    dryRun: z.boolean().default(false),
    because: reason,
    signer,
  })
  .openapi("RollbackRequest");

const refusalSchema = z
  .object({ code: z.string(), message: z.string(), hints: z.array(z.string()) })
  .openapi("MigrationRefusal");

const rowSchema = z
  .object({
    from: z.string().nullable().openapi({ description: "Old task; null: it is new." }),
    to: z.string().nullable().openapi({ description: "New task; null: it is dropped." }),
    title: z.string(),
    was: z
      .enum(["pending", "ready", "running", "waiting", "blocked", "completed", "failed", "cancelled"])
      .nullable(),
    fate: z.enum(["new", "kept", "changed", "redone", "restored", "asked", "dropped"]),
    changes: z.array(z.string()).openapi({ description: "What of its definition is different." }),
  })
  .openapi("MigrationRow");

export const migrationResultSchema = z
  .object({
    workstream: z.string(),
    name: z.string(),
    number: z.int(),
    from: z.string().openapi({ example: "feature@1" }),
    to: z.string(),
    takesSpec: z.boolean(),
    step: z
      .object({ from: z.string().nullable(), to: z.string().nullable() })
      .openapi({ description: "The step that the work is in, before and after; null: all is done." }),
    rows: z.array(rowSchema),
    warnings: z.array(z.string()),
    refusal: refusalSchema.nullable().openapi({ description: "Why it cannot be carried out; null: it can." }),
    migration: z.string().nullable().openapi({ description: "Its id; null: it was not carried out." }),
  })
  .openapi("MigrationResult");

export const migrationResultsSchema = z.object({ migrations: z.array(migrationResultSchema) });

export const migrationListSchema = z
  .object({
    migrations: z.array(
      z
        .object({
          id: z.string(),
          workstream: z.string(),
          from: z.string(),
          to: z.string(),
          takesSpec: z.boolean(),
          by: z.string(),
          reason: z.string(),
          at: z.string(),
          rollsBack: z.string().nullable(),
          canRollBack: z.boolean().openapi({ description: "It is the last one that stands." }),
          mapping: z.array(z.object({ from: z.string(), to: z.string().nullable() })),
        })
        .openapi("Migration"),
    ),
  })
  .openapi("MigrationList");

export const migrationsQuery = z.object({ root: rootField, name: nameField.optional() });
