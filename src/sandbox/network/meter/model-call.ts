/** What an agent asks of its model's provider, recognised from the request. */
import { dropHosted } from "./hosted.ts";
import { type RequestTexts, readTexts } from "./input-bound.ts";
import { findOutputMax, limitOutput } from "./output-limit.ts";

/** A call that costs something. */
export interface ModelCall {
  /** As the agent names it; null: it does not. */
  readonly model: string | null;
  /** Most tokens that go in. */
  readonly inputTokensMax: number;
  /** Most tokens that may come out, as the request limits them; null: it does not. */
  readonly outputTokensMax: number | null;
}

/** A call as it will be sent. */
export interface ReadCall {
  readonly model: string | null;
  readonly outputTokensMax: number | null;
  readonly texts: RequestTexts;
  readonly body: Buffer;
  /** The same, with a limit to what comes out. */
  limitOutput(tokens: number): Buffer;
}

export type RecognisedCall =
  | { readonly kind: "metered"; readonly call: ReadCall }
  /** It costs nothing: a list of models, a count of tokens. */
  | { readonly kind: "free" }
  | { readonly kind: "refused"; readonly status: 400 | 403; readonly reason: string };

const METERED_PATH =
  /\/(?:messages|responses|responses\/compact|chat\/completions|completions|embeddings|models\/[^/:]+:(?:generateContent|streamGenerateContent|embedContent|batchEmbedContents))$/;
const FREE_PATH = /\/(?:messages\/count_tokens|models\/[^/:]+:countTokens)$/;
const LIST_PATH = /\/models(?:\/[^/:]+){0,3}$/;
/** What a server could read as another path. */
const ODD_PATH = /\/\.|\/\/|\\|%(?:2e|2f|5c|00|25)/i;

/** Recognises a call. Only those that answer with what they used are let through: no files, no batches, nothing in the background. */
export function recogniseCall(method: string, path: string, body: Buffer): RecognisedCall {
  const isOdd = !path.startsWith("/") || ODD_PATH.test(path);
  if (!isOdd && method === "GET" && LIST_PATH.test(path)) return { kind: "free" };
  if (!isOdd && method === "POST" && FREE_PATH.test(path)) return { kind: "free" };
  if (isOdd || method !== "POST" || !METERED_PATH.test(path)) {
    const reason = "osqr lets only calls of models through, and this is none that it knows";
    return { kind: "refused", status: 403, reason };
  }
  const fields = parseFields(body);
  if (fields === null) return { kind: "refused", status: 400, reason: "expected a JSON object" };
  if (fields.background === true)
    return {
      kind: "refused",
      status: 403,
      reason: "osqr lets no call go on in the background: what it uses is not seen",
    };
  const tamed = dropHosted(fields);
  if ("refusal" in tamed) return { kind: "refused", status: 403, reason: String(tamed.refusal) };
  return { kind: "metered", call: readCall(path, askForUsage(path, tamed)) };
}

function readCall(path: string, fields: Fields): ReadCall {
  const body = Buffer.from(JSON.stringify(fields));
  return {
    model: toModel(fields.model, path),
    outputTokensMax: findOutputMax(path, fields),
    texts: readTexts(fields, body.length),
    body,
    limitOutput: (tokens) => Buffer.from(JSON.stringify(limitOutput(path, fields, tokens))),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseFields(body: Buffer): Fields | null {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

function toModel(model: unknown, path: string): string | null {
  if (typeof model === "string") return model.slice(0, 200);
  return /\/models\/([^/:]+):/.exec(path)?.[1]?.slice(0, 200) ?? null;
}

/** Chat Completions tell what a stream used only where they are asked to. */
function askForUsage(path: string, fields: Fields): Fields {
  if (fields.stream !== true || !path.endsWith("/chat/completions")) return fields;
  const options = isFields(fields.stream_options) ? fields.stream_options : {};
  return { ...fields, stream_options: { ...options, include_usage: true } };
}
