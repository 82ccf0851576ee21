/** The shape of a workflow file: which fields there are and what each may say. What they mean together is in `check-steps.ts`. */
import { z } from "zod";
import { parseDurationMs } from "../duration.ts";

/** Most steps of a workflow. */
export const STEPS_MAX = 200;
/** Most criteria on one side of a step. */
const CRITERIA_MAX = 50;
const TIMEOUT_MS_MAX = 7 * 86_400_000;
const DURATION = /^\s*(?:\d{1,9}(?:\.\d{1,3})?\s*[a-zA-Z]{1,8}[\s,]*){1,5}$/;

/** Messages of this shape are what was expected; who reports them adds what was found and where. */
const say = (expected: string) => ({ error: expected, abort: true });

function text(expected: string, { max, pattern = /\S/ }: { max: number; pattern?: RegExp }) {
  return z.string(expected).max(max, say(expected)).regex(pattern, say(expected));
}

function wholeNumber(expected: string, minimum: number, maximum: number) {
  return z.int(expected).min(minimum, say(expected)).max(maximum, say(expected));
}

const flag = (description: string) => z.boolean("true or false").meta({ description });

const duration = z
  .string("a duration up to 7 days such as 5m or 1h 30m")
  .regex(DURATION, say("a duration up to 7 days such as 5m or 1h 30m"))
  .refine((found) => {
    const ms = parseDurationMs(found);
    return ms !== null && ms <= TIMEOUT_MS_MAX;
  }, "a duration up to 7 days such as 5m or 1h 30m");

const command = text("a shell command of at most 10,000 characters", {
  max: 10_000,
  pattern: /^[^\0]*[^\s\0][^\0]*$/,
});
const repositoryPath = text("a path inside the repository", {
  max: 1000,
  pattern: /^(?![/\\])(?!(?:.*\/)?\.\.(?:\/|$))[^\0]*[^\s\0/][^\0]*$/,
});
const name = text("a name of letters, digits, dots, hyphens or underscores", {
  max: 100,
  pattern: /^[A-Za-z0-9][\w.:-]*$/,
});
const stepKey = text("a key such as quality-review: small letters, digits, - and _", {
  max: 64,
  pattern: /^[a-z0-9][a-z0-9_-]*$/,
});
const phrase = (expected: string, description: string) => text(expected, { max: 500 }).meta({ description });

const CRITERION_KEYS = ["command", "artifact", "gate", "tick"] as const;

const criterionMapping = z
  .strictObject(
    {
      key: text("a key of small letters, digits and -", {
        max: 64,
        pattern: /^[a-z0-9][a-z0-9-]*$/,
      })
        .meta({ description: "Short name, unique on its side of the step. Default: made from the text." })
        .optional(),
      text: phrase("a text of at most 500 characters", "What must hold, in words.").optional(),
      command: command
        .meta({ description: "Holds when this shell command ends with 0 in the tree of the work." })
        .optional(),
      artifact: repositoryPath.meta({ description: "Holds when this file or folder exists." }).optional(),
      gate: name.meta({ description: "Holds when this gate of the project passes." }).optional(),
      tick: z
        .union([text("a text of at most 500 characters", { max: 500 }), z.literal(true)], "a text, or true")
        .meta({ description: "Holds when a person says so: what they confirm, or true beside a text." })
        .optional(),
      timeout: duration
        .meta({ description: "Longest time of the command. Default: that of an attempt of the step." })
        .optional(),
    },
    "a text, or a mapping with command, artifact, gate or tick",
  )
  .meta({
    description: "A condition that osqr checks itself, or a person's tick. Exactly one of the four.",
    oneOf: CRITERION_KEYS.map((key) => ({ required: [key] })),
  });

const criterion = z.union(
  [phrase("a text of at most 500 characters", "A condition that a person ticks."), criterionMapping],
  "a text, or a mapping with command, artifact, gate or tick",
);

const criteria = (description: string) =>
  z
    .array(criterion, "a list of criteria")
    .max(CRITERIA_MAX, say(`at most ${CRITERIA_MAX} criteria`))
    .meta({ description });

const stepKeys = z.array(stepKey, "a list of steps' keys").max(STEPS_MAX, say(`at most ${STEPS_MAX} keys`));

const amount = wholeNumber("a whole number from 1 to 1,000,000", 1, 1_000_000);
const uses = z
  .union(
    [
      z.array(name, "a list of resources").max(100, say("at most 100 resources")),
      z.record(name, amount, "a mapping from resources to amounts"),
    ],
    "a list of resources, or a mapping from resources to amounts",
  )
  .meta({ description: "Resources that each of its tasks takes while it runs: [db] or {db: 2}." });

const duplicates = z
  .strictObject(
    {
      threshold: z
        .number("a number from 0 to 1")
        .min(0, say("a number from 0 to 1"))
        .max(1, say("a number from 0 to 1"))
        .meta({ description: "Texts at least this alike are suspected. Default: 0.5." })
        .optional(),
      ask: z
        .enum(["suspected", "always"], "suspected or always")
        .meta({ description: "Ask only where something is suspected, or always. Default: suspected." })
        .optional(),
    },
    "a mapping with threshold, ask",
  )
  .meta({ description: "Of an intake: when a person is asked about duplicates." });

const step = z
  .strictObject(
    {
      key: stepKey.meta({ description: "Short name, unique in the workflow." }),
      title: text("a title of at most 200 characters", { max: 200 })
        .meta({ description: "What people read. Default: the key." })
        .optional(),
      order: wholeNumber("a whole number from 1 to 100,000", 1, 100_000)
        .meta({ description: "Place in the workflow; equal ones by key. Default: the place in the list." })
        .optional(),
      kind: z
        .enum(["tasks", "work", "review", "intake", "integrate"], "tasks, work, review, intake or integrate")
        .meta({
          description:
            "tasks: the spec's own tasks. work: one task. review: a person's word. intake: a person's word on duplicates. integrate: the merge. Default: what the other fields or the key say, else work.",
        })
        .optional(),
      review: flag("The same as kind: review.").optional(),
      integrate: flag("The same as kind: integrate.").optional(),
      role: text("a role of at most 100 characters", { max: 100 })
        .meta({ description: "Who is responsible, or who may sign." })
        .optional(),
      entry: criteria("What must hold before the work of the step starts.").optional(),
      exit: criteria("What must hold of its result before it counts.").optional(),
      definition_of_done: text("a text of at most 2,000 characters", { max: 2000 })
        .meta({ description: "What done means, in words." })
        .optional(),
      parallelizable: flag(
        "It may run beside its neighbours that are parallelizable too. Default: false.",
      ).optional(),
      depends_on: stepKeys
        .meta({ description: "Steps that it comes after. Default: what its order says." })
        .optional(),
      joins: z
        .literal("all", "all")
        .meta({ description: "A step waits for all branches before it. There is no other way." })
        .optional(),
      gates: z
        .array(name, "a list of gates' names")
        .max(CRITERIA_MAX, say(`at most ${CRITERIA_MAX} gates`))
        .meta({ description: "Gates of the project that must pass on its result: short for exit criteria." })
        .optional(),
      critical: flag("When it fails, nothing more of the workstream starts. Default: true.").optional(),
      timeout: duration
        .meta({ description: "Longest time of one attempt. Default: the config's." })
        .optional(),
      retries: wholeNumber("a whole number from 0 to 10", 0, 10)
        .meta({ description: "Further attempts after a failure before a person is asked. Default: 0." })
        .optional(),
      executor: name.meta({ description: "Who does it. Default: the spec's." }).optional(),
      run: command.meta({ description: "Shell command of a work step." }).optional(),
      instructions: text("a text of at most 4,000 characters", { max: 4000 })
        .meta({ description: "What an agent or a reviewer is told beside the title." })
        .optional(),
      uses: uses.optional(),
      returns_to: z
        .union([stepKey, stepKeys.min(1, say("at least one step"))], "a step's key, or a list of them")
        .meta({
          description:
            "Of a review: where a rejection sends the work, the default first. Default: the nearest earlier step with work.",
        })
        .optional(),
      rework: z
        .enum(["continue", "restart"], "continue or restart")
        .meta({
          description:
            "When work comes back to this step: build on what is there, or give it up back to where the step began. Default: continue.",
        })
        .optional(),
      duplicates: duplicates.optional(),
    },
    "a step: a mapping with key and more",
  )
  .meta({ id: "step", description: "One step." });

const change = z
  .strictObject(
    {
      author: text("who made the change", { max: 200 }).meta({ description: "Who made it." }),
      reason: text("why it was made", { max: 2000 }).meta({ description: "Why." }),
      impact: text("what it means for those who use it", { max: 2000 }).meta({
        description: "What it means for those who use the workflow.",
      }),
    },
    "a mapping with author, reason, impact",
  )
  .meta({ description: "Who changed the workflow, why, and what that means. Needed from version 2 on." });

/** A workflow file. Empty values are taken for absent ones before this shape is used. */
export const workflowShape = z
  .strictObject(
    {
      name: text("a name such as release or team.release: small letters, digits, ., - and _", {
        max: 100,
        pattern: /^[a-z0-9][a-z0-9._-]*$/,
      }).meta({ description: "What specs and the config call it." }),
      version: wholeNumber("a whole number from 1 to 1,000,000", 1, 1_000_000).meta({
        description: "A version that was used once stays as it is: a change needs a higher one.",
      }),
      title: text("a title of at most 200 characters", { max: 200 })
        .meta({ description: "What people read. Default: the name." })
        .optional(),
      effective: text("a date such as 2026-03-01", { max: 10, pattern: /^\d{4}-\d{2}-\d{2}$/ })
        .meta({ description: "New workstreams take it from this day on (UTC). Default: at once." })
        .optional(),
      change: change.optional(),
      steps: z
        .array(step, "a list of steps")
        .min(1, say("at least one step"))
        .max(STEPS_MAX, say(`at most ${STEPS_MAX} steps`))
        .meta({ description: "What is done, in order." }),
    },
    "a mapping with name, version, steps",
  )
  .meta({
    title: "osqr workflow",
    description: "A versioned blueprint of ordered steps.",
    if: { properties: { version: { minimum: 2 } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { required: ["change"] },
  });

/** What a workflow file says, as it is written. */
export type WorkflowContent = z.output<typeof workflowShape>;
export type StepContent = WorkflowContent["steps"][number];
export type CriterionContent = z.output<typeof criterion>;
