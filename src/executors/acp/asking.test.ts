/** What an agent asks, and what becomes of the answers. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Step } from "../../../test/fixtures/agents/script.ts";
import type { AgentAction } from "../../core/model/agent.ts";
import { createOrder, run } from "../testing.ts";
import type { ExecutorEvent } from "../types.ts";
import { allowAll, closeAfterTurn, createRig, describeLevels, findEvents, findFailure } from "./testing.ts";

const FORM = {
  type: "object",
  properties: {
    color: {
      type: "string",
      title: "Color",
      oneOf: [
        { const: "#f00", title: "Red" },
        { const: "#00f", title: "Blue" },
      ],
    },
  },
  required: ["color"],
};

describeLevels("an agent that asks", (level, get) => {
  it("does what is allowed, and only that; what it wants is told, in the words of each agent", async () => {
    const wordings = ["claude", "codex", "gemini"] as const;
    const executor = createRig(
      level,
      get(),
      {
        turns: [
          wordings.flatMap((wording) => [
            { do: "permission", kind: "create", path: `${wording}.txt`, content: "new", wording } as const,
            { do: "permission", kind: "execute", command: `touch ran-${wording}`, wording } as const,
            { do: "permission", kind: "mcp", tool: "osqr/ask_operator", wording } as const,
            { do: "permission", kind: "delete", path: `${wording}.txt`, wording } as const,
          ]),
        ],
      },
      {
        with: { quirks: { commandInTitle: true, toolInCallId: true } },
        tools: async () => [{ name: "osqr", command: "true", args: [], env: {}, mounts: [] }],
      },
    );
    const { events } = await run(executor, createOrder(get(), { prompt: "x" }), async (session, event) => {
      if (event.kind === "permission")
        await session.agent?.permit(event.request, event.action.kind !== "delete", "keep it");
      await closeAfterTurn(session, event);
    });
    const actions = findEvents(events, "permission").map((event) => event.action);
    const told = (action: AgentAction | undefined) => [
      action?.kind,
      action?.paths,
      action?.command,
      action?.tool,
    ];
    for (const [index, wording] of wordings.entries()) {
      const [create, execute, tool, remove] = actions.slice(index * 4, index * 4 + 4);
      expect(told(create)).toEqual(["create", [`${wording}.txt`], null, null]);
      expect(create?.content).toBe("new");
      expect(told(execute)).toEqual(["execute", [], `touch ran-${wording}`, null]);
      expect(told(tool)).toEqual(["tool", [], null, "osqr/ask_operator"]);
      expect(told(remove)).toEqual(["delete", [`${wording}.txt`], null, null]);
      expect(readFileSync(join(get().tree, `${wording}.txt`), "utf8")).toBe("new");
      expect(existsSync(join(get().tree, `ran-${wording}`))).toBe(true);
    }
  });

  it("is never allowed more than once: without such an option it is refused, and that is said", async () => {
    const executor = createRig(level, get(), {
      turns: [
        [
          {
            do: "permission",
            kind: "execute",
            command: "touch once",
            options: ["allow_always", "allow_once"],
          },
          { do: "say", text: "{last}\n" },
          {
            do: "permission",
            kind: "execute",
            command: "touch ever",
            options: ["allow_always", "reject_once"],
          },
          { do: "say", text: "{last}\n" },
          {
            do: "permission",
            kind: "execute",
            command: "touch ever",
            options: ["allow_always", "reject_always"],
          },
          { do: "say", text: "{last}\n" },
        ],
      ],
    });
    const { lines } = await run(executor, createOrder(get(), { prompt: "x" }), allowAll);
    const refused =
      "osqr: refused: touch ever (it could not be allowed just once, which is all that osqr allows)";
    expect(lines.slice(0, 5)).toEqual(["o-allow_once", refused, "o-reject_once", refused, "cancelled"]);
    expect(existsSync(join(get().tree, "once"))).toBe(true);
    expect(existsSync(join(get().tree, "ever"))).toBe(false);
  });

  for (const endsTurn of ["cancelled", "end_turn"] as const) {
    it(`is told why, where it ends its turn on a refusal (${endsTurn})`, async () => {
      const executor = createRig(
        level,
        get(),
        {
          turns: [
            [{ do: "permission", kind: "execute", command: "npm publish", endsTurn }],
            [{ do: "say", text: "{prompt}" }],
          ],
        },
        { with: { quirks: { rejectionEndsTurn: true } } },
      );
      const { events, lines } = await run(
        executor,
        createOrder(get(), { prompt: "x" }),
        async (session, event) => {
          if (event.kind === "permission") await session.agent?.permit(event.request, false, "not yet");
          await closeAfterTurn(session, event);
        },
      );
      expect(lines.slice(0, 2)).toEqual([
        "osqr: refused: npm publish (not yet)",
        "Not allowed: npm publish. Reason: not yet",
      ]);
      expect(findEvents(events, "turn")).toEqual([{ kind: "turn", stop: "end_turn" }]);
    });
  }

  it("hears the reasons before its turn counts as over, where it goes on after a refusal; each once", async () => {
    const executor = createRig(level, get(), {
      turns: [
        [
          { do: "permission", kind: "execute", command: "npm publish" },
          { do: "permission", kind: "execute", command: "npm login" },
          { do: "say", text: "then not\n" },
        ],
        [{ do: "say", text: "{prompt}" }],
        [{ do: "say", text: "{prompt}" }],
      ],
    });
    let turns = 0;
    const { events, lines } = await run(
      executor,
      createOrder(get(), { prompt: "x" }),
      async (session, event) => {
        if (event.kind === "permission") await session.agent?.permit(event.request, false, "not yet");
        if (event.kind !== "turn") return;
        turns += 1;
        await (turns === 1 ? session.agent?.prompt("go on") : session.close());
      },
    );
    expect(lines.slice(2)).toEqual([
      "then not",
      "Before your work is taken, why something was refused:",
      "Not allowed: npm publish. Reason: not yet",
      "Not allowed: npm login. Reason: not yet",
      "If what you did instead does not fit these reasons, change it now. Do not ask for the same again. Else end your turn without anything more.",
      "go on",
    ]);
    expect(findEvents(events, "turn")).toHaveLength(2);
  });

  it("hears no reason where there is none, and with its next prompt where it ran into a limit of its own", async () => {
    const asking: Step = { do: "permission", kind: "execute", command: "npm publish" };
    const answers = ["", "not yet"];
    const executor = createRig(level, get(), {
      turns: [[asking], [asking, { do: "stop", reason: "max_tokens" }], [{ do: "say", text: "{prompt}" }]],
    });
    let turns = 0;
    const { lines } = await run(executor, createOrder(get(), { prompt: "x" }), async (session, event) => {
      if (event.kind === "permission")
        await session.agent?.permit(event.request, false, answers.shift() ?? "");
      if (event.kind !== "turn") return;
      turns += 1;
      await (turns < 3 ? session.agent?.prompt("go on") : session.close());
    });
    expect(lines.slice(2)).toEqual(["Not allowed: npm publish. Reason: not yet", "", "go on"]);
  });

  it("spends none of its time while somebody has to answer, nor between turns", async () => {
    const executor = createRig(level, get(), {
      turns: [[{ do: "permission", kind: "execute", command: "touch ran" }], [{ do: "say", text: "done" }]],
    });
    const thinkMs = 600;
    const startedAt = performance.now();
    let turns = 0;
    const { events } = await run(executor, createOrder(get(), { prompt: "x" }), async (session, event) => {
      if (event.kind === "permission") {
        await delay(thinkMs);
        await session.agent?.permit(event.request, true, "");
      }
      if (event.kind !== "turn") return;
      turns += 1;
      await delay(thinkMs);
      await (turns === 1 ? session.agent?.prompt("more") : session.close());
    });
    const wallMs = performance.now() - startedAt;
    expect(existsSync(join(get().tree, "ran"))).toBe(true);
    expect(turns).toBe(2);
    const { durationMs } = findEvents(events, "ended")[0]?.result ?? { durationMs: Number.NaN };
    expect(wallMs - durationMs).toBeGreaterThan(3 * thinkMs - 50);
  });

  it("asks through the door and by a form, and gets the answers", async () => {
    const ask = 'osqr-ask MODEL "Which model?" local="on this machine" hosted="elsewhere"';
    const executor = createRig(level, get(), {
      turns: [
        [
          { do: "shell", command: ask },
          { do: "say", text: "{last}\n" },
          { do: "form", message: "Which color?", schema: FORM },
          { do: "say", text: "{last}\n" },
          {
            do: "form",
            message: "Your name?",
            schema: { properties: { name: { type: "string" } }, required: ["name"] },
          },
          { do: "say", text: "{last}\n" },
        ],
      ],
    });
    const choose = (event: Extract<ExecutorEvent, { kind: "asked" }>): string =>
      event.question.key === "MODEL" ? "hosted" : "blue";
    const { events, lines } = await run(
      executor,
      createOrder(get(), { prompt: "x" }),
      async (session, event) => {
        if (event.kind === "asked") await session.answer(event.ask, choose(event));
        await closeAfterTurn(session, event);
      },
    );
    const questions = findEvents(events, "asked").map((event) => event.question);
    expect(questions.map((question) => question.question)).toEqual(["Which model?", "Which color?"]);
    expect(questions[1]?.options.map(({ id, label }) => [id, label])).toEqual([
      ["red", "Red"],
      ["blue", "Blue"],
    ]);
    expect(lines).toContain("hosted");
    expect(lines).toContain('{"action":"accept","content":{"color":"#00f"}}');
    expect(lines).toContain("osqr: declined a form, as it cannot be answered by choosing: Your name?");
    expect(lines.at(-1)).toBe('{"action":"decline"}');
  });

  it("has the tools of its order, which run inside with it", async () => {
    const folder = join(import.meta.dirname, "../../../test/fixtures/agents");
    const executor = createRig(
      level,
      get(),
      {
        turns: [
          [
            { do: "mcp", tool: "ask_operator", args: { question: "why?" } },
            { do: "say", text: "{last}" },
          ],
        ],
      },
      {
        tools: async (order, place) => [
          {
            name: "osqr",
            command: process.execPath,
            args: [join(folder, "echo-server.ts")],
            env: { ECHO: `${order.attempt} ${place.door.path}` },
            mounts: [{ source: folder, target: folder, mode: "read" }],
          },
        ],
      },
    );
    const order = createOrder(get(), { prompt: "x" });
    const { lines } = await run(executor, order, closeAfterTurn);
    expect(lines).toEqual([
      "→ osqr: ask_operator",
      `ask_operator {"question":"why?"} a-1 ${join(order.folder, "door")}`,
    ]);
  });

  it("may have a bounded number of requests open: of a thousand at once the most are refused", async () => {
    const executor = createRig(level, get(), {
      turns: [
        [
          { do: "permissions", count: 1_000 },
          { do: "say", text: "{last}\n" },
        ],
      ],
    });
    const open: string[] = [];
    const { events, lines } = await run(
      executor,
      createOrder(get(), { prompt: "x" }),
      async (session, event) => {
        if (event.kind === "permission") open.push(event.request);
        const isLast = event.kind === "output" && event.line.endsWith(": command 999");
        if (isLast) for (const request of open) await session.agent?.permit(request, true, "");
        await closeAfterTurn(session, event);
      },
    );
    expect(findFailure(events)).toBeNull();
    expect(open).toHaveLength(32);
    expect(lines.at(-1)).toBe("32 of 1000");
  });
});
