import { setImmediate as settle } from "node:timers/promises";
import {
  assert,
  asyncProperty,
  constant,
  constantFrom,
  array as listOf,
  nat,
  oneof,
  record,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { type AskOutcome, Questions } from "./questions.ts";
import { createQuestion, ManualTimers, RecordingHandlers } from "./testing.ts";

const WAIT_MS = 240_000;
const forever = new AbortController().signal;

function create() {
  const handlers = new RecordingHandlers();
  const timers = new ManualTimers();
  const questions = new Questions({ onAsk: handlers.onAsk, waitMs: WAIT_MS, startTimer: timers.start });
  const ask = (key?: string, signal: AbortSignal = forever) => questions.ask(createQuestion(key), signal);
  return { handlers, timers, questions, ask };
}

describe("a question of an agent", () => {
  it("comes back with its answer", async () => {
    const { handlers, timers, questions, ask } = create();
    const outcome = ask();
    await settle();
    expect(handlers.asked).toEqual([{ ask: "tool-ask-1", question: createQuestion() }]);
    expect(questions.answer("tool-ask-1", "hosted")).toBe(true);
    expect(await outcome).toEqual({ kind: "answered", option: "hosted", decision: "D-1" });
    expect(timers.running).toEqual([]);
  });

  it("is answered once, and only with one of its options", async () => {
    const { questions, ask } = create();
    const outcome = ask();
    expect(questions.answer("tool-ask-1", "neither")).toBe(false);
    expect(questions.answer("tool-ask-2", "local")).toBe(false);
    expect(questions.answer("tool-ask-1", "local")).toBe(true);
    expect(questions.answer("tool-ask-1", "hosted")).toBe(false);
    expect(await outcome).toMatchObject({ kind: "answered", option: "local" });
  });

  it("comes back without one after its time, and is still open", async () => {
    const { handlers, timers, questions, ask } = create();
    const first = ask();
    await settle();
    expect(timers.running).toEqual([WAIT_MS]);
    timers.fire();
    expect(await first).toEqual({ kind: "later", isEnding: false, decision: "D-1" });
    const again = ask();
    expect(questions.answer("tool-ask-1", "local")).toBe(true);
    expect(await again).toMatchObject({ kind: "answered", option: "local" });
    expect(handlers.asked).toHaveLength(1);
  });

  it("that is answered when nobody waits is for the next prompt; asked again it is looked up again", async () => {
    const { handlers, timers, questions, ask } = create();
    const first = ask();
    timers.fire();
    await first;
    expect(questions.answer("tool-ask-1", "local")).toBe(false);
    void ask();
    expect(handlers.asked.map((asked) => asked.ask)).toEqual(["tool-ask-1", "tool-ask-2"]);
  });

  it("is joined by the same question, whatever the order of its options and its spaces", async () => {
    const { handlers, questions, ask } = create();
    const { options, ...rest } = createQuestion();
    const first = ask();
    const same = { ...rest, options: options.toReversed(), question: "  Which\n model? " };
    const second = questions.ask(same, forever);
    const other = ask("STORE");
    expect(handlers.asked.map(({ question }) => question.key)).toEqual(["MODEL", "STORE"]);
    questions.answer("tool-ask-1", "local");
    questions.answer("tool-ask-2", "hosted");
    expect(await Promise.all([first, second, other])).toMatchObject([
      { option: "local" },
      { option: "local" },
      { option: "hosted" },
    ]);
  });

  it("may be answered before it is known which decision it is", async () => {
    const timers = new ManualTimers();
    const questions: Questions = new Questions({
      waitMs: WAIT_MS,
      startTimer: timers.start,
      onAsk: async (ask) => {
        questions.answer(ask, "local");
        return { decision: "D-7" };
      },
    });
    expect(await questions.ask(createQuestion(), forever)).toMatchObject({
      kind: "answered",
      option: "local",
    });
    expect(timers.running).toEqual([]);
  });

  it("that is not taken says why, to all who joined it, and can be asked again", async () => {
    const { handlers, timers, ask } = create();
    handlers.refusal = "the workstream is cancelled";
    const refused = { kind: "refused", reason: "the workstream is cancelled" };
    expect(await Promise.all([ask(), ask()])).toEqual([refused, refused]);
    expect(timers.running).toEqual([]);
    handlers.refusal = null;
    void ask();
    expect(handlers.asked).toHaveLength(2);
  });

  it("that could not be recorded says so", async () => {
    const timers = new ManualTimers();
    const onAsk = () => Promise.reject(new Error("the disk is full"));
    const questions = new Questions({ waitMs: WAIT_MS, startTimer: timers.start, onAsk });
    expect(await questions.ask(createQuestion(), forever)).toEqual({
      kind: "refused",
      reason: "the disk is full",
    });
  });

  it("stays open when whoever asked has gone", async () => {
    const { handlers, timers, questions, ask } = create();
    const gone = new AbortController();
    const outcome = ask("MODEL", gone.signal);
    gone.abort();
    expect(await outcome).toMatchObject({ kind: "later" });
    expect(await ask("MODEL", gone.signal)).toMatchObject({ kind: "later" });
    expect(timers.running).toEqual([]);
    expect(questions.answer("tool-ask-1", "local")).toBe(false);
    expect(handlers.asked).toHaveLength(1);
  });

  it("comes back when the attempt is being ended, and no new one is taken", async () => {
    const { handlers, timers, questions, ask } = create();
    const outcome = ask();
    await settle();
    questions.park();
    expect(await outcome).toEqual({ kind: "later", isEnding: true, decision: "D-1" });
    expect(await ask("STORE")).toEqual({ kind: "refused", reason: "the attempt is being ended" });
    expect(handlers.asked).toHaveLength(1);
    expect(timers.running).toEqual([]);
  });
});

describe("an agent that asks 1,000 questions", () => {
  it("is told that too many are open; the operator is asked no more than that", async () => {
    const { handlers, questions, ask } = create();
    const outcomes = Array.from({ length: 1_000 }, (_, index) => ask(`Q${index}`));
    const refused = await Promise.all(outcomes.slice(20));
    expect(handlers.asked).toHaveLength(20);
    expect(new Set(refused.map((outcome) => JSON.stringify(outcome)))).toEqual(
      new Set(['{"kind":"refused","reason":"20 questions are open already"}']),
    );
    questions.answer("tool-ask-20", "local");
    void ask("Q999");
    expect(handlers.asked).toHaveLength(21);
  });

  it("one after the other is told that it has asked enough", async () => {
    const { handlers, questions, ask } = create();
    for (let count = 1; count <= 200; count += 1) {
      const outcome = ask(`Q${count}`);
      questions.answer(`tool-ask-${count}`, "local");
      expect(await outcome).toMatchObject({ kind: "answered" });
    }
    expect(await ask("Q201")).toEqual({ kind: "refused", reason: "200 questions were asked already" });
    expect(handlers.asked).toHaveLength(200);
  });
});

it("whatever happens in which order, each call comes back, and no question is open twice", async () => {
  const step = oneof(
    { weight: 4, arbitrary: record({ kind: constant("ask" as const), key: constantFrom("A", "B", "C") }) },
    { weight: 3, arbitrary: record({ kind: constant("answer" as const), ask: nat(6) }) },
    record({ kind: constant("time" as const) }),
    record({ kind: constant("refuse" as const) }),
  );
  await assert(
    asyncProperty(listOf(step, { maxLength: 40 }), async (steps) => {
      const { handlers, timers, questions, ask } = create();
      const calls: Promise<AskOutcome>[] = [];
      const open = new Set<string>();
      for (const each of steps) {
        if (each.kind === "ask") calls.push(ask(each.key));
        if (each.kind === "time") timers.fire();
        if (each.kind === "refuse") handlers.refusal = handlers.refusal === null ? "no" : null;
        if (each.kind === "answer") questions.answer(`tool-ask-${each.ask}`, "local");
        await Promise.resolve();
      }
      questions.park();
      const outcomes = await Promise.all(calls);
      expect(outcomes).toHaveLength(calls.length);
      expect(timers.running).toEqual([]);
      for (const { ask: name } of handlers.asked) {
        expect(open.has(name)).toBe(false);
        open.add(name);
        expect(questions.answer(name, "local")).toBe(false);
      }
      expect(handlers.asked.length).toBeLessThanOrEqual(calls.length);
    }),
  );
});
