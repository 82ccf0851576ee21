import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { AgentSession } from "../../core/model/agent.ts";
import { createOrder, run } from "../testing.ts";
import type { AttemptOrder } from "../types.ts";
import { closeAfterTurn, createRig, describeLevels, findEvents, findFailure } from "./testing.ts";

describeLevels("an agent", (level, get) => {
  it("is told what to do, does it, and is closed after its turn", async () => {
    const place = get();
    const executor = createRig(level, place, {
      turns: [
        [
          { do: "think", text: "hm" },
          { do: "plan", entries: ["write", "look"] },
          { do: "say", text: "I write {prompt}.\nThen I look.", chunks: 7 },
          { do: "edit", path: "src/a.txt", content: "hello" },
          { do: "shell", command: "cat src/a.txt" },
          { do: "say", text: "It says {last}." },
        ],
      ],
    });
    const order = createOrder(place, { prompt: "a greeting" });
    const { events, lines } = await run(executor, order, closeAfterTurn);
    expect(events.at(0)).toMatchObject({ kind: "started", logPath: join(order.folder, "output.log") });
    const kinds = events.map((event) => event.kind).filter((kind) => kind !== "output");
    expect(kinds).toEqual([
      "started",
      "session",
      "tool",
      "tool_ended",
      "tool",
      "tool_ended",
      "turn",
      "ended",
    ]);
    const session = { executor: "scripted", agent: "scripted-agent 1.0.0" };
    expect(findEvents(events, "session")[0]).toMatchObject({ how: "new", session });
    expect(findEvents(events, "turn")).toEqual([{ kind: "turn", stop: "end_turn" }]);
    expect(events.at(-1)).toMatchObject({ failure: null, result: { isCanceled: false, timedOut: false } });
    const said = [
      "I write a greeting.",
      "Then I look.",
      "→ Write src/a.txt",
      "→ cat src/a.txt",
      "It says hello.",
    ];
    expect(lines).toEqual(said);
    expect(readFileSync(join(order.folder, "output.log"), "utf8")).toContain(`${said.join("\n")}\n`);
    expect(readFileSync(join(place.tree, "src/a.txt"), "utf8")).toBe("hello");
    expect(existsSync(join(order.folder, "door"))).toBe(false);
  });

  it("has its environment: a private home, osqr's variables, its preset's, and not the daemon's", async () => {
    const command =
      'echo "$HOME|$OSQR_TASK|$OFF|$KEY|$OSQR_PORT_1|$SECRET_OF_THE_DAEMON"; cat ~/.agent/settings';
    process.env.SECRET_OF_THE_DAEMON = "leaked";
    const place = get();
    const files = [{ path: ".agent/settings", content: "quiet" }];
    const script = { turns: [[{ do: "shell", command } as const, { do: "say", text: "{last}" } as const]] };
    const executor = createRig(level, place, script, {
      with: { env: { OFF: "1", OSQR_TASK: "forged" }, files },
      login: async () => ({ env: { KEY: "k" }, file: null }),
    });
    const order = createOrder(place, { prompt: "go" });
    const { lines } = await run(executor, order, closeAfterTurn);
    delete process.env.SECRET_OF_THE_DAEMON;
    const home = join(order.folder, "home");
    expect(lines[1]).toMatch(new RegExp(`^${home}\\|token#T1\\|1\\|k\\|\\d+\\|$`));
    expect(lines[2]).toBe("quiet");
  });

  it("gets several prompts, and says what each turn used and why it ended", async () => {
    const executor = createRig(level, get(), {
      turns: [
        [
          { do: "cost", usd: 0.01 },
          { do: "usage", input: 100, output: 20, cached: 900 },
        ],
        [
          { do: "cost", usd: 0.03 },
          { do: "usage", input: 7, output: 3, isQuota: true, model: "m-1" },
          { do: "stop", reason: "max_tokens" },
        ],
        [{ do: "stop", reason: "refusal" }],
      ],
    });
    const prompts = ["two", "three"];
    const order = createOrder(get(), { prompt: "one" });
    const { events } = await run(executor, order, async (session, event) => {
      if (event.kind !== "turn") return;
      const next = prompts.shift();
      await (next === undefined ? session.close() : session.agent?.prompt(next));
    });
    const stops = findEvents(events, "turn").map((event) => event.stop);
    expect(stops).toEqual(["end_turn", "max_tokens", "refusal"]);
    const none = { inputTokens: null, cachedTokens: null, outputTokens: null, microUsd: null, model: null };
    expect(findEvents(events, "used").map((event) => event.usage)).toEqual([
      { ...none, microUsd: 10_000 },
      { ...none, inputTokens: 1_000, cachedTokens: 900, outputTokens: 20 },
      { ...none, microUsd: 20_000 },
      { ...none, inputTokens: 7, outputTokens: 3, model: "m-1" },
    ]);
  });

  for (const can of ["resume", "load"] as const) {
    it(`goes on with a conversation in a new process (${can}), and its history is not told again`, async () => {
      const script = {
        can: [can],
        turns: [
          [{ do: "say", text: "first" } as const],
          [{ do: "say", text: "turn {turn} after {prompts}" } as const],
        ],
      };
      const first = await talk({ prompt: "one" });
      const again = await talk({ prompt: "two", session: first.session });
      expect(again.how).toBe(can === "resume" ? "resumed" : "loaded");
      expect(again.session.id).toBe(first.session.id);
      expect(again.lines).toEqual(["turn 2 after one | two"]);

      async function talk(parts: Partial<AttemptOrder>) {
        const order = createOrder(get(), parts);
        const { events, lines } = await run(createRig(level, get(), script), order, closeAfterTurn);
        const [opened] = findEvents(events, "session");
        return { lines, session: opened?.session as AgentSession, how: opened?.how };
      }
    });
  }

  it("begins afresh where it has forgotten, or the session is another agent's", async () => {
    const known = { id: "s-gone", executor: "scripted", agent: "x" };
    for (const session of [known, { ...known, executor: "claude" }]) {
      const order = createOrder(get(), { prompt: "one", session });
      const executor = createRig(level, get(), { can: ["resume", "load"] });
      const { events } = await run(executor, order, closeAfterTurn);
      expect(findEvents(events, "session")[0]).toMatchObject({ how: "fresh" });
      expect(findEvents(events, "session")[0]?.session.id).not.toBe("s-gone");
      expect(findFailure(events)).toBeNull();
    }
  });

  it("works in the mode of its preset, with the model of the order; what it does not offer is a failure", async () => {
    const script = {
      modes: ["ask", "yolo"],
      models: ["small", "large"],
      turns: [[{ do: "say", text: "{last}" } as const]],
    };
    const good = createOrder(get(), { prompt: "x", model: "large" });
    const { lines } = await run(
      createRig(level, get(), script, { with: { mode: "ask" } }),
      good,
      closeAfterTurn,
    );
    expect(lines).toEqual(["large"]);
    const other = createOrder(get(), { prompt: "x", model: "huge" });
    const { events } = await run(createRig(level, get(), script), other);
    expect(findFailure(events)).toEqual({
      kind: "other",
      message: "scripted: it has no model huge; it offers: small, large",
      retryAt: null,
    });
    const bare = await run(
      createRig(level, get(), {}, { with: { mode: "ask" } }),
      createOrder(get(), { prompt: "x" }),
    );
    expect(findFailure(bare.events)).toMatchObject({
      message: "scripted: it has no mode ask; it offers: none",
    });
  });

  it("logs in where its preset says so", async () => {
    const login = {
      variables: ["TOKEN"],
      settings: [],
      file: null,
      method: { id: "token", variable: "TOKEN" },
    };
    const executor = createRig(
      level,
      get(),
      { needsLogin: true, turns: [[{ do: "say", text: "in" }]] },
      {
        with: { login },
        login: async () => ({ env: { TOKEN: "t" }, file: null }),
      },
    );
    const { lines } = await run(executor, createOrder(get(), { prompt: "x" }), closeAfterTurn);
    expect(lines).toEqual(["in"]);
    const without = createRig(level, get(), { needsLogin: true }, { with: { login } });
    const { events } = await run(without, createOrder(get(), { prompt: "x" }));
    expect(findFailure(events)).toMatchObject({
      kind: "login",
      message: expect.stringContaining("it needs TOKEN"),
    });
  });
});
