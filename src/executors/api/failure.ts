import { APICallError, JSONParseError, RetryError, TypeValidationError } from "ai";
import type { AgentFailure, FailureKind } from "../../core/model/agent.ts";
import type { EpochMs } from "../../core/model/ids.ts";
import { cleanLine } from "../../sandbox/output/clean.ts";
import type { ProcessResult } from "../../sandbox/types.ts";
import { readRetryAfterMs } from "./retry-after.ts";

const MESSAGE_CHARS_MAX = 1_000;

/** How servers say that a conversation does not fit. */
const TOO_LONG =
  /context.{0,20}(length|window|size)|maximum.{0,20}(context|tokens)|too many tokens|prompt is too long|exceeds.{0,30}tokens/i;

/** What a server said with its refusal, wherever it came: before an answer or in one. */
interface Refusal {
  /** HTTP status; null: it came without one. */
  readonly status: number | null;
  readonly code: unknown;
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** Why a request to the model failed for good. The message holds what the server said, unmasked. */
export function toRequestFailure(error: unknown, now: EpochMs): AgentFailure {
  const last = RetryError.isInstance(error) ? error.lastError : error;
  if (JSONParseError.isInstance(last) || TypeValidationError.isInstance(last))
    return { kind: "protocol", message: "the model's server sent what is no chat completion", retryAt: null };
  const refusal = toRefusal(last, now);
  const { kind, words } = classify(refusal);
  const status = refusal.status === null ? "" : ` (HTTP ${refusal.status})`;
  const retryAt = kind === "rate_limit" && refusal.retryAfterMs !== null ? now + refusal.retryAfterMs : null;
  return { kind, message: `${words}${status}: ${refusal.message}`, retryAt };
}

function toRefusal(error: unknown, now: EpochMs): Refusal {
  const { statusCode, code, data, responseHeaders, responseBody } = toFields(error);
  const status = typeof statusCode === "number" && statusCode >= 300 ? statusCode : null;
  const headers = toFields(responseHeaders);
  const retryAfterMs = readRetryAfterMs((name) => toText(headers[name]), now);
  const said = toText(toFields(error).message) ?? toText(error) ?? "";
  // Where the body has another shape than expected, the SDK gives only the status text.
  const body = APICallError.isInstance(error) && data === undefined ? (toText(responseBody) ?? "") : "";
  const message = cleanLine(`${said} ${body}`.trim().replaceAll("\n", " ")).slice(0, MESSAGE_CHARS_MAX);
  return { status, code: code ?? toFields(toFields(data).error).code, message, retryAfterMs };
}

function classify({ status, code, message, retryAfterMs }: Refusal): { kind: FailureKind; words: string } {
  const isQuota = code === "insufficient_quota" || status === 402;
  if (isQuota) return { kind: "other", words: "the account at the model's server has no credit" };
  if (status === 429 || ((status === 503 || status === 529) && retryAfterMs !== null))
    return { kind: "rate_limit", words: "the model's server allows no more requests now" };
  if (status === 401 || status === 403)
    return { kind: "login", words: "the model's server did not accept the key" };
  if (code === "context_length_exceeded" || (status !== null && status < 500 && TOO_LONG.test(message)))
    return { kind: "other", words: "the conversation is longer than the model takes" };
  if (status === null) return { kind: "crashed", words: "the model's answer did not come or broke off" };
  if (status === 408 || status >= 500) return { kind: "down", words: "the model's server failed" };
  return { kind: "other", words: "the model's server refused the request" };
}

/** Why the process with the tools ended while nobody had told it to. */
export function toProcessFailure(
  { timedOut, limitHit, exitCode, signal }: ProcessResult,
  { timeoutMs, broken }: { readonly timeoutMs: number; readonly broken: string | null },
): AgentFailure {
  if (timedOut)
    return { kind: "timeout", message: `it ran longer than ${timeoutMs / 1000} s`, retryAt: null };
  const end = broken ?? (limitHit === null ? `exit ${exitCode ?? signal}` : `limit of ${limitHit}`);
  return { kind: "crashed", message: `its tools in the sandbox ended: ${end}`, retryAt: null };
}

function toFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value, ...toMessage(value) } : {};
}

/** An error's message is no own property that is copied. */
function toMessage(value: object): { message?: unknown } {
  return "message" in value ? { message: value.message } : {};
}

function toText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
