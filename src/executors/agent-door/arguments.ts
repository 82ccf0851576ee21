import { z } from "zod";
import type { BlockerType } from "../../core/model/flow.ts";
import { CONTEXT_SECTIONS } from "./handlers.ts";

/** Lone surrogates cannot be kept in the history. */
const text = (charactersMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .overwrite((value) => value.toWellFormed());

const optionId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "expected 1 to 32 of a-z, 0-9 and -, e.g. local-model");

const option = z.strictObject({
  id: optionId.describe("Short name, 1 to 32 of a-z, 0-9 and -"),
  label: text(500).describe("What is chosen, in a few words"),
  description: text(1000).optional().describe("What it means, where the label does not say it"),
  implications: z
    .array(text(500))
    .max(10)
    .optional()
    .describe("What follows from it: cost, risk, later work"),
});

export const askArguments = z
  .strictObject({
    key: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,63}$/, "expected 1 to 64 of A-Z, 0-9 and _, e.g. SESSION_STORE")
      .describe(
        "Short name of what is decided, e.g. SESSION_STORE. Asked again: the same key and the same text",
      ),
    question: text(4000).describe(
      "One question, with all that is needed to answer it without looking at the code",
    ),
    options: z
      .array(option)
      .min(2)
      .max(20)
      .describe("What can be chosen. The answer is one of these; an open question gets your best candidates"),
    recommended: optionId.optional().describe("Id of the option that you would take"),
    default: optionId
      .optional()
      .describe("Id of the option that is taken where nobody answers in after_minutes"),
    after_minutes: z.number().positive().max(525_600).optional().describe("Only together with default"),
  })
  .superRefine((ask, context) => {
    const ids = ask.options.map(({ id }) => id);
    const add = (path: PropertyKey[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    for (const [index, id] of ids.entries()) {
      if (ids.indexOf(id) !== index)
        add(["options", index, "id"], `expected another id: ${id} is there twice`);
    }
    for (const name of ["recommended", "default"] as const) {
      const id = ask[name];
      if (id !== undefined && !ids.includes(id)) {
        add([name], `expected one of the options' ids: ${ids.join(", ")}; found "${id}"`);
      }
    }
    if ((ask.default === undefined) !== (ask.after_minutes === undefined)) {
      const missing = ask.default === undefined ? "default" : "after_minutes";
      add([missing], "expected both default and after_minutes, or neither; found only the other one");
    }
  });

export const decisionArguments = z.strictObject({
  subject: text(200).describe("What was decided, e.g. session storage"),
  choice: text(1000).describe("What you chose"),
  reason: text(2000).describe("Why, against what else was possible"),
  confidence: z.number().min(0).max(1).describe("How sure you are, honestly: 0 (a guess) to 1 (certain)"),
});

export const progressArguments = z.strictObject({
  text: text(1000).describe("One line: what is done now, what comes next"),
});

export const contextArguments = z.strictObject({
  section: z.enum(CONTEXT_SECTIONS).describe("Which part"),
  offset: z.number().int().min(0).max(100_000_000).optional().describe("Character to go on from. Default 0"),
});

const BLOCKER_TYPES = [
  "external",
  "technical",
  "resource",
  "requirement",
  "people",
] as const satisfies readonly BlockerType[];

export const blockerArguments = z.strictObject({
  type: z
    .enum(BLOCKER_TYPES)
    .describe(
      "external: another system or company; technical: it cannot work as things are; resource: access, hardware, money; requirement: the spec is wrong or contradicts itself; people: somebody has to act",
    ),
  reason: text(2000).describe("What is in the way, what you tried, and what would remove it"),
});

export const handOffArguments = z.strictObject({
  summary: text(4000).describe("What you built, what you left out, what is not verified"),
  notes: z
    .array(text(1000))
    .max(30)
    .optional()
    .describe("One fact each that whoever goes on has to know: interfaces, names, traps"),
  nothing_to_do: z
    .boolean()
    .optional()
    .describe("true where the task needed no change at all; the summary says why"),
});
