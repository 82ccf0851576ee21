/**
 * How many tokens a request can have at the most. No text has more tokens than bytes; of what was sent before in the same attempt, and
 * came back with its number of tokens, that number counts, and only what is new counts by its bytes.
 */
import { createHash } from "node:crypto";

/** What providers add by themselves, e.g. words on how to call tools. */
const OVERHEAD_TOKENS = 1_000;
/** What stands around each value: quotes, braces, marks of the provider's own. */
const AROUND_TOKENS = 8;
/** Most that a picture is cut into. */
const IMAGE_TOKENS = 8_000;
const IMAGE_URL = /^data:image\/[^,]{0,100},/;
/** Values of one request that are told apart; one with more counts by its bytes. */
const VALUES_MAX = 100_000;
/** Earlier requests that are compared with, for each model. */
const KNOWN_MAX = 8;
const MODELS_MAX = 20;

/** The values of a request, each with how often it is there and what it has in tokens at the most. */
export interface RequestTexts {
  /** Null: there are too many to tell apart. */
  readonly values: ReadonlyMap<string, { readonly count: number; readonly tokensMax: number }> | null;
  readonly bodyBytes: number;
}

export function readTexts(root: unknown, bodyBytes: number): RequestTexts {
  const values = new Map<string, { count: number; tokensMax: number }>();
  const add = (text: string, tokensMax: number): void => {
    const key = text.length <= 64 ? `=${text}` : createHash("sha1").update(text).digest("base64");
    const known = values.get(key);
    if (known === undefined) values.set(key, { count: 1, tokensMax: tokensMax + AROUND_TOKENS });
    else known.count += 1;
  };
  const queue: { readonly name: string; readonly value: unknown; readonly isImage: boolean }[] = [
    { name: "", value: root, isImage: false },
  ];
  for (let seen = 0; queue.length > 0; seen += 1) {
    if (seen >= VALUES_MAX) return { values: null, bodyBytes };
    const { name, value, isImage } = queue.pop() ?? { name: "", value: null, isImage: false };
    if (typeof value !== "object" || value === null) {
      const text = `${name}:${String(value)}`;
      const isPicture = typeof value === "string" && (isImage || IMAGE_URL.test(value));
      const bytes = Buffer.byteLength(text);
      add(text, isPicture ? Math.min(bytes, IMAGE_TOKENS) : bytes);
      continue;
    }
    add(`${name}{`, Buffer.byteLength(name));
    if (Array.isArray(value)) for (const item of value) queue.push({ name: "", value: item, isImage: false });
    else {
      const holdsImage = isImageSource(value as Fields);
      for (const [key, item] of Object.entries(value))
        queue.push({ name: key, value: item, isImage: holdsImage && key === "data" });
    }
  }
  return { values, bodyBytes };
}

type Fields = Readonly<Record<string, unknown>>;

/** `{media_type: "image/png", data: …}`, as providers write it. */
function isImageSource(fields: Fields): boolean {
  const type = fields.media_type ?? fields.mimeType ?? fields.mime_type;
  return typeof type === "string" && type.startsWith("image/");
}

interface Known {
  readonly texts: NonNullable<RequestTexts["values"]>;
  readonly tokens: number;
}

/** Of one attempt. */
export class InputBound {
  readonly #known = new Map<string, readonly Known[]>();

  /** Tokens that a request to this model has at the most. */
  find(model: string | null, { values, bodyBytes }: RequestTexts): number {
    if (values === null) return bodyBytes + OVERHEAD_TOKENS;
    let alone = 0;
    for (const { count, tokensMax } of values.values()) alone += count * tokensMax;
    let least = Math.min(alone, bodyBytes);
    for (const { texts, tokens } of this.#known.get(model ?? "") ?? []) {
      let more = tokens;
      for (const [key, { count, tokensMax }] of values)
        more += Math.max(0, count - (texts.get(key)?.count ?? 0)) * tokensMax;
      least = Math.min(least, more);
    }
    return least + OVERHEAD_TOKENS;
  }

  /** Its provider has counted it. */
  learn(model: string | null, { values }: RequestTexts, tokens: number): void {
    if (values === null) return;
    const name = model ?? "";
    const earlier = this.#known.get(name) ?? [];
    if (earlier.length === 0 && this.#known.size >= MODELS_MAX) return;
    this.#known.set(name, [...earlier, { texts: values, tokens }].slice(-KNOWN_MAX));
  }
}
