/** What an agent asks of its model's provider, recognised from the request. */

/** Bytes of text that make a token, at least: more for ordinary words, fewer for code. */
const BYTES_PER_TOKEN = 3;
/** Tokens that an image or a file in base64 is taken for, and from how many characters on a text may be one. */
const ATTACHMENT_TOKENS = 2_000;
const ATTACHMENT_CHARS_MIN = 4_096;
/** Values of one request that are looked at. */
const VALUES_MAX = 1_000_000;

/** A call that costs something. */
export interface ModelCall {
  /** As the agent names it; null: it does not. */
  readonly model: string | null;
  /** Tokens that go in, estimated from the text. */
  readonly inputTokens: number;
  /** Most tokens that may come out, as the request limits them; null: it does not. */
  readonly outputTokensMax: number | null;
  /** Of the request. No text has more tokens than bytes. */
  readonly bodyBytes: number;
}

export type RecognisedCall =
  | { readonly kind: "metered"; readonly call: ModelCall; readonly body: Buffer }
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
  const limits = isFields(fields.generationConfig) ? fields.generationConfig : fields;
  const call: ModelCall = {
    model: toModel(fields.model, path),
    inputTokens: countTokens(fields),
    outputTokensMax: toOutputMax(limits),
    bodyBytes: body.length,
  };
  return {
    kind: "metered",
    call,
    body: path.endsWith("/chat/completions") ? askForUsage(fields, body) : body,
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

function toOutputMax(limits: Fields): number | null {
  const names = ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"];
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
  const most = names.map((name) => limits[name]).find(isCount);
  const times = [limits.n, limits.candidateCount].find(isCount) ?? 1;
  return most === undefined ? null : most * times;
}

function countTokens(root: unknown): number {
  const queue: unknown[] = [root];
  let tokens = 0;
  for (let seen = 0; queue.length > 0 && seen < VALUES_MAX; seen += 1) {
    const value = queue.pop();
    if (typeof value === "string") tokens += countText(value);
    else if (Array.isArray(value)) for (const item of value) queue.push(item);
    else if (isFields(value)) {
      for (const [name, item] of Object.entries(value)) queue.push(name, item);
    }
  }
  return tokens;
}

function countText(text: string): number {
  const isAttachment =
    text.length >= ATTACHMENT_CHARS_MIN && /^(?:data:[^,]{0,100},)?[A-Za-z0-9+/=_-]+$/.test(text);
  return isAttachment ? ATTACHMENT_TOKENS : Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Chat Completions tell what a stream used only where they are asked to. */
function askForUsage(fields: Fields, body: Buffer): Buffer {
  if (fields.stream !== true) return body;
  const options = isFields(fields.stream_options) ? fields.stream_options : {};
  if (options.include_usage === true) return body;
  return Buffer.from(JSON.stringify({ ...fields, stream_options: { ...options, include_usage: true } }));
}
