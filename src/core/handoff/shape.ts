/** What a handoff says (FR-014): the contract between a step that ended and whoever reads it next. */
import { z } from "zod";

/** Version of the shape below. Version 1 is still read: see `parseHandoff`. */
export const HANDOFF_VERSION = 2;

/** Longest texts and lists, so that a handoff always fits beside the work. */
export const HANDOFF_LIMITS = {
  text: 500,
  reason: 2_000,
  path: 4_096,
  files: 200,
  links: 50,
  decisions: 50,
  criteria: 20,
} as const;

const text = z.string().max(HANDOFF_LIMITS.text);
const reason = z.string().max(HANDOFF_LIMITS.reason);
const path = z.string().max(HANDOFF_LIMITS.path);
const count = z.int().min(0);

const workItem = z
  .object({
    id: text.describe("Id of the workstream in its home."),
    name: text.describe("Its name in the project."),
    title: text,
  })
  .describe("The work item.");

const step = z
  .object({
    key: text,
    title: text,
    order: count.describe("Steps of a workflow go in this order; equal ones by key."),
    role: text.nullable().describe("Who is responsible; null: nobody is named."),
    definitionOfDone: reason.nullable(),
  })
  .describe("The step of the workflow.");

const task = z
  .object({ key: text, title: text, order: count, phase: text.nullable() })
  .describe("The task of that step.");

const actor = z
  .object({
    name: text,
    kind: z.enum(["executor", "person", "osqr"]),
    role: text.nullable().describe("The role in which it was done."),
  })
  .describe("Who did it or signed it.");

const next = z
  .object({
    action: text,
    step: text.nullable(),
    task: text.nullable(),
    role: text.nullable(),
    owner: text.nullable(),
  })
  .describe("What has to happen next, and whose it is.");

const criterion = z.object({ task: text, key: text, text });

const link = z.object({
  relation: z
    .enum(["after", "earlier", "covers"])
    .describe(
      "after: of a task that this one came after; earlier: the last one of the same task; covers: what this event is about.",
    ),
  task: text,
  path: path.describe("Its file in the same ref."),
});

const decision = z.object({
  id: text,
  key: text.describe("Key of the question."),
  option: text.describe("The answer."),
  by: text,
});

const signOff = z
  .object({
    outcome: z.enum(["approved", "rejected"]),
    by: text,
    role: text.nullable(),
    reason,
    at: z.iso.datetime(),
  })
  .describe("The signature under a review.");

/** The events that leave a handoff. */
export const HANDOFF_EVENTS = [
  "task_completed",
  "review_approved",
  "work_returned",
  "integrated",
  "reverted",
] as const;

const handoffSchema = z
  .object({
    schemaVersion: z.literal(HANDOFF_VERSION),
    event: z.enum(HANDOFF_EVENTS),
    workItem,
    workflow: z.object({ name: text, version: count }),
    step,
    task: task.nullable().describe("Null where the event is about the whole work item."),
    attempt: text.nullable().describe("Null where no attempt made it: an integration, a revert."),
    reuses: text.nullable().describe("The attempt whose recorded result it took; null: its own work."),
    timestamp: z.iso.datetime(),
    actor,
    outcome: text,
    next,
    openCriteria: z
      .array(criterion)
      .max(HANDOFF_LIMITS.criteria)
      .describe("Exit criteria of what comes next that are not met yet."),
    baseline: z
      .enum(["pre-integration", "post-integration"])
      .describe("Whether the base holds the work at this point."),
    links: z.array(link).max(HANDOFF_LIMITS.links).describe("Prior handoffs."),
    commit: text.nullable().describe("Where the work stands; null: nothing has been made yet."),
    files: z.array(path).max(HANDOFF_LIMITS.files),
    added: count.describe("Lines."),
    deleted: count.describe("Lines."),
    decisions: z.array(decision).max(HANDOFF_LIMITS.decisions).describe("Questions that were answered."),
    signOff: signOff.nullable().describe("Of a review; null otherwise."),
    spec: z.object({ path: path.nullable(), hash: text, commit: text }),
  })
  .describe("A handoff of osqr: what a step left, and what has to happen next.");

/** A handoff as it is committed. Texts are bounded, see `HANDOFF_LIMITS`. */
export type Handoff = z.infer<typeof handoffSchema>;

/** The fields of version 1 that version 2 still has, under their old names. */
const firstSchema = z.object({
  schemaVersion: z.literal(1),
  workItem: z.string(),
  workflow: z.object({ name: z.string(), version: count }),
  step: z.object({ key: z.string(), order: count, title: z.string(), phase: z.string().nullable() }),
  attempt: z.string(),
  timestamp: z.iso.datetime(),
  actor: z.string(),
  outcome: z.string(),
  nextAction: z.string(),
  priorHandoffs: z.array(z.string()),
  commit: z.string(),
  files: z.array(z.string()),
  decisions: z.record(z.string(), z.string()),
  spec: z.string().nullable(),
});

/** Bounded text without half characters. */
export function cutText(long: string, max: number = HANDOFF_LIMITS.text): string {
  return (long.length <= max ? long : `${long.slice(0, max - 1)}…`).toWellFormed();
}

export const cutOrNull = (text: string | null, max?: number): string | null =>
  text === null ? null : cutText(text, max);

/** What version 1 did not know is null or empty. */
function upgrade(first: z.infer<typeof firstSchema>): Handoff {
  const { workItem: name, step: own, actor: executor } = first;
  const title = cutText(own.title);
  return {
    schemaVersion: HANDOFF_VERSION,
    event: "task_completed",
    workItem: { id: cutText(name), name: cutText(name), title: cutText(name) },
    workflow: first.workflow,
    step: { key: "tasks", title: "the spec's tasks", order: 1, role: null, definitionOfDone: null },
    task: { key: cutText(own.key), title, order: own.order, phase: own.phase },
    attempt: first.attempt,
    reuses: null,
    timestamp: first.timestamp,
    actor: { name: cutText(executor), kind: "executor", role: null },
    outcome: cutText(first.outcome),
    next: { action: cutText(first.nextAction), step: null, task: null, role: null, owner: null },
    openCriteria: [],
    baseline: "pre-integration",
    links: first.priorHandoffs
      .slice(0, HANDOFF_LIMITS.links)
      .map((path) => ({ relation: "after", task: "", path: cutText(path, HANDOFF_LIMITS.path) })),
    commit: first.commit,
    files: first.files.slice(0, HANDOFF_LIMITS.files).map((file) => cutText(file, HANDOFF_LIMITS.path)),
    added: 0,
    deleted: 0,
    decisions: Object.entries(first.decisions)
      .slice(0, HANDOFF_LIMITS.decisions)
      .map(([key, option]) => ({ id: "", key: cutText(key), option: cutText(option), by: "" })),
    signOff: null,
    spec: { path: first.spec, hash: "", commit: "" },
  };
}

export type ParsedHandoff =
  | { readonly ok: true; readonly handoff: Handoff }
  /** Why it is none, in words. */
  | { readonly ok: false; readonly fault: string };

/** Reads the text of a handoff of version 1 or 2. What newer versions add is left out. */
export function parseHandoff(content: string): ParsedHandoff {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { ok: false, fault: "it is not JSON" };
  }
  const version = typeof value === "object" && value !== null && "schemaVersion" in value;
  const isFirst = version && (value as { schemaVersion: unknown }).schemaVersion === 1;
  const result = isFirst ? firstSchema.transform(upgrade).safeParse(value) : handoffSchema.safeParse(value);
  if (result.success) return { ok: true, handoff: result.data };
  const [issue] = result.error.issues;
  const place = issue?.path.join(".") ?? "";
  return { ok: false, fault: `${place === "" ? "it" : place}: ${issue?.message ?? "not a handoff"}` };
}

/**
 * The file of a handoff. Its fields stand in the order of the schema, wherever they come from, so that the same content is the
 * same bytes.
 *
 * @throws ZodError where the content is no handoff: a bug, or a history that somebody changed.
 */
export function serializeHandoff(content: unknown): string {
  return `${JSON.stringify(handoffSchema.parse(content), null, 2)}\n`;
}

/** `docs/schemas/handoff.v2.json`: what others may rely on. */
export function describeHandoffSchema(): string {
  const schema = z.toJSONSchema(handoffSchema, { io: "input" });
  const id = `urn:osqr:handoff:${HANDOFF_VERSION}`;
  return `${JSON.stringify({ $id: id, ...schema }, null, 2)}\n`;
}
