/** Why an agent did not do its work, told from how it ended and what it said. Pure. */
import type { AgentFailure, FailureKind } from "../../core/model/agent.ts";
import type { EpochMs } from "../../core/model/ids.ts";
import type { ProcessResult } from "../../sandbox/types.ts";
import { readRetryAt } from "./retry-at.ts";

const MESSAGE_CHARS_MAX = 1_000;
/** Of what an agent said, for recognising it. */
const SAID_CHARS_MAX = 10_000;
/** JSON-RPC code of "authentication required". */
const AUTH_REQUIRED = -32_000;

/** What went wrong, as osqr saw it. */
export type Trouble =
  /** The agent answered a request with an error. */
  | { readonly kind: "refused"; readonly during: string; readonly error: AgentError }
  /** Its process ended by itself. Before its first turn what it printed is about itself, later it may be about its task. */
  | {
      readonly kind: "exited";
      readonly during: string;
      readonly isStarting: boolean;
      readonly result: ProcessResult;
    }
  /** It did not answer in time. */
  | { readonly kind: "late"; readonly during: string; readonly deadlineMs: number }
  /** What it says is not the protocol, or too much of it. */
  | { readonly kind: "protocol"; readonly reason: string }
  /** It cannot be used as the preset or the order wants it. */
  | { readonly kind: "unfit"; readonly reason: string }
  /** Its process could not be started. */
  | { readonly kind: "unstarted"; readonly reason: string };

/** An error as it came over the wire, not checked further. */
export interface AgentError {
  readonly code: number | null;
  readonly message: string;
  readonly data: unknown;
}

/** @param login what its login needs, for people, e.g. `ANTHROPIC_API_KEY` */
export function classifyFailure(
  trouble: Trouble,
  { agent, login, now }: { readonly agent: string; readonly login: string; readonly now: EpochMs },
): AgentFailure {
  const said = toSaid(trouble);
  const kind = toKind(trouble, said);
  const hint = kind === "login" && login !== "" ? `; it needs ${login}` : "";
  return {
    kind,
    message: `${agent}: ${toSentence(trouble, said)}${hint}`.slice(0, MESSAGE_CHARS_MAX),
    retryAt: kind === "rate_limit" ? readRetryAt(said, now) : null,
  };
}

/** How a process ended that osqr's own limits ended; null: none did. */
export function toLimitFailure(result: ProcessResult, agent: string, timeoutMs: number): AgentFailure | null {
  if (result.timedOut) {
    const message = `${agent}: it worked longer than ${toSeconds(timeoutMs)}`;
    return { kind: "timeout", message, retryAt: null };
  }
  if (result.limitHit === null) return null;
  return { kind: "other", message: `${agent}: it hit the limit of ${result.limitHit}`, retryAt: null };
}

function toKind(trouble: Trouble, said: string): FailureKind {
  switch (trouble.kind) {
    case "late":
      return "timeout";
    case "protocol":
      return "protocol";
    case "unfit":
    case "unstarted":
      return "other";
    case "exited":
      return (trouble.isStarting ? readKind(said) : null) ?? "crashed";
    case "refused": {
      const { code } = trouble.error;
      if (code === AUTH_REQUIRED || code === 401) return "login";
      if (code === 429) return "rate_limit";
      if (code !== null && code >= 500 && code <= 599) return "down";
      return readKind(said) ?? "other";
    }
  }
}

/** The kinds that a text tells by words which providers and agents use for nothing else. */
function readKind(said: string): FailureKind | null {
  if (
    /\b(status|code|error|http)\W{0,4}429\b|\b429 too many|rate.?limit|too many requests|(usage|session|weekly) limit|resource.?exhausted|overloaded/i.test(
      said,
    )
  )
    return "rate_limit";
  if (/insufficient.?(quota|funds|credits?)|credit balance|billing|quota exceeded|max.?budget/i.test(said))
    return "budget";
  if (
    /\b401\b|auth(entication|orization)? (is )?required|(invalid|incorrect).{0,20}api.?key|api.?key.{0,20}(not valid|invalid|expired)|unauthenticated|not logged in|please (run )?\/?log.?in|no api key/i.test(
      said,
    )
  )
    return "login";
  if (/\bmcp\b.{0,80}(disconnect|closed|lost|failed|unavailable|not connected)/i.test(said))
    return "mcp_lost";
  if (
    /\b(status|code|error|http|got status)\W{0,4}5\d\d\b|\b5\d\d (internal server error|bad gateway|service unavailable|gateway time-?out)|internal.?server.?error|server had an error|experiencing high demand|stream disconnected before completion|internal error has occurred|service.?unavailable|bad gateway|gateway time-?out/i.test(
      said,
    )
  )
    return "down";
  if (/process (has )?exited|exited unexpectedly|terminated process/i.test(said)) return "crashed";
  return null;
}

function toSaid(trouble: Trouble): string {
  if (trouble.kind === "exited")
    return trouble.result.tail
      .filter((line) => !/^(?:→|✗|osqr:) /.test(line)) // What it was doing is no cause.
      .slice(-10)
      .join("\n")
      .slice(-SAID_CHARS_MAX);
  if (trouble.kind !== "refused") return "";
  const { message, data } = trouble.error;
  const more =
    data === undefined || data === null ? "" : typeof data === "string" ? data : JSON.stringify(data);
  const said = more === "" || more === "{}" ? message : `${message}: ${more}`;
  return toPlain(said.slice(0, SAID_CHARS_MAX));
}

function toSentence(trouble: Trouble, said: string): string {
  switch (trouble.kind) {
    case "refused":
      return `${trouble.during} failed: ${said}`;
    case "exited": {
      const { exitCode, signal } = trouble.result;
      const how =
        exitCode === null ? `was ended by ${signal ?? "nobody knows what"}` : `ended with code ${exitCode}`;
      return `it ${how} during ${trouble.during}${said === "" ? "" : `: ${toPlain(said)}`}`;
    }
    case "late":
      return `no answer to ${trouble.during} within ${toSeconds(trouble.deadlineMs)}`;
    case "protocol":
    case "unfit":
    case "unstarted":
      return toPlain(trouble.reason);
  }
}

function toPlain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
}

function toSeconds(ms: number): string {
  return `${ms < 1_000 ? ms / 1_000 : Math.round(ms / 1_000)} s`;
}
