import { describe, expect, it } from "vitest";
import { createAttemptMask } from "./attempt-mask.ts";
import { EventQueue } from "./event-queue.ts";
import { maskQuestion } from "./mask-event.ts";
import type { AskedQuestion, ExecutorEvent } from "./types.ts";

const SECRET = "My-Very-Own-Password-8472-xyz";
/** In two parts: this file holds none. */
const KEY = ["AKIA", "Q7ZJ3K2M5N8P4R6T"].join("");
const SAID = `use ${SECRET} or ${KEY}!`;
const MASKED = "use [masked] or [masked]!";

const RESULT = {
  exitCode: 1,
  signal: null,
  timedOut: false,
  isCanceled: false,
  limitHit: null,
  outputTruncated: false,
  durationMs: 1,
  tail: [SAID],
} as const;
const USAGE = { inputTokens: 1, cachedTokens: null, outputTokens: 2, microUsd: null, model: SAID };
const OPTION = { label: SAID, description: SAID, implications: [SAID], recommended: true };

const mask = createAttemptMask([SECRET]);

/** What comes out of a queue that an event was put into. */
async function tell(event: ExecutorEvent): Promise<ExecutorEvent | undefined> {
  const queue = new EventQueue(mask);
  queue.push(event);
  for await (const told of queue) return told;
  return undefined;
}

const question = (ids: readonly string[]): AskedQuestion => ({
  key: "WHICH",
  question: SAID,
  options: ids.map((id) => ({ ...OPTION, id })),
  defaultOption: ids[0] ?? null,
  autoResolveMinutes: 5,
});
const maskedQuestion = (ids: readonly string[]): AskedQuestion => ({
  ...question(ids),
  question: MASKED,
  options: ids.map((id) => ({
    id,
    label: MASKED,
    description: MASKED,
    implications: [MASKED],
    recommended: true,
  })),
});

const told: { readonly [Kind in ExecutorEvent["kind"]]: readonly [ExecutorEvent, ExecutorEvent] } = {
  started: [
    { kind: "started", pid: 1, logPath: `/x/${SECRET}` },
    { kind: "started", pid: 1, logPath: `/x/${SECRET}` },
  ],
  output: [
    { kind: "output", line: SAID },
    { kind: "output", line: MASKED },
  ],
  progress: [
    { kind: "progress", text: SAID },
    { kind: "progress", text: MASKED },
  ],
  tool: [
    { kind: "tool", title: SAID },
    { kind: "tool", title: MASKED },
  ],
  tool_ended: [
    { kind: "tool_ended", isFailed: true },
    { kind: "tool_ended", isFailed: true },
  ],
  turn: [
    { kind: "turn", stop: "end_turn" },
    { kind: "turn", stop: "end_turn" },
  ],
  asked: [
    { kind: "asked", ask: SECRET, question: question(["a", "b"]) },
    { kind: "asked", ask: SECRET, question: maskedQuestion(["a", "b"]) },
  ],
  network: [
    {
      kind: "network",
      decision: { host: `${SECRET.toLowerCase()}.example`, port: 443, isAllowed: false, reason: SAID },
    },
    { kind: "network", decision: { host: "[masked].example", port: 443, isAllowed: false, reason: MASKED } },
  ],
  refused: [
    { kind: "refused", hosts: [{ host: `${SECRET}.example`, port: 443, count: 2 }] },
    { kind: "refused", hosts: [{ host: "[masked].example", port: 443, count: 2 }] },
  ],
  session: [
    { kind: "session", session: { id: SECRET, executor: "x", agent: SAID }, how: "new" },
    { kind: "session", session: { id: SECRET, executor: "x", agent: MASKED }, how: "new" },
  ],
  reported: [
    { kind: "reported", report: { kind: "hand_off", summary: SAID, notes: [SAID] } },
    { kind: "reported", report: { kind: "hand_off", summary: MASKED, notes: [MASKED] } },
  ],
  used: [
    { kind: "used", usage: USAGE },
    { kind: "used", usage: { ...USAGE, model: MASKED } },
  ],
  permission: [
    { kind: "permission", request: SECRET, action: toAction(SAID) },
    { kind: "permission", request: SECRET, action: toAction(SAID) },
  ],
  ended: [
    { kind: "ended", result: RESULT, failure: { kind: "other", message: SAID, retryAt: null } },
    {
      kind: "ended",
      result: { ...RESULT, tail: [MASKED] },
      failure: { kind: "other", message: MASKED, retryAt: null },
    },
  ],
};

function toAction(command: string) {
  const none = { paths: [], host: null, tool: null, content: null };
  return { ...none, kind: "execute", command, title: command } as const;
}

describe("an event leaves its queue without a secret, and with the names that somebody is answered by", () => {
  it.each(Object.entries(told))("%s", async (_, [event, expected]) => {
    expect(await tell(event)).toEqual(expected);
  });

  it("also what is told right before the end", async () => {
    const queue = new EventQueue(mask);
    queue.closeWith(() => told.refused[0]);
    queue.push(told.ended[0]);
    const events: ExecutorEvent[] = [];
    for await (const event of queue) events.push(event);
    expect(events).toEqual([told.refused[1], told.ended[1]]);
  });

  it("without being told any value, keys by their looks", async () => {
    const queue = new EventQueue();
    queue.push({ kind: "progress", text: KEY });
    for await (const event of queue) {
      expect(event).toEqual({ kind: "progress", text: "[masked]" });
      break;
    }
  });

  it("of a text that was cut off in the middle of a value also its beginning", () => {
    expect(mask(`wants ${SECRET.slice(0, -1)}`)).toBe("wants [masked]");
    expect(mask(`wants ${SECRET.slice(0, 7)}`)).toBe("wants My-Very");
    expect(mask(`wants ${SECRET.slice(0, -1)} more`)).toBe(`wants ${SECRET.slice(0, -1)} more`);
  });

  it("however long it is: what is beyond the bound is dropped", () => {
    expect(mask(`${"x".repeat(300_000)}${SECRET}`)).toBe("x".repeat(256 * 1024));
  });
});

it("an option whose name is a secret is answered by another one", () => {
  const secret = SECRET.toLowerCase();
  const { options, defaultOption } = maskQuestion(question([secret, "option-1", "b"]), mask);
  expect(options.map(({ id }) => id)).toEqual(["option-2", "option-1", "b"]);
  expect(defaultOption).toBe("option-2");
});
