import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  allowAll,
  createTestApiExecutor,
  createTestOrder,
  pick,
  type React,
  runAttempt,
  TEST_KEY,
} from "../../../test/fixtures/api-attempt.ts";
import { type ChatAnswer, ChatServer } from "../../../test/fixtures/chat-server.ts";
import {
  createPlace,
  findProcesses,
  isBubblewrapWorking,
  type TestPlace,
  waitUntil,
} from "../../sandbox/testing.ts";
import type { SandboxLevel } from "../../sandbox/types.ts";
import type { Prices } from "../metering/request-desk.ts";
import type { AttemptOrder, ExecutorEvent } from "../types.ts";
import type { ApiExecutorOptions } from "./api.ts";

const levels: readonly { level: SandboxLevel; isHere: boolean }[] = [
  { level: "bubblewrap", isHere: isBubblewrapWorking },
  { level: "process", isHere: true },
];

const write = (path: string, content: string): ChatAnswer => ({
  calls: [{ name: "write_file", args: { path, content } }],
});
const run = (command: string): ChatAnswer => ({ calls: [{ name: "run_command", args: { command } }] });
/** Prices of nobody's. */
const TWICE_THE_INPUT: Prices = {
  priceOf: ({ inputTokens }) => (inputTokens === null ? null : inputTokens * 2),
  mostOf: (inputTokens) => inputTokens * 2,
};
const DONE: ChatAnswer = { say: "Done." };

for (const { level, isHere } of levels) {
  const where = isHere ? "" : " (does not work on this machine)";
  describe.skipIf(!isHere)(`a model behind an API at level ${level}${where}`, () => {
    let place: TestPlace;
    let server: ChatServer;
    let nap: string;
    beforeEach(() => {
      place = createPlace();
      nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
    });
    afterEach(async () => {
      await server.stop();
      expect(findProcesses(nap)).toEqual([]);
      place.remove();
    });

    interface Setting {
      readonly order?: Partial<AttemptOrder>;
      readonly options?: Partial<ApiExecutorOptions>;
      readonly react?: React;
      readonly last?: ChatAnswer;
    }

    async function attempt(answers: readonly ChatAnswer[], setting: Setting = {}): Promise<ExecutorEvent[]> {
      server = await ChatServer.start(answers, setting.last ?? null);
      const executor = createTestApiExecutor(place, { level, url: server.url, ...setting.options });
      return runAttempt(executor, createTestOrder(place, setting.order), setting.react);
    }
    /** What the model was told last by a tool. */
    const results = (): string[] =>
      (server.requests.at(-1)?.body.messages ?? []).flatMap(({ role, content }) =>
        role === "tool" ? [String(content)] : [],
      );

    it("edits, runs a command, and ends its turn", async () => {
      writeFileSync(join(place.tree, "token.txt"), "old token\n");
      const events = await attempt([
        { think: "I look first.", calls: [{ name: "read_file", args: { path: "token.txt" } }] },
        {
          say: "Now I change it.\nBoth.",
          calls: [
            { name: "edit_file", args: { path: "token.txt", old_string: "old", new_string: "new" } },
            { name: "run_command", args: { command: "cat token.txt; pwd" } },
          ],
        },
        DONE,
      ]);
      expect(readFileSync(join(place.tree, "token.txt"), "utf8")).toBe("new token\n");
      expect(events.map(({ kind }) => kind).filter((kind) => kind !== "output")).toEqual(
        [
          "started",
          "session",
          "used",
          "tool",
          "tool_ended",
          "used",
          "tool",
          "permission",
          "tool_ended",
          "tool",
          "permission",
          "tool_ended",
          "used",
          "turn",
          "ended",
        ].filter(Boolean),
      );
      expect(pick(events, "tool").map(({ title }) => title)).toEqual([
        "read token.txt",
        "edit token.txt",
        "run cat token.txt; pwd",
      ]);
      expect(pick(events, "permission").map(({ action }) => action)).toEqual([
        {
          kind: "edit",
          paths: ["token.txt"],
          command: null,
          host: null,
          tool: null,
          content: "new",
          shown: ["- old", "+ new"],
          title: "edit token.txt",
        },
        {
          kind: "execute",
          paths: [],
          command: "cat token.txt; pwd",
          host: null,
          tool: null,
          content: null,
          title: "run cat token.txt; pwd",
        },
      ]);
      expect(pick(events, "turn")).toEqual([{ kind: "turn", stop: "end_turn" }]);
      expect(events.at(-1)).toMatchObject({
        failure: null,
        result: { exitCode: 0, isCanceled: false, timedOut: false },
      });
      expect(results()).toEqual([
        "old token",
        "replaced 1 place in token.txt",
        `new token\n${place.tree}\n[exit 0]`,
      ]);
      const lines = pick(events, "output").map(({ line }) => line);
      expect(lines).toEqual(
        expect.arrayContaining([
          "I look first.",
          "Now I change it.",
          "Both.",
          "> read token.txt",
          "new token",
          "Done.",
        ]),
      );
      expect(readFileSync(join(place.osqrHome, "attempts/a-1/output.log"), "utf8")).toContain(
        "> edit token.txt\n",
      );
    });

    it("hears why something is refused, and goes on", async () => {
      const events = await attempt([write("a.txt", "x"), run("touch b.txt"), write("c.txt", "x"), DONE], {
        async react(event, session) {
          await (event.kind === "permission"
            ? session.agent?.permit(event.request, event.action.paths[0] === "c.txt", "not in this task")
            : allowAll(event, session));
        },
      });
      expect(["a.txt", "b.txt", "c.txt"].map((name) => existsSync(join(place.tree, name)))).toEqual([
        false,
        false,
        true,
      ]);
      const refused = expect.stringContaining("Not allowed: not in this task. Nothing was done.");
      expect(results()).toEqual([refused, refused, "created c.txt (1 bytes)"]);
      expect(pick(events, "permission")[0]?.action.kind).toBe("create");
    });

    it("asks the operator and gets the answer, tells and reads", async () => {
      const options = [
        { id: "sql", label: "a database" },
        { id: "files", label: "plain files" },
      ];
      const events = await attempt(
        [
          {
            calls: [
              { name: "ask_operator", args: { key: "STORE", question: "Which store?", options } },
              { name: "get_context", args: { section: "spec" } },
              { name: "report_progress", args: { text: "half way" } },
              { name: "hand_off", args: { summary: "stored in files" } },
            ],
          },
          DONE,
        ],
        {
          async react(event, session) {
            if (event.kind === "asked") await session.answer(event.ask, "files");
            await allowAll(event, session);
          },
        },
      );
      expect(pick(events, "asked")[0]?.question).toMatchObject({ key: "STORE", question: "Which store?" });
      expect(results()[0]).toContain("The answer is files: plain files");
      expect(results()[1]).toBe("the spec");
      expect(pick(events, "progress")).toEqual([{ kind: "progress", text: "half way" }]);
      expect(pick(events, "reported")[0]?.report).toMatchObject({ kind: "hand_off" });
      expect(pick(events, "permission")).toEqual([]);
    });

    it("is told to end its turn where a question is not answered in time, and goes on with a prompt", async () => {
      const question = {
        key: "STORE",
        question: "Which store?",
        options: [
          { id: "sql", label: "a database" },
          { id: "files", label: "plain files" },
        ],
      };
      let turns = 0;
      await attempt([{ calls: [{ name: "ask_operator", args: question }] }, { say: "I wait." }, DONE], {
        options: { askWaitMs: 20 },
        async react(event, session) {
          if (event.kind !== "turn") return;
          turns += 1;
          if (turns === 1) await session.agent?.prompt("STORE was answered: files");
          else await session.close();
        },
      });
      expect(turns).toBe(2);
      expect(results()[0]).toContain("recorded as D-1");
      expect(server.requests.at(-1)?.body.messages.at(-1)).toEqual({
        role: "user",
        content: "STORE was answered: files",
      });
    });

    it("stands still while it waits: what a person takes to answer is not its time", async () => {
      const startedAt = performance.now();
      let heldMs = 0;
      const events = await attempt([write("a.txt", "x"), DONE], {
        async react(event, session) {
          if (event.kind === "permission") {
            const asked = performance.now();
            await waitUntil("somebody has thought about it", () => performance.now() - asked > 1_000);
            heldMs = performance.now() - asked;
          }
          await allowAll(event, session);
        },
      });
      const wholeMs = performance.now() - startedAt;
      expect(pick(events, "ended")[0]?.result.durationMs).toBeLessThan(wholeMs - heldMs + 100);
    });

    it("is cancelled in the middle of an answer", async () => {
      let cancelMs = 0;
      const events = await attempt([{ say: "I begin.\nI go on", end: "silence" }], {
        async react(event, session) {
          if (event.kind !== "output" || event.line !== "I begin.") return;
          const begun = performance.now();
          await session.cancel("cancel");
          cancelMs = performance.now() - begun;
        },
      });
      expect(cancelMs).toBeLessThan(2_000);
      expect(events.at(-1)).toMatchObject({ kind: "ended", failure: null, result: { isCanceled: true } });
      expect(pick(events, "turn")).toEqual([]);
      // Something was used, and nobody knows how much.
      expect(pick(events, "used")).toEqual([
        {
          kind: "used",
          source: "metered",
          usage: {
            inputTokens: null,
            cachedTokens: null,
            outputTokens: null,
            microUsd: null,
            model: "test-model",
          },
        },
      ]);
      await waitUntil("the connection is closed", () => server.connections === 0);
    });

    it("is cancelled in the middle of a command, with all it has started", async () => {
      let cancelMs = 0;
      const script = `trap '' TERM; ( setsid ${nap} & ); ${nap} & echo begun; wait; ${nap}`;
      const events = await attempt([run(script)], {
        async react(event, session) {
          if (event.kind === "permission") await session.agent?.permit(event.request, true, "");
          if (event.kind !== "output" || event.line !== "begun") return;
          await waitUntil("both sleep", () => findProcesses(nap, { isExact: true }).length === 2);
          const begun = performance.now();
          await session.cancel("pause");
          cancelMs = performance.now() - begun;
        },
      });
      expect(cancelMs).toBeLessThan(2_000);
      expect(findProcesses(nap)).toEqual([]);
      expect(events.at(-1)).toMatchObject({ kind: "ended", failure: null, result: { isCanceled: true } });
      expect(server.requests).toHaveLength(1);
    });

    it("is no more where a command ends its tools: nothing is believed to be done", async () => {
      // From the command's shell up to the program: two shells stand between.
      const up = "read -r _ _ _ p _ < /proc/$p/stat";
      const events = await attempt([run(`p=$PPID; ${up}; ${up}; kill -9 $p; ${nap}`)], { last: DONE });
      expect(events.at(-1)).toMatchObject({
        kind: "ended",
        failure: {
          kind: "crashed",
          message: expect.stringContaining("its tools in the sandbox ended: exit "),
        },
      });
      expect(pick(events, "turn")).toEqual([]);
      expect(server.requests).toHaveLength(1);
    });

    it("answers a question that a command asks", async () => {
      const ask = 'osqr-ask MODEL "Which model?" local="here" hosted="there"';
      const events = await attempt([run(ask), DONE], {
        async react(event, session) {
          if (event.kind === "asked") await session.answer(event.ask, "hosted");
          await allowAll(event, session);
        },
      });
      expect(pick(events, "asked")).toHaveLength(1);
      expect(results()).toEqual(["hosted\n[exit 0]"]);
    });

    it("forgets older results where the conversation becomes too long for the model", async () => {
      writeFileSync(join(place.tree, "big.txt"), "0123456789\n".repeat(900));
      const read: ChatAnswer = { calls: [{ name: "read_file", args: { path: "big.txt" } }] };
      await attempt([read, read, read, read, read, read, read, DONE], { options: { contextTokens: 10_000 } });
      expect(results()).toHaveLength(7);
      expect(results()[0]).toContain("left out");
      expect(results().at(-1)).toContain("0123456789");
      const sizes = server.requests.map(({ body }) => JSON.stringify(body.messages).length);
      expect(Math.max(...sizes)).toBeLessThan(50_000);
    });

    it("is cancelled while a question or a permission is open", async () => {
      const events = await attempt([write("a.txt", "x")], {
        async react(event, session) {
          if (event.kind === "permission") await session.cancel("pause");
        },
      });
      expect(events.at(-1)).toMatchObject({ kind: "ended", failure: null, result: { isCanceled: true } });
      expect(existsSync(join(place.tree, "a.txt"))).toBe(false);
    });

    it("is ended after its time, also in the middle of an answer", async () => {
      const events = await attempt([{ say: "I begin.", end: "silence" }], { order: { timeoutMs: 500 } });
      expect(events.at(-1)).toMatchObject({
        kind: "ended",
        failure: { kind: "timeout", message: "it ran longer than 0.5 s" },
        result: { timedOut: true },
      });
    });

    it("is taken up again by another process, with all that was said", async () => {
      const first = await attempt([write("a.txt", "x"), { say: "I begin the next.", end: "silence" }], {
        async react(event, session) {
          if (event.kind === "permission") await session.agent?.permit(event.request, true, "");
          if (event.kind === "output" && event.line === "> write a.txt")
            await waitUntil("the second request", () => server.requests.length === 2).then(() =>
              session.cancel("pause"),
            );
        },
      });
      const session = pick(first, "session")[0]?.session ?? null;
      expect(pick(first, "session")[0]).toMatchObject({
        how: "new",
        session: { executor: "api", agent: expect.stringMatching(/^test-model at 127\.0\.0\.1:\d+$/) },
      });
      await server.stop();
      const second = await attempt([DONE], { order: { session, prompt: "Go on." } });
      expect(pick(second, "session")[0]).toMatchObject({ how: "resumed", session: { id: session?.id } });
      const { messages } = server.requests[0]!.body;
      expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool", "user"]);
      expect(messages[1]?.content).toBe("Write the token.");
      expect(messages[3]?.content).toBe("created a.txt (1 bytes)");
      expect(messages[4]?.content).toBe("Go on.");
    });

    it("begins anew, with the briefing, where its conversation is lost or spoiled", async () => {
      const session = { id: "00000000-0000-4000-8000-00000000000a", executor: "api", agent: "x" };
      const file = join(place.osqrHome, "attempts/a-1/sessions", `${session.id}.json`);
      for (const spoil of [null, "{", '{"version":1,"messages":[{"role":"king"}]}', '{"version":2}']) {
        if (spoil !== null) writeFileSync(file, spoil);
        const events = await attempt([DONE], { order: { session, prompt: "Go on." } });
        expect(pick(events, "session")[0]).toMatchObject({ how: "fresh" });
        expect(pick(events, "session")[0]?.session.id).not.toBe(session.id);
        expect(server.requests[0]?.body.messages.at(-1)?.content).toBe("# T1 write the token\n\nGo on.");
        await server.stop();
      }
      const hostile = { ...session, id: "../../../../secret" };
      expect(pick(await attempt([DONE], { order: { session: hostile } }), "session")[0]?.how).toBe("fresh");
    });

    it("hears what is wrong with its calls, and goes on", async () => {
      await attempt([
        { calls: [{ name: "read_file", args: "{" }] },
        { calls: [{ name: "read_file", args: { pfad: "x" } }] },
        { calls: [{ name: "read_file", args: { path: 7, offset: -1 } }] },
        { calls: [{ name: "write_file", args: { path: "../x", content: "x" } }] },
        { calls: [{ name: "rm_rf", args: {} }] },
        { calls: [{ name: "run_command", args: "" }] },
        DONE,
      ]);
      expect(results()).toEqual([
        expect.stringContaining("JSON"),
        expect.stringContaining("path: expected text"),
        expect.stringMatching(/path: expected text; found .*7[\s\S]*offset: expected at least 1/),
        "Not done: ../x lies outside of the work tree",
        expect.stringContaining("rm_rf"),
        expect.stringContaining("command: expected text"),
      ]);
    });

    it("gets no more of a huge output than fits", async () => {
      await attempt([
        run("head -c 5000000 /dev/zero | tr '\\0' x"),
        { calls: [{ name: "read_file", args: { path: 1, x: "y".repeat(300_000) } }] },
        DONE,
      ]);
      expect(results()[0]?.length).toBeLessThan(40_000);
      expect(results()[0]).toContain("bytes left out");
      expect(results()[1]?.length).toBeLessThan(5_000);
    });

    it("is stopped where it goes round in circles", async () => {
      const events = await attempt([], { last: run("true"), options: { turnsMax: 5 } });
      expect(pick(events, "turn")).toEqual([{ kind: "turn", stop: "max_turns" }]);
      expect(server.requests).toHaveLength(5);
      expect(pick(events, "used")).toHaveLength(5);
    });

    it("tells what each request used, priced, and unknown where the server does not count", async () => {
      const events = await attempt(
        [
          { ...run("true"), usage: [100, 40, 10] },
          { ...run("true"), usage: null },
          { ...run("true"), usage: [-5, 0, 1.4] },
          { say: "Done.", usage: [300, 0, 5] },
        ],
        { options: { prices: () => TWICE_THE_INPUT } },
      );
      expect(pick(events, "used").map(({ usage }) => Object.values(usage))).toEqual([
        [100, 40, 10, 200, "test-model"],
        [null, null, null, null, "test-model"],
        [null, null, null, null, "test-model"],
        [300, 0, 5, 600, "test-model"],
      ]);
    });

    it("asks the model that the route chose", async () => {
      const events = await attempt([DONE], { order: { model: "other" } });
      expect(server.requests[0]?.body.model).toBe("other");
      expect(pick(events, "used")[0]?.usage.model).toBe("other");
    });

    it("ends its turn where the answer is cut at its length or refused", async () => {
      const cut = await attempt([
        { calls: [{ name: "run_command", args: { command: "true" } }], finish: "length" },
      ]);
      expect(pick(cut, "turn")).toEqual([{ kind: "turn", stop: "max_tokens" }]);
      await server.stop();
      const session = pick(cut, "session")[0]?.session ?? null;
      // A conversation with a call that was never done can be gone on with.
      await attempt([{ say: "No.", finish: "content_filter" }], {
        order: { session, prompt: "Go on." },
        async react(event, running) {
          if (event.kind !== "turn") return;
          expect(event.stop).toBe("refusal");
          await running.close();
        },
      });
      expect(server.requests[0]?.body.messages.map(({ role }) => role)).toEqual([
        "system",
        "user",
        "assistant",
        "tool",
        "user",
      ]);
    });

    it("never lets the key out: not to the sandbox, a file, a log, an event", async () => {
      const leak = `your key ${TEST_KEY} is wrong`;
      const events = await attempt(
        [
          {
            say: `I know ${TEST_KEY}`,
            calls: [
              { name: "run_command", args: { command: "env" } },
              { name: "run_command", args: { command: `echo ${TEST_KEY}` } },
              { name: "write_file", args: { path: "key.txt", content: TEST_KEY } },
            ],
          },
          { status: 401, body: JSON.stringify({ error: { message: leak } }) },
        ],
        { order: { env: { LEAKED: TEST_KEY, KEPT: "yes" } } },
      );
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${TEST_KEY}`);
      expect(pick(events, "ended")[0]?.failure).toEqual({
        kind: "login",
        message: "the model's server did not accept the key (HTTP 401): your key ••• is wrong",
        retryAt: null,
      });
      expect(pick(events, "permission").map(({ action }) => action.command ?? action.content)).toEqual([
        "env",
        "echo •••",
        "•••",
      ]);
      expect(existsSync(join(place.tree, "key.txt"))).toBe(false);
      expect(results().slice(1)).toEqual(
        [0, 1].map(() => "Not done: it holds the key of the model's server"),
      );
      expect(JSON.stringify(events)).toContain("KEPT=yes");
      expect(JSON.stringify(events)).not.toContain(TEST_KEY);
      const grep = ["-rlaF", TEST_KEY, place.root];
      expect(() => execFileSync("grep", grep, { encoding: "utf8" })).toThrow(); // Exit 1: in no file.
    });
  });
}
