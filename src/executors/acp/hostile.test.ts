/** Agents that break, lie, flood or say what nobody understands: a clear failure each, no process left, nothing that hangs. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Script, Step } from "../../../test/fixtures/agents/script.ts";
import { findProcesses } from "../../sandbox/testing.ts";
import { createOrder, run } from "../testing.ts";
import { closeAfterTurn, createRig, describeLevels, findEvents, findFailure } from "./testing.ts";

const UPDATE_OF_ANOTHER = JSON.stringify({
  jsonrpc: "2.0",
  method: "session/update",
  params: {
    sessionId: "other",
    update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text: "x" } },
  },
});

/** Scripts that an agent survives, and what it says after them. */
const TOLERATED: Readonly<Record<string, readonly Step[]>> = {
  "prints some garbage": [
    { do: "garbage", text: "Loaded cached credentials.", count: 3 },
    { do: "garbage", text: '{"jsonrpc":"2.0","result":' },
    { do: "garbage", text: '{"jsonrpc":"1.0","id":1,"method":"x"}' },
    { do: "garbage", text: '[{"jsonrpc":"2.0"}]' },
  ],
  "tells updates of kinds that nobody knows, and of another session": [
    { do: "unknownUpdate" },
    { do: "garbage", text: UPDATE_OF_ANOTHER },
    { do: "garbage", text: '{"jsonrpc":"2.0","method":"session/update","params":7}' },
    {
      do: "garbage",
      text: '{"jsonrpc":"2.0","method":"session/update","params":{"update":{"sessionUpdate":"tool_call"}}}',
    },
    { do: "garbage", text: '{"jsonrpc":"2.0","method":"holo/notice"}' },
  ],
  "asks for what nobody serves": [{ do: "unknownRequest" }],
  "says negative and absurd numbers": [
    { do: "usage", input: -5, output: 1e300 },
    { do: "cost", usd: -3 },
    { do: "cost", usd: Number.MAX_VALUE },
  ],
  "answers what nobody asked": [{ do: "garbage", text: '{"jsonrpc":"2.0","id":424242,"result":{}}' }],
};

interface Expected {
  readonly kind: string;
  readonly message: string | RegExp;
}

/** Scripts that end an attempt, and how that is told. */
const FATAL: Readonly<Record<string, { readonly script: Script; readonly failure: Expected }>> = {
  "exits 0 without a reply": {
    script: { turns: [[{ do: "crash", code: 0 }]] },
    failure: { kind: "crashed", message: /^scripted: it ended with code 0 during the turn/ },
  },
  "crashes in its turn": {
    script: {
      turns: [
        [
          { do: "say", text: "a rate limit of 429\n" },
          { do: "crash", code: 7 },
        ],
      ],
    },
    failure: { kind: "crashed", message: /^scripted: it ended with code 7 during the turn/ },
  },
  "exits before it says anything": {
    script: { before: [{ do: "crash", code: 3 }] },
    failure: { kind: "crashed", message: /^scripted: it ended with code 3 during initialize/ },
  },
  "never answers initialize": {
    script: { initialize: "never" },
    failure: { kind: "timeout", message: /^scripted: no answer to initialize within 3 s$/ },
  },
  "prints nothing but garbage": {
    script: { before: [{ do: "garbage", text: "usage: agent [options]", count: 300 }], initialize: "never" },
    failure: { kind: "protocol", message: "scripted: more than 200 lines of it are no messages" },
  },
  "stops in the middle of a message": {
    script: { turns: [[{ do: "halfJson" }, { do: "crash", code: 0 }]] },
    failure: { kind: "crashed", message: /during the turn/ },
  },
  "says a line of 100 MB": {
    script: { turns: [[{ do: "hugeLine", bytes: 100_000_000 }, { do: "stall" }]] },
    failure: { kind: "protocol", message: "scripted: a line of it is longer than 8 MB" },
  },
  "says a line of 100 MB before anything else": {
    script: { before: [{ do: "hugeLine", bytes: 100_000_000 }] },
    failure: { kind: "protocol", message: "scripted: a line of it is longer than 8 MB" },
  },
  "speaks another version": {
    script: { protocolVersion: 7 },
    failure: { kind: "protocol", message: /version 7 of the Agent Client Protocol, expected 1/ },
  },
  "needs a login": {
    script: { needsLogin: true },
    failure: { kind: "login", message: /^scripted: the session failed: Authentication required/ },
  },
  "is at the limit of its provider": {
    script: {
      turns: [[{ do: "fail", code: -32603, message: "429 Too Many Requests", data: { retryAfter: "90" } }]],
    },
    failure: { kind: "rate_limit", message: /^scripted: the turn failed: 429 Too Many Requests/ },
  },
  "ends its turn with a reply that says nothing": {
    script: { turns: [[{ do: "stop", reason: "" }]] },
    failure: { kind: "protocol", message: "scripted: its reply to a prompt has no stop reason" },
  },
};

describeLevels("a hostile agent", (level, get) => {
  for (const [what, steps] of Object.entries(TOLERATED)) {
    it(`goes on where it ${what}`, async () => {
      const executor = createRig(level, get(), { turns: [[...steps, { do: "say", text: "and done" }]] });
      const { events, lines } = await run(executor, createOrder(get(), { prompt: "x" }), closeAfterTurn);
      expect(findFailure(events)).toBeNull();
      expect(lines.at(-1)).toBe("and done");
      expect(findEvents(events, "turn")).toHaveLength(1);
      for (const { usage } of findEvents(events, "used")) {
        for (const count of [usage.inputTokens, usage.outputTokens, usage.cachedTokens, usage.microUsd])
          expect(count === null || (Number.isSafeInteger(count) && count >= 0)).toBe(true);
      }
    });
  }

  for (const [what, { script, failure }] of Object.entries(FATAL)) {
    it(`is ended where it ${what}`, async () => {
      const place = get();
      const deadlines = { startMs: script.initialize === "never" ? 3_000 : 60_000 };
      const order = createOrder(place, { prompt: "x", timeoutMs: 60_000 });
      const { events } = await run(createRig(level, place, script, { deadlines }), order, closeAfterTurn);
      const { kind, message } = failure;
      const text = typeof message === "string" ? message : expect.stringMatching(message);
      expect(findFailure(events)).toMatchObject({ kind, message: text });
      expect(findEvents(events, "ended")[0]?.result.isCanceled).toBe(false);
      expect(findEvents(events, "turn")).toEqual([]);
      expect(findProcesses(place.root)).toEqual([]);
    });
  }

  // Under bubblewrap the other end stays open: it is an agent that says nothing more.
  it("is ended where it closes its output and works on", async () => {
    const executor = createRig(level, get(), { turns: [[{ do: "closeOutput" }, { do: "stall" }]] });
    const timeoutMs = level === "process" ? 60_000 : 6_000;
    const { events } = await run(executor, createOrder(get(), { prompt: "x", timeoutMs }));
    const message = "scripted: it closed its connection during the turn";
    expect(findFailure(events)).toMatchObject(
      level === "process" ? { kind: "protocol", message } : { kind: "timeout" },
    );
  });

  it("floods, and is heard in part: the newest lines, all that it used", async () => {
    const executor = createRig(level, get(), {
      turns: [
        [
          { do: "flood", count: 3_000, of: "text" },
          { do: "flood", count: 3_000, of: "tools" },
          { do: "flood", count: 3_000, of: "usage" },
          { do: "flood", count: 300, of: "requests" },
          { do: "lie" },
        ],
      ],
    });
    const order = createOrder(get(), { prompt: "x", timeoutMs: 60_000 });
    const { events, lines } = await run(executor, order, closeAfterTurn);
    expect(findFailure(events)).toBeNull();
    expect(lines.at(-1)).toBe("All tests pass.");
    const spent = findEvents(events, "used").reduce((sum, { usage }) => sum + (usage.microUsd ?? 0), 0);
    expect(spent).toBe(3_000_000);
  });

  it("answers a prompt twice: the first counts, what comes later belongs to no turn", async () => {
    const steps: Step[] = [{ do: "answerTwice" }, { do: "say", text: "late" }];
    const executor = createRig(level, get(), { turns: [steps] });
    const { events } = await run(executor, createOrder(get(), { prompt: "x" }), closeAfterTurn);
    expect(findEvents(events, "turn")).toEqual([{ kind: "turn", stop: "end_turn" }]);
    expect(findFailure(events)).toBeNull();
  });

  it("is too old, or cannot be run on this machine, and that is said", async () => {
    const old = createRig(level, get(), { version: "0.9.1" }, { with: { floor: "1.2.0" } });
    const { events } = await run(old, createOrder(get(), { prompt: "x" }));
    expect(findFailure(events)).toEqual({
      kind: "other",
      message:
        "scripted: version 0.9.1 is older than 1.2.0, which is needed; run: it is part of osqr's own tests",
      retryAt: null,
    });
    const program = join(get().tree, "foreign");
    writeFileSync(program, Buffer.from("7f454c4602010100000000000000000002003412", "hex"));
    chmodSync(program, 0o755);
    const candidates = [{ program, args: [], versionArgs: null, install: "build it anew" }];
    const foreign = await run(
      createRig(level, get(), {}, { with: { candidates } }),
      createOrder(get(), { prompt: "x" }),
    );
    expect(findFailure(foreign.events)).toMatchObject({ kind: "crashed" });
  });

  it("cannot be started: its end says why", async () => {
    const order = createOrder(get(), { prompt: "x" });
    const workspace = { ...order.workspace, tree: "/no/such/tree" };
    const { events } = await run(createRig(level, get(), {}), { ...order, workspace });
    expect(events.map((event) => event.kind)).toEqual(["output", "ended"]);
    expect(findEvents(events, "ended")[0]?.result).toMatchObject({
      exitCode: null,
      isCanceled: false,
      durationMs: 0,
    });
    expect(findFailure(events)).toMatchObject({
      kind: "other",
      message: expect.stringContaining("scripted: a-1: the sandbox could not start"),
    });
  });

  it("is not there", async () => {
    const candidates = [
      { program: "no-such-agent", args: [], versionArgs: null, install: "npm install -g it" },
    ];
    const executor = createRig(level, get(), {}, { with: { candidates } });
    await expect(executor.start(createOrder(get(), { prompt: "x" }))).rejects.toMatchObject({
      code: "agent-missing",
      message: "Scripted agent: expected no-such-agent on PATH, found none",
      hints: ["npm install -g it"],
    });
  });
});
