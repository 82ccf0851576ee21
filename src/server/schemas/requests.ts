/** Schemas of what clients send. Unknown fields are refused, so that a misspelt one is not silently ignored. */
import { z } from "@hono/zod-openapi";
import { BLOCKER_TYPES } from "./blocker-types.ts";
import { nameField, namesField, prioritySchema, rootField, textField, tierSchema } from "./common.ts";

/** A query parameter that may be repeated; hono hands one as a string and several as a list. */
export const repeatedField = z
  .preprocess((value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]), namesField)
  .openapi({ type: "array", items: { type: "string" } });

/** A name that the operator's config knows, never a program. */
const executorField = nameField.regex(/^[A-Za-z0-9][\w.-]*(?::\S+)?$/);
const countField = (minimum: number, maximum: number) => z.coerce.number().int().min(minimum).max(maximum);

export const rootQuery = z.object({ root: rootField });
export const statusQuery = rootQuery.extend({
  brief: z.enum(["true", "false"]).default("false").openapi({
    description: "Without steps, signatures and the tasks that are not running.",
  }),
});
export const planQuery = rootQuery.extend({
  only: repeatedField.optional(),
  skip: repeatedField.optional(),
  executor: executorField.optional(),
});
const versionField = z.coerce.number().int().min(1).max(999_999);
export const workflowQuery = rootQuery.extend({ name: nameField });
export const workflowDiffQuery = workflowQuery.extend({
  from: versionField.optional(),
  to: versionField.optional(),
});
export const workflowHistoryQuery = rootQuery.extend({ name: nameField.optional() });
export const reportQuery = rootQuery.extend({ run: nameField.optional() });
export const whatQuery = rootQuery.extend({ what: nameField });
export const historyQuery = z.object({
  after: countField(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: countField(1, 1_000).default(500),
});
export const eventsQuery = z.object({ after: countField(0, Number.MAX_SAFE_INTEGER).optional() });
export const logQuery = z.object({ offset: countField(0, Number.MAX_SAFE_INTEGER).default(0) });
export const healthQuery = z.object({ nonce: z.string().min(16).max(128).optional() });
export const emptyQuery = z.object({});

const reasonField = textField.default("");
const signerField = nameField
  .nullable()
  .default(null)
  .openapi({ description: "Whose word it is; null: who is asking, by the config, git or the system." });

export const goBody = z
  .strictObject({
    root: rootField,
    only: namesField.nullable().default(null),
    skip: namesField.default([]),
    approveAll: z.boolean().default(false),
    approve: z
      .array(z.string().regex(/^[0-9a-f]{64}$/))
      .max(10_000)
      .default([]),
    maxParallel: z.int().min(1).max(256).nullable().default(null),
    executor: executorField.nullable().default(null).openapi({
      description:
        "Who does the tasks without a run block: the name of an executor that the operator's config allows, or name:model.",
    }),
    signer: signerField,
  })
  .openapi("GoRequest");

export const decideBody = z
  .strictObject({
    root: rootField,
    decision: nameField,
    option: nameField,
    because: reasonField,
    signer: signerField,
    to: nameField
      .nullable()
      .default(null)
      .openapi({ description: "Step or task that a rejection goes back to." }),
    with: nameField
      .nullable()
      .default(null)
      .openapi({ description: "Of merge, link or close: a workstream that osqr has not named." }),
  })
  .openapi("DecideRequest");

export const blockersQuery = rootQuery.extend({ all: z.enum(["true", "false"]).default("false") });

export const declareBlockerBody = z
  .strictObject({
    root: rootField,
    what: nameField.openapi({ description: "A workstream, or a task of it: rate-limit#T2." }),
    type: z.enum(BLOCKER_TYPES),
    owner: nameField,
    because: reasonField,
    signer: signerField,
  })
  .openapi("DeclareBlockerRequest");

export const ownBlockerBody = z
  .strictObject({ root: rootField, id: nameField, to: nameField, because: reasonField, signer: signerField })
  .openapi("OwnBlockerRequest");

export const resolveBlockerBody = z
  .strictObject({ root: rootField, id: nameField, because: reasonField, signer: signerField })
  .openapi("ResolveBlockerRequest");

export const acceptBody = z
  .strictObject({
    root: rootField,
    critical: z.boolean().default(false),
    because: reasonField,
    signer: signerField,
  })
  .openapi("AcceptRequest");

export const steerBody = z
  .strictObject({
    root: rootField,
    verb: z.enum(["pause", "resume", "cancel", "prioritize"]),
    names: namesField.nullable().openapi({ description: "Null: all." }),
    because: reasonField,
    signer: signerField,
  })
  .openapi("SteerRequest");

export const addBody = z
  .strictObject({
    root: rootField,
    what: textField.min(1),
    run: textField.nullable().default(null),
    priority: prioritySchema.nullable().default(null),
    workflow: nameField.nullable().default(null),
    signer: signerField,
  })
  .openapi("AddRequest");

export const editBody = z
  .strictObject({
    root: rootField,
    name: nameField,
    changes: z.strictObject({
      title: textField.min(1).optional(),
      priority: prioritySchema.optional(),
      tags: namesField.optional(),
      due: z.iso.date().optional(),
      approve: namesField.optional(),
      block: namesField.optional(),
      owner: nameField.optional(),
      autonomy: tierSchema.optional(),
    }),
    because: reasonField,
    signer: signerField,
  })
  .openapi("EditRequest");

export const removeBody = z
  .strictObject({ root: rootField, name: nameField, because: reasonField, signer: signerField })
  .openapi("RemoveRequest");

export const emptyBody = z.strictObject({}).openapi("Empty");
