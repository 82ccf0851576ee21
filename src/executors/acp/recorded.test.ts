/** What osqr makes of the messages that real agents sent. */
import { describe, expect, it } from "vitest";
import {
  type RecordedAgent,
  type RecordedTurn,
  readRecorded,
  readRecordedErrors,
} from "../../../test/fixtures/agents/recorded.ts";
import type { AgentAction } from "../../core/model/agent.ts";
import { toAction } from "./action.ts";
import { classifyFailure } from "./failure.ts";
import { pick, toObject, toText } from "./json.ts";
import { KnownCalls } from "./known-calls.ts";
import { dropEmpty } from "./permissions.ts";
import { AGENT_PRESETS } from "./presets.ts";
import { readRetryAt } from "./retry-at.ts";
import { readUpdate } from "./updates.ts";
import { UsageMeter } from "./usage.ts";

function findPreset(name: string) {
  const preset = AGENT_PRESETS.find((one) => one.name === name);
  if (preset === undefined) throw new Error(`no preset ${name}`);
  return preset;
}

function findTurn({ turns }: RecordedAgent, what: string): RecordedTurn {
  const turn = turns.find((one) => one.what === what);
  if (turn === undefined) throw new Error(`no turn ${what}`);
  return turn;
}

/** The actions that a turn asked to be allowed, in order. */
function replayActions(name: string, what: string): AgentAction[] {
  const recorded = readRecorded(name);
  const { quirks } = findPreset(name);
  const known = new KnownCalls();
  return findTurn(recorded, what).messages.flatMap(({ method, params }) => {
    if (method === "session/update") {
      const update = readUpdate(params, null);
      if (update?.kind === "call" || update?.kind === "call-change") known.learn(update.id, update.call);
      return [];
    }
    const given = toObject(params.toolCall) ?? {};
    const call = { ...known.find(toText(given.toolCallId) ?? ""), ...dropEmpty(given) };
    const { tree, servers } = recorded;
    return [toAction({ call, meta: pick(params, "_meta") }, tree, { ...quirks, servers })];
  });
}

const WORK = [
  { kind: "create", paths: ["hello.txt"], content: "hello\n" },
  { kind: "edit", paths: ["notes.txt"], content: expect.stringContaining("three") },
  { kind: "execute", command: "echo shell-ran > shell.txt && cat shell.txt" },
  { kind: "tool", tool: "osqr/report_progress" },
  { kind: "tool", tool: "osqr/ask_operator" },
];

describe("what real agents ask for is recognised", () => {
  it.each(["claude", "codex", "gemini"])("%s", (name) => {
    expect(replayActions(name, "work")).toMatchObject(WORK);
    expect(replayActions(name, "shell refused")).toMatchObject([
      { kind: "execute", command: "touch rejected.txt" },
    ]);
    expect(replayActions(name, "edit refused")).toMatchObject([
      { kind: "create", paths: ["rejected2.txt"], content: "no\n" },
    ]);
    expect(replayActions(name, "tool refused")).toMatchObject([
      { kind: "tool", tool: "osqr/report_progress" },
    ]);
  });

  it("opencode, which asks for no server's tools", () => {
    expect(replayActions("opencode", "work")).toMatchObject(WORK.slice(0, 3));
    expect(replayActions("opencode", "tool refused")).toEqual([]);
  });
});

it("what Claude prints of its own insides is shown to nobody, what it says is", () => {
  const isShown = (line: string) => findPreset("claude").quirks.debugLines?.test(line) !== true;
  const session = "sessionId=1ef1e5cb-161e-4fe1-a794-e6041f1ac880";
  const printed = [
    `[session/create] ${session} phase=validate-cwd durationMs=10 totalMs=10`,
    `[session/query] ${session} resume=none apiType=native baseUrl=native`,
    "[authStatus] session account carries no identity signal; keeping probe",
    "Error: the session could not be created",
  ];
  expect(printed.filter(isShown)).toEqual(["Error: the session could not be created"]);
});

describe("what real agents say they used is what the model gave", () => {
  const TURNS = ["work", "shell refused", "edit refused", "refusal"];

  function replayUsage(name: string, turn: RecordedTurn, meter: UsageMeter) {
    const updates = turn.messages
      .map(({ params }) => readUpdate(params, null))
      .filter((update) => update !== null);
    const costs = updates.flatMap((update) => (update.kind === "usage" ? [meter.ofCost(update.cost)] : []));
    const calls = updates.filter((update) => update.kind === "call").length;
    const microUsd = costs.reduce((sum, usage) => sum + (usage?.microUsd ?? 0), 0);
    return { name, tokens: meter.ofReply(turn.reply, calls), microUsd };
  }

  it.each(["claude", "codex", "gemini"])("%s", (name) => {
    const recorded = readRecorded(name);
    const meter = new UsageMeter(findPreset(name).quirks, false, null);
    for (const what of TURNS) {
      const turn = findTurn(recorded, what);
      const { inputTokens, outputTokens, cachedTokens } = turn.spent;
      const cached = name === "gemini" ? null : cachedTokens;
      const { tokens } = replayUsage(name, turn, meter);
      expect(tokens, what).toMatchObject({ inputTokens, outputTokens, cachedTokens: cached });
    }
  });

  it("opencode tells the cost, and the tokens of a turn only where it has one call of the model", () => {
    const meter = new UsageMeter(findPreset("opencode").quirks, false, null);
    const recorded = readRecorded("opencode");
    const { tokens, microUsd } = replayUsage("opencode", findTurn(recorded, "work"), meter);
    expect(tokens).toBeNull();
    // 1 $ and 5 $ a million, cached ones for nothing: as its config in the recording says.
    expect(microUsd).toBe(10_800 - 2_800 + 180 * 5);
    const refusal = replayUsage("opencode", findTurn(recorded, "refusal"), meter);
    expect(refusal.tokens).toMatchObject({ inputTokens: 100, outputTokens: 20 });
  });
});

it("a cancelled turn says that it used nothing, or nothing at all", () => {
  for (const name of ["claude", "codex", "opencode", "gemini"]) {
    const { reply } = findTurn(readRecorded(name), "cancelled");
    expect(pick(reply, "stopReason"), name).toBe("cancelled");
    const usage = new UsageMeter({}, false, null).ofReply(reply, 0);
    expect(usage?.inputTokens ?? 0, name).toBe(0);
  }
});

it.each(readRecordedErrors())(
  "$agent: $what is a failure of kind $kind",
  ({ agent, error, kind, isTimeTold }) => {
    const now = Date.parse("2026-11-29T15:26:00Z");
    const refused = { code: error.code, message: error.message, data: error.data ?? null };
    const trouble = { kind: "refused", during: "the turn", error: refused } as const;
    const failure = classifyFailure(trouble, { agent, login: "A_KEY", now });
    expect(failure.kind).toBe(kind);
    expect(failure.retryAt !== null).toBe(isTimeTold);
  },
);

it("Codex tells when its plan has room again by the clock of the machine", () => {
  const now = new Date(2026, 10, 29, 15, 26).getTime();
  const at = (text: string) => readRetryAt(`or try again at ${text}.`, now);
  expect(at("4:26 PM")).toBe(new Date(2026, 10, 29, 16, 26).getTime());
  expect(at("12:05 AM")).toBe(new Date(2026, 10, 30, 0, 5).getTime());
  expect(at("Dec 1st, 2026 9:00 AM")).toBe(new Date(2026, 11, 1, 9, 0).getTime());
  expect(at("Jun 31st, 2099 9:00 AM")).toBeNull();
});

describe("Codex, which ends its turn as if nothing had happened", () => {
  const state = (codex: object) => ({
    sessionId: "s",
    update: { sessionUpdate: "session_info_update", _meta: { codex } },
  });

  it("tells that the model failed it", () => {
    expect(readUpdate(state({ threadStatus: { type: "systemError" } }), "s")).toEqual({ kind: "broken" });
    const [told] = findTurn(readRecorded("codex"), "rate limit")
      .messages.map(({ params }) => readUpdate(params, null))
      .filter((update) => update?.kind === "alarm");
    expect(told).toMatchObject({
      kind: "alarm",
      text: expect.stringContaining("429 Too Many Requests"),
      status: 429,
    });
  });

  it("tells of a state that is none of these", () => {
    for (const codex of [{}, { threadStatus: "x" }, { threadStatus: { type: "idle" } }, { error: "x" }])
      expect(readUpdate(state(codex), "s")).toEqual({ kind: "other" });
  });
});
