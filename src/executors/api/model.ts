import { OpenAICompatibleChatLanguageModel } from "@ai-sdk/openai-compatible";
import type { LanguageModel } from "ai";
import { z } from "zod";
import { OsqrError } from "../../core/errors.ts";
import { createBoundedFetch } from "./bounded-fetch.ts";
import type { ApiProvider } from "./provider.ts";
import { readRetryAfterMs } from "./retry-after.ts";

/** Longest time in which nothing at all comes from the server, ms: a local model may read a long prompt for minutes. */
const SILENCE_MS = 240_000;

/** A server that asks for a longer pause is not asked again by the SDK: who runs the attempt plans the pause. */
const PAUSE_MS_MAX = 20_000;

const refusal = z.object({
  error: z.union([
    z.string(),
    z.object({ message: z.string(), code: z.union([z.string(), z.number()]).nullish() }),
  ]),
});

export interface ModelOptions {
  /** Another model than the provider's own; null: that. @default null */
  readonly model?: string | null;
  /** @default 240000 */
  readonly silenceMs?: number;
  /** What each request passes. @default nothing */
  readonly wrapFetch?: (fetch: typeof globalThis.fetch) => typeof globalThis.fetch;
}

/**
 * The model of a provider, for every call of the AI SDK. What goes wrong is tried again only where that can help.
 *
 * @throws OsqrError `provider_url_invalid`
 */
export function createModel(provider: ApiProvider, options: ModelOptions = {}): LanguageModel {
  const base = parseBaseUrl(provider.baseUrl);
  const fetch = createBoundedFetch({ base, silenceMs: options.silenceMs ?? SILENCE_MS });
  return new OpenAICompatibleChatLanguageModel(options.model ?? provider.model, {
    provider: "osqr.chat",
    url: ({ path }) => `${base.href.replace(/\/+$/, "")}${path}`,
    headers: () => toHeaders(provider),
    includeUsage: true,
    fetch: options.wrapFetch?.(fetch) ?? fetch,
    errorStructure: {
      errorSchema: refusal,
      errorToMessage: ({ error }: z.infer<typeof refusal>) =>
        typeof error === "string" ? error : error.message,
      isRetryable: (response, body: z.infer<typeof refusal> | undefined) => isPassing(response, body),
    },
  });
}

function toHeaders(provider: ApiProvider): Record<string, string> {
  const key = provider.apiKey() ?? "";
  return { ...(key === "" ? {} : { authorization: `Bearer ${key}` }), ...provider.headers };
}

/** True where the same request may succeed within seconds. */
function isPassing({ status, headers }: Response, body: z.infer<typeof refusal> | undefined): boolean {
  if (status === 429) {
    const code = typeof body?.error === "object" ? body.error.code : null;
    return (
      code !== "insufficient_quota" && (readRetryAfterMs((name) => headers.get(name)) ?? 0) <= PAUSE_MS_MAX
    );
  }
  return status === 408 || status === 409 || status >= 500;
}

/** A login in an address would be shown wherever the address is. */
function parseBaseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "")
    return url;
  throw new OsqrError(
    "provider_url_invalid",
    "expected an http or https address, without a login in it, of the model's server",
    { hints: ["e.g. baseUrl: http://127.0.0.1:11434/v1"] },
  );
}
