import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyFailure, type Trouble } from "./failure.ts";
import { readRetryAt } from "./retry-at.ts";

const NOW = Date.parse("2026-11-29T14:05:30Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("when it may be tried again", () => {
  const cases: readonly [text: string, afterMs: number | null][] = [
    ["Rate limit reached for m in organization o. Please try again in 20s.", 20_000],
    ["try again in 1m30.5s", 90_500],
    ["Please retry after 30 seconds", 30_000],
    [
      "You've hit your usage limit. Try again in 3 days 4 hours 20 minutes.",
      (3 * 24 + 4) * HOUR + 20 * MINUTE,
    ],
    ["resets in 2 hours and 5 minutes", 2 * HOUR + 5 * MINUTE],
    ["try again in 250ms", 250],
    ['{"retry-after": "45"}', 45_000],
    ['{"retryDelay": "27s"}', 27_000],
    ['{"resets_in_seconds":7200}', 2 * HOUR],
    [`Claude AI usage limit reached|${(NOW + HOUR) / 1000}`, HOUR],
    [
      '{"resets_at": 1795968330000}',
      1_795_968_330_000 - NOW > 8 * 24 * HOUR ? null : 1_795_968_330_000 - NOW,
    ],
    ["limit resets at 2026-11-29T15:00:00Z", 54.5 * MINUTE],
    ["You've hit your session limit · resets 5pm (Europe/Berlin)", 2 * HOUR - 5.5 * MINUTE],
    ["resets 2:30pm (UTC)", 24.5 * MINUTE],
    ["resets 2pm (UTC)", 24 * HOUR - 5.5 * MINUTE],
    ["resets 3pm (Nowhere/Land)", null],
    ["resets 3pm", null],
    ["try again later", null],
    ["try again in 400 days", null],
    ["it was at 2026-11-28T15:00:00Z", 0],
    ["", null],
  ];
  it.each(cases)("is read from %j", (text, afterMs) => {
    expect(readRetryAt(text, NOW)).toBe(afterMs === null ? null : NOW + afterMs);
  });

  it("is never in the past nor far away, for whatever text comes", () => {
    const piece = fc.constantFrom(
      "try again in ",
      "resets at ",
      "retry-after: ",
      "9",
      "h ",
      "m",
      "2026-11-29T15:00:00Z",
      " (UTC)",
      "pm",
      "|1790000000",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
        const at = readRetryAt(pieces.join(""), NOW);
        expect(at === null || (Number.isSafeInteger(at) && at >= NOW && at <= NOW + 8 * 24 * HOUR)).toBe(
          true,
        );
      }),
    );
  });
});

describe("why an agent did not do its work", () => {
  const of = (trouble: Trouble) => classifyFailure(trouble, { agent: "codex", login: "KEY", now: NOW });
  const refused = (code: number | null, message: string, data?: unknown) =>
    of({ kind: "refused", during: "the turn", error: { code, message, data } });
  const result = {
    exitCode: 1,
    signal: null,
    timedOut: false,
    isCanceled: false,
    limitHit: null,
    outputTruncated: false,
    durationMs: 1,
  };

  it.each([
    [429, "Rate limit exceeded. Try again later.", "rate_limit"],
    [-32603, 'Internal error: API Error: 429 {"type":"rate_limit_error"}', "rate_limit"],
    [-32603, "You've hit your usage limit", "rate_limit"],
    [-32000, "Authentication required", "login"],
    [-32603, "Invalid API key · Please run /login", "login"],
    [-32603, "Your credit balance is too low", "budget"],
    [-32603, "insufficient_quota", "budget"],
    [-32603, "MCP server osqr disconnected", "mcp_lost"],
    [-32603, "The Claude Agent process exited unexpectedly. Please start a new session.", "crashed"],
    [500, "the model is upset", "down"],
    [-32603, "Internal error: API Error: 500 scripted failure. This is a server-side issue", "down"],
    [-32603, "unexpected status 503 Service Unavailable: try later", "down"],
    [-32603, "Internal error: The server had an error while processing your request. Sorry!", "down"],
    [-32603, "An internal error has occurred. Please retry.", "down"],
    [null, "We’re currently experiencing high demand, which may cause temporary errors.", "down"],
    [-32603, "Internal error: Incorrect API key provided: sk-***.", "login"],
    [-32603, "API key not valid. Please pass a valid API key.", "login"],
    [-32603, "the model is upset", "other"],
    [-32603, "expected 500 lines, found 3", "other"],
    [-32603, "expected 429 lines, found 3", "other"],
  ])("is told by its error %s %j", (code, message, kind) => {
    expect(refused(code, message).kind).toBe(kind);
  });

  it("says what the agent said, and when to try again", () => {
    expect(refused(-32603, "Internal error", { details: "429 Too Many Requests, try again in 5m" })).toEqual({
      kind: "rate_limit",
      message: 'codex: the turn failed: Internal error: {"details":"429 Too Many Requests, try again in 5m"}',
      retryAt: NOW + 5 * MINUTE,
    });
    expect(refused(-32000, "no").message).toBe("codex: the turn failed: no; it needs KEY");
    expect(refused(1, "\u001b[31mred\u202e").message).toBe("codex: the turn failed: [31mred");
    expect(refused(1, "x".repeat(5_000)).message).toHaveLength(1_000);
  });

  it("is a crash where the process ended, and what it printed of its task is not taken for its own trouble", () => {
    const exited = (isStarting: boolean) =>
      of({
        kind: "exited",
        during: "the turn",
        isStarting,
        result: { ...result, tail: ["rate limit exceeded"] },
      });
    expect(exited(true).kind).toBe("rate_limit");
    expect(exited(false)).toEqual({
      kind: "crashed",
      message: "codex: it ended with code 1 during the turn: rate limit exceeded",
      retryAt: null,
    });
  });
});

it("what an agent was doing when its process ended is no cause of it", () => {
  const result = {
    exitCode: 3,
    signal: null,
    timedOut: false,
    isCanceled: false,
    limitHit: null,
    outputTruncated: false,
    durationMs: 1,
  };
  const toMessage = (tail: readonly string[]): string => {
    const trouble: Trouble = {
      kind: "exited",
      during: "the turn",
      isStarting: false,
      result: { ...result, tail },
    };
    return classifyFailure(trouble, { agent: "a", login: "", now: NOW }).message;
  };
  expect(toMessage(["→ Write src/crash.js"])).toBe("a: it ended with code 3 during the turn");
  expect(toMessage(["boom", "✗ ls"])).toBe("a: it ended with code 3 during the turn: boom");
});
