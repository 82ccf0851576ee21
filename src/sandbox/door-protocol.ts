import { z } from "zod";
import type { QuestionOption } from "../core/model/spec.ts";

/**
 * The door's protocol: one Unix socket per attempt. A connection begins with one request, a line of JSON, and gets one reply, a line too.
 *
 *   {"op":"ask","key":"MODEL","question":"Which model?","options":[…],"default":"a","after_minutes":30}
 *     -> {"ok":true,"option":"b"}            when it is answered; the line may take long
 *     -> {"ok":false,"code":"parked"}        the attempt is ended, its answer comes to the next one
 *   {"op":"progress","text":"half way"}      -> {"ok":true}
 *   {"op":"mcp","token":"…"}                 -> {"ok":true}; from then on the connection carries MCP, a line of JSON-RPC per message
 *
 * A refused request gets {"ok":false,"code":"refused","message":"…"}.
 */
export const REQUEST_BYTES_MAX = 64 * 1024;

const optionId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "option ids are 1 to 32 of a-z, 0-9 and -, e.g. local-model");

/** Lone surrogates cannot be kept in the history. */
const toWellFormed = (text: string): string => text.toWellFormed();

const askRequest = z.strictObject({
  op: z.literal("ask"),
  key: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, "keys are 1 to 64 of A-Z, 0-9 and _, e.g. MODEL"),
  question: z
    .string()
    .trim()
    .min(1, "the question is empty")
    .max(4000, "the question is above 4000 characters")
    .overwrite(toWellFormed),
  options: z
    .array(
      z.strictObject({
        id: optionId,
        label: z
          .string()
          .trim()
          .min(1, "an option needs a label")
          .max(500, "a label is above 500 characters")
          .overwrite(toWellFormed),
        recommended: z.boolean(),
      }),
    )
    .min(2, "a question needs at least two options")
    .max(20, "a question has at most 20 options"),
  default: optionId.nullable(),
  after_minutes: z.number().positive().max(525_600).nullable(),
});

const progressRequest = z.strictObject({
  op: z.literal("progress"),
  text: z
    .string()
    .trim()
    .min(1, "the text is empty")
    .max(1000, "the text is above 1000 characters")
    .overwrite(toWellFormed),
});

const mcpRequest = z.strictObject({
  op: z.literal("mcp"),
  token: z.string().min(1, "the token is empty").max(200, "the token is above 200 characters"),
});

const request = z.discriminatedUnion("op", [askRequest, progressRequest, mcpRequest]);

/** A question as it came through the door. */
export interface DoorQuestion {
  readonly key: string;
  readonly question: string;
  readonly options: readonly QuestionOption[];
  readonly defaultOption: string | null;
  readonly autoResolveMinutes: number | null;
}

export type DoorRequest =
  | { readonly kind: "ask"; readonly question: DoorQuestion }
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "mcp"; readonly token: string }
  | { readonly kind: "refused"; readonly message: string };

export type DoorReply =
  | { readonly ok: true; readonly option?: string }
  | { readonly ok: false; readonly code: "parked" | "refused"; readonly message?: string };

/** Reads one request line. Whatever it holds, the result is one of four things. */
export function parseDoorRequest(line: string): DoorRequest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "refused", message: "expected one line of JSON" };
  }
  const parsed = request.safeParse(value);
  if (!parsed.success)
    return { kind: "refused", message: parsed.error.issues[0]?.message ?? "not a request" };
  if (parsed.data.op === "progress") return { kind: "progress", text: parsed.data.text };
  if (parsed.data.op === "mcp") return { kind: "mcp", token: parsed.data.token };
  return toQuestion(parsed.data);
}

function toQuestion(ask: z.infer<typeof askRequest>): DoorRequest {
  const ids = ask.options.map((option) => option.id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) return { kind: "refused", message: `the option ${repeated} is there twice` };
  if (ask.default !== null && !ids.includes(ask.default)) {
    return {
      kind: "refused",
      message: `the default ${ask.default} is not one of the options ${ids.join(", ")}`,
    };
  }
  return {
    kind: "ask",
    question: {
      key: ask.key,
      question: ask.question,
      options: ask.options.map((option) => ({ ...option, description: "", implications: [] })),
      defaultOption: ask.default,
      autoResolveMinutes: ask.after_minutes,
    },
  };
}
