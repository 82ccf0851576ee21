import { setImmediate as settle } from "node:timers/promises";
import { anything, assert, asyncProperty, constantFrom } from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentHandlers } from "./handlers.ts";
import { ManualTimers, RecordingHandlers, toAskArguments } from "./testing.ts";
import { createAgentTools } from "./tools.ts";

const forever = new AbortController().signal;

function create(own: Partial<AgentHandlers> = {}) {
  const handlers = new RecordingHandlers();
  const timers = new ManualTimers();
  const tools = createAgentTools({ handlers: Object.assign(handlers, own), startTimer: timers.start });
  const call = async (name: string, args: unknown): Promise<string> => {
    const tool = tools.list.find((each) => each.name === name);
    if (tool === undefined) throw new Error(`there is no tool ${name}`);
    const { text, isError } = await tool.call(args, forever);
    return `${isError ? "error: " : ""}${text}`;
  };
  return { handlers, timers, tools, call };
}

describe("ask_operator", () => {
  it("hands over the whole question and gives back the answer", async () => {
    const { handlers, tools, call } = create();
    const reply = call("ask_operator", {
      key: "STORE",
      question: " Where are sessions kept? ",
      options: [
        { id: "sql", label: "SQLite", description: "a file", implications: ["one writer"] },
        { id: "memory", label: "in memory", description: null },
      ],
      recommended: "sql",
      default: "sql",
      after_minutes: 30,
    });
    await settle();
    expect(handlers.asked).toEqual([
      {
        ask: "tool-ask-1",
        question: {
          key: "STORE",
          question: "Where are sessions kept?",
          options: [
            {
              id: "sql",
              label: "SQLite",
              description: "a file",
              implications: ["one writer"],
              recommended: true,
            },
            { id: "memory", label: "in memory", description: "", implications: [], recommended: false },
          ],
          defaultOption: "sql",
          autoResolveMinutes: 30,
        },
      },
    ]);
    expect(tools.answer("tool-ask-1", "memory")).toBe(true);
    expect(await reply).toBe("The answer is memory: in memory (recorded as D-1). Go on with it.");
  });

  it("waits 240 s and says then what to do", async () => {
    const { timers, tools, call } = create();
    const reply = call("ask_operator", toAskArguments());
    await settle();
    expect(timers.running).toEqual([240_000]);
    timers.fire();
    expect(await reply).toBe(
      "Not answered yet: recorded as D-1. Do not ask again and do not guess. End your turn now; the answer comes with the next prompt.",
    );
    expect(tools.answer("tool-ask-1", "local")).toBe(false);
  });

  it("says that the attempt is being ended", async () => {
    const { tools, call } = create();
    const reply = call("ask_operator", toAskArguments());
    await settle();
    tools.park();
    expect(await reply).toContain("recorded as D-1. The attempt is being ended for now.");
    expect(await call("ask_operator", toAskArguments("OTHER"))).toBe(
      "error: The question was not taken: the attempt is being ended. Go on with what does not depend on it; where nothing is left, end your turn.",
    );
  });

  it("says of wrong arguments how to correct them", async () => {
    const { handlers, call } = create();
    const { options, ...rest } = toAskArguments() as { options: object[] };
    const wrong: readonly unknown[] = [
      undefined,
      "MODEL",
      { ...rest },
      { ...rest, options: options.slice(0, 1) },
      { ...rest, options: ["local", "hosted"] },
      { ...rest, key: "session store", options },
      { ...rest, options: [...options, options[0]] },
      { ...rest, options, recommended: "a", default: "b", after_minutes: 0 },
      { ...rest, options, recommended: "a", default: "local" },
      { ...rest, options, question: "  ", recomended: "local", urgency: "high" },
      { ...rest, options, question: "x".repeat(4001) },
    ];
    const replies = await Promise.all(wrong.map((args) => call("ask_operator", args)));
    const [head] = replies;
    expect(head).toMatchInlineSnapshot(`
      "error: ask_operator did nothing: its arguments are wrong. Correct this and call it again:
      - key: expected text; found nothing
      - question: expected text; found nothing
      - options: expected a list; found nothing
      A call that works: {"key":"SESSION_STORE","question":"Where are sessions kept?","options":[{"id":"sqlite","label":"SQLite","description":"A file beside the data"},{"id":"memory","label":"In memory","implications":["Everybody is signed out at a restart"]}],"recommended":"sqlite"}"
    `);
    expect(replies.slice(1).map((reply) => reply.split("\n").slice(1, -1))).toMatchInlineSnapshot(`
      [
        [
          "- arguments: expected an object; found "MODEL"",
        ],
        [
          "- options: expected a list; found nothing",
        ],
        [
          "- options: expected at least 2 entries; found 1",
        ],
        [
          "- options[0]: expected an object; found "local"",
          "- options[1]: expected an object; found "hosted"",
        ],
        [
          "- key: expected 1 to 64 of A-Z, 0-9 and _, e.g. SESSION_STORE; found "session store"",
        ],
        [
          "- options[2].id: expected another id: local is there twice",
        ],
        [
          "- after_minutes: expected more than 0; found the number 0",
          "- recommended: expected one of the options' ids: local, hosted; found "a"",
          "- default: expected one of the options' ids: local, hosted; found "b"",
        ],
        [
          "- recommended: expected one of the options' ids: local, hosted; found "a"",
          "- after_minutes: expected both default and after_minutes, or neither; found only the other one",
        ],
        [
          "- question: expected some text; found none",
          "- recomended: there is no such argument; did you mean recommended?",
          "- urgency: there is no such argument; leave it out",
        ],
        [
          "- question: expected at most 4000 characters; found 4001",
        ],
      ]
    `);
    expect(handlers.asked).toEqual([]);
  });

  it("keeps no half characters: the history could not hold them", async () => {
    const { handlers, call } = create();
    void call("ask_operator", { ...toAskArguments(), question: "which \ud800?" });
    await settle();
    expect(handlers.asked[0]?.question.question).toBe("which \ufffd?");
  });
});

describe("what an agent tells", () => {
  it("is handed over, and the reply says how to go on", async () => {
    const { handlers, call } = create();
    const replies = [
      await call("report_decision", {
        subject: "storage",
        choice: "sql",
        reason: "asked for",
        confidence: 0.8,
      }),
      await call("declare_blocker", { type: "external", reason: "503" }),
      await call("hand_off", { summary: "built", notes: ["a", "b"] }),
      await call("hand_off", { summary: "it is there", nothing_to_do: true }),
      await call("hand_off", { summary: "built", nothing_to_do: false }),
      await call("report_progress", { text: " half way " }),
    ];
    expect(replies).toEqual([
      "Recorded. Go on.",
      "Recorded. Do what does not depend on it; where nothing is left, call hand_off and end your turn.",
      "Recorded. End your turn now.",
      "Recorded. End your turn now.",
      "Recorded. End your turn now.",
      "Shown.",
    ]);
    expect(handlers.reports).toEqual([
      { kind: "decision", subject: "storage", choice: "sql", reason: "asked for", confidence: 0.8 },
      { kind: "blocker", type: "external", reason: "503" },
      { kind: "hand_off", summary: "built", notes: ["a", "b"] },
      { kind: "hand_off", summary: "it is there", notes: [], isNothing: true },
      { kind: "hand_off", summary: "built", notes: [] },
    ]);
    expect(handlers.progress).toEqual(["half way"]);
  });

  it("may be refused, get a word back, or fail", async () => {
    const handOff = { summary: "built" };
    const replyTo = (onReport: AgentHandlers["onReport"]) => create({ onReport }).call("hand_off", handOff);
    expect(await replyTo(async () => ({ refused: "the attempt is over" }))).toBe(
      "error: Not recorded: the attempt is over",
    );
    expect(await replyTo(async () => ({ note: "It was checked before." }))).toBe(
      "Recorded. It was checked before.",
    );
    expect(await replyTo(() => Promise.reject(new Error("the disk is full")))).toBe(
      "error: osqr could not take this: the disk is full. Try once more, then go on without.",
    );
  });

  it("is corrected where it is wrong", async () => {
    const { handlers, call } = create();
    const decision = { subject: "storage", choice: "sql", reason: "asked for" };
    const replies = [
      await call("report_decision", { ...decision, confidence: 80 }),
      await call("report_decision", { ...decision, confidence: "0.8" }),
      await call("report_decision", { ...decision, confidance: 0.8 }),
      await call("declare_blocker", { type: "weather", reason: "rain" }),
      await call("hand_off", { summary: "built", notes: Array.from({ length: 31 }, () => "x") }),
      await call("get_context", { section: "secrets", offset: -1 }),
    ];
    expect(replies.map((reply) => reply.split("\n").slice(1, -1))).toMatchInlineSnapshot(`
      [
        [
          "- confidence: expected at most 1; found the number 80",
        ],
        [
          "- confidence: expected a number; found "0.8"",
        ],
        [
          "- confidence: expected a number; found nothing",
          "- confidance: there is no such argument; did you mean confidence?",
        ],
        [
          "- type: expected one of external, technical, resource, requirement, people; found "weather"",
        ],
        [
          "- notes: expected at most 30 entries; found 31",
        ],
        [
          "- section: expected one of briefing, spec, decisions, handoffs, constraints; found "secrets"",
          "- offset: expected at least 0; found the number -1",
        ],
      ]
    `);
    expect(handlers.reports).toEqual([]);
  });
});

describe("get_context", () => {
  it("reads a part, in pages", async () => {
    const { handlers, call } = create();
    handlers.context = { spec: "a".repeat(30_000) + "b".repeat(12) };
    expect(await call("get_context", { section: "spec" })).toBe(
      `${"a".repeat(30_000)}\n[12 characters more: call get_context with offset 30000]`,
    );
    expect(await call("get_context", { section: "spec", offset: 30_000 })).toBe("b".repeat(12));
    expect(await call("get_context", { section: "handoffs" })).toBe("There is nothing under handoffs.");
  });
});

describe("calls", () => {
  it("are bounded: so many at once, and so many in all", async () => {
    const { tools, call } = create();
    const waiting = Array.from({ length: 40 }, () => call("ask_operator", toAskArguments()));
    const refused = await Promise.all(waiting.slice(32));
    expect(new Set(refused)).toEqual(
      new Set(["error: 32 calls are under way already: wait until one of them has come back."]),
    );
    await settle();
    tools.answer("tool-ask-1", "local");
    expect(
      (await Promise.all(waiting.slice(0, 32))).every((reply) => reply.startsWith("The answer is")),
    ).toBe(true);
    for (let count = 32; count < 5_000; count += 1) await call("report_progress", { text: "on" });
    expect(await call("report_progress", { text: "on" })).toBe(
      "error: 5000 calls were made already: end your turn now.",
    );
  });

  it("with any arguments get a reply that is no crash, and hand over nothing that does not fit", async () => {
    const names = create().tools.list.map(({ name }) => name);
    await assert(
      asyncProperty(constantFrom(...names), anything({ withNullPrototype: true }), async (name, args) => {
        const { handlers, call } = create();
        const reply = await call(name, args);
        expect(reply).toMatch(/^error: \w+ did nothing: its arguments are wrong\./);
        expect(reply.length).toBeLessThan(4_000);
        expect([handlers.asked, handlers.reports, handlers.progress]).toEqual([[], [], []]);
      }),
    );
  });
});
