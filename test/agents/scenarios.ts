/** What every agent has to do. Each scenario plays with an agent of its own home and tree, and throws where something is missing. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentAction, AgentSession, FailureKind, Usage } from "../../src/core/model/agent.ts";
import type { React } from "../../src/executors/testing.ts";
import type { ExecutorEvent } from "../../src/executors/types.ts";
import { findProcesses, waitUntil } from "../../src/sandbox/testing.ts";
import type { ModelScriptInput } from "../fixtures/model-server/script.ts";
import type { ModelServer } from "../fixtures/model-server/server.ts";
import { killPrograms } from "./processes.ts";
import type { AgentRig } from "./rig.ts";
import { SCRIPTED_KEY_TEXT } from "./test-presets.ts";

/** In which a paused or cancelled attempt has to be over. */
const CANCEL_MS_MAX = 2_000;
/** A command that ends only with its attempt. */
const NAP = "tail -s 98.767 -f /dev/null";

export interface Scenario {
  readonly name: string;
  readonly script: ModelScriptInput;
  /** The words that go into the table beside its mark, e.g. what was measured. */
  play(rig: AgentRig): Promise<string>;
}

function allow(decide: (action: AgentAction) => boolean = () => true, reason = ""): React {
  return async (session, event) => {
    if (event.kind === "permission") await session.agent?.permit(event.request, decide(event.action), reason);
    if (event.kind === "turn") await session.close();
  };
}

function findEvents<Kind extends ExecutorEvent["kind"]>(
  events: readonly ExecutorEvent[],
  kind: Kind,
): Extract<ExecutorEvent, { kind: Kind }>[] {
  return events.filter((event): event is Extract<ExecutorEvent, { kind: Kind }> => event.kind === kind);
}

function readActions(events: readonly ExecutorEvent[]): readonly AgentAction[] {
  return findEvents(events, "permission").map(({ action }) => action);
}

function assertWhole(events: readonly ExecutorEvent[]): void {
  const [ended] = findEvents(events, "ended");
  assert.equal(ended?.failure, null);
}

function findSession(events: readonly ExecutorEvent[]): AgentSession {
  const [opened] = findEvents(events, "session");
  assert.ok(opened, "the conversation is open");
  return opened.session;
}

function sum(usages: readonly Usage[], pick: (usage: Usage) => number | null): number | null {
  const known = usages.map(pick).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

const WORK_USAGE = [1_000, 1_100, 1_200, 1_300, 1_400].map((input, index) => ({
  input,
  cached: index === 0 ? 0 : 400,
  output: 10 + index,
}));

const work: Scenario = {
  name: "work",
  script: {
    prompts: [
      {
        match: "Write the greeting",
        turns: [
          { calls: [{ role: "write", path: "hello.txt", content: "hello\n" }], usage: WORK_USAGE[0] },
          { calls: [{ role: "read", path: "notes.txt" }], usage: WORK_USAGE[1] },
          { calls: [{ role: "edit", path: "notes.txt", old: "two", new: "three" }], usage: WORK_USAGE[2] },
          {
            calls: [{ role: "shell", command: "cat hello.txt > shell.txt", outside: true }],
            usage: WORK_USAGE[3],
          },
          {
            calls: [{ role: "mcp", tool: "report_progress", args: { text: "half of it" } }],
            usage: WORK_USAGE[4],
          },
          { say: "All is written." },
        ],
      },
    ],
  },
  async play(rig) {
    writeFileSync(join(rig.place.tree, "notes.txt"), "one\ntwo\n");
    const { events, lines } = await rig.run({ prompt: "Write the greeting.", react: allow() });
    assertWhole(events);
    const read = (name: string) => readFileSync(join(rig.place.tree, name), "utf8");
    assert.deepEqual(["hello.txt", "notes.txt", "shell.txt"].map(read), [
      "hello\n",
      "one\nthree\n",
      "hello\n",
    ]);
    assert.deepEqual(rig.progress, ["half of it"]);
    assert.ok(lines.join("\n").includes("All is written."), "what it says is told");
    assertActions(readActions(events));
    return `${readActions(events).length} asked; ${tellUsage(events)}`;
  },
};

function assertActions(actions: readonly AgentAction[]): void {
  const written = actions.find(({ paths }) => paths.includes("hello.txt"));
  assert.ok(written, "it asks to write, with the path");
  assert.equal(written.kind, "create");
  assert.equal(written.content, "hello\n");
  const edited = actions.find(({ paths, kind }) => paths.includes("notes.txt") && kind === "edit");
  assert.ok(edited, "it asks to edit, with the path");
  const ran = actions.find(({ kind }) => kind === "execute");
  assert.equal(ran?.command, "cat hello.txt > shell.txt");
  const strange = actions.filter(({ kind }) => kind === "other");
  assert.deepEqual(strange, [], "every action is recognised");
}

function tellUsage(events: readonly ExecutorEvent[]): string {
  const usages = findEvents(events, "used").map(({ usage }) => usage);
  const tokens = [sum(usages, (usage) => usage.inputTokens), sum(usages, (usage) => usage.outputTokens)];
  const told = tokens.map((count) => count ?? "unknown").join(" in, ");
  const cost = sum(usages, (usage) => usage.microUsd);
  return `${told} out, ${cost === null ? "no cost" : `${cost} µ$`}`;
}

const folders: Scenario = {
  name: "folders",
  script: {
    prompts: [
      {
        match: "Write it deep",
        turns: [{ calls: [{ role: "write", path: "new/deep/note.txt", content: "deep\n" }] }],
      },
    ],
  },
  async play(rig) {
    const { events } = await rig.run({ prompt: "Write it deep.", react: allow() });
    assertWhole(events);
    assert.ok(
      readActions(events).some(({ paths }) => paths.includes("new/deep/note.txt")),
      "it asks to write, with the path",
    );
    assert.equal(readFileSync(join(rig.place.tree, "new/deep/note.txt"), "utf8"), "deep\n");
    return "asked, and made";
  },
};

const ask: Scenario = {
  name: "ask",
  script: {
    prompts: [
      {
        match: "The answer is",
        turns: [{ calls: [{ role: "write", path: "colour.txt", content: "blue\n" }] }],
      },
      {
        match: "Choose a colour",
        turns: [
          {
            calls: [
              {
                role: "mcp",
                tool: "ask_operator",
                args: {
                  key: "COLOUR",
                  question: "Which colour?",
                  options: [
                    { id: "red", label: "red" },
                    { id: "blue", label: "blue" },
                  ],
                },
              },
            ],
          },
          { say: "I wait: {{result}}" },
        ],
      },
    ],
  },
  async play(rig) {
    const { events, lines } = await rig.run({ prompt: "Choose a colour.", react: allow() });
    assertWhole(events);
    assert.equal(rig.asked[0]?.question.question, "Which colour?");
    assert.match(lines.join(" "), /I wait: .*D-1/);
    // The answer comes when nobody of the agent is there any more.
    const session = findSession(events);
    const again = await rig.run({ prompt: "The answer is blue.", session, react: allow() });
    assertWhole(again.events);
    assert.equal(readFileSync(join(rig.place.tree, "colour.txt"), "utf8"), "blue\n");
    const [opened] = findEvents(again.events, "session");
    assert.ok(JSON.stringify(rig.server.turns.at(-1)?.body).includes("Choose a colour"), "it remembers");
    return `answered later, ${opened?.how}`;
  },
};

const refuse: Scenario = {
  name: "refuse",
  script: {
    prompts: [
      {
        match: "Delete everything",
        turns: [
          { calls: [{ role: "shell", command: "touch deleted.txt", outside: true }] },
          { say: "I leave it: {{result}}" },
        ],
      },
    ],
  },
  async play(rig) {
    const react = allow((action) => action.kind !== "execute", "the operator keeps the files");
    const { events } = await rig.run({ prompt: "Delete everything.", react });
    assertWhole(events);
    assert.ok(!existsSync(join(rig.place.tree, "deleted.txt")), "nothing ran");
    assert.equal(readActions(events).filter(({ kind }) => kind === "execute").length, 1);
    const said = rig.server.turns.map(({ body }) => JSON.stringify(body)).join("");
    const isTold = said.includes("the operator keeps the files");
    return isTold ? "the reason reached the model" : "goes on without the reason";
  },
};

const cancel: Scenario = {
  name: "cancel",
  script: {
    prompts: [
      {
        match: "Wait for it",
        turns: [{ calls: [{ role: "shell", command: `(setsid ${NAP} &) ; ${NAP}`, outside: true }] }],
      },
    ],
  },
  async play(rig) {
    let tookMs = 0;
    const react: React = async (session, event) => {
      if (event.kind === "permission") await session.agent?.permit(event.request, true, "");
      if (event.kind !== "session") return;
      const count = () => findProcesses(NAP, { isExact: true }).length;
      await waitUntil("the command and its child", () => count() > 1, 120_000);
      const begun = performance.now();
      await session.cancel("pause");
      tookMs = Math.round(performance.now() - begun);
    };
    const { events } = await rig.run({ prompt: "Wait for it.", react });
    assert.ok(tookMs < CANCEL_MS_MAX, `over within ${CANCEL_MS_MAX} ms, took ${tookMs}`);
    assert.deepEqual(rig.listProcesses(), [], "no process is left");
    assert.equal(findEvents(events, "ended")[0]?.result.isCanceled, true);
    return `${tookMs} ms`;
  },
};

const crash: Scenario = {
  name: "crash",
  script: {
    prompts: [
      { match: "Go on", turns: [{ calls: [{ role: "write", path: "second.txt", content: "2\n" }] }] },
      {
        match: "Do two things",
        turns: [
          { calls: [{ role: "write", path: "first.txt", content: "1\n" }] },
          { say: "on ".repeat(2_000), frameDelayMs: 50 },
        ],
      },
    ],
  },
  async play(rig) {
    const first = join(rig.place.tree, "first.txt");
    const react: React = async (session, event) => {
      if (event.kind === "permission") await session.agent?.permit(event.request, true, "");
      if (event.kind !== "session") return;
      await waitUntil("the first thing", () => existsSync(first) && rig.server.turns.length > 1, 120_000);
      killPrograms(rig.traces);
    };
    const { events } = await rig.run({ prompt: "Do two things.", react });
    assert.equal(findEvents(events, "ended")[0]?.failure?.kind, "crashed");
    const session = findSession(events);
    const again = await rig.run({ prompt: "Go on.", session, react: allow() });
    assertWhole(again.events);
    assert.ok(existsSync(join(rig.place.tree, "second.txt")), "it goes on");
    return `${findEvents(again.events, "session")[0]?.how} after kill -9`;
  },
};

const limit: Scenario = {
  name: "limit",
  script: {
    prompts: [
      { turns: [{ say: "after the limit", fail: { kind: "rate_limit", retryAfterS: 2, times: 1 } }] },
    ],
  },
  async play(rig) {
    const { events, lines } = await rig.run({ prompt: "Say something.", react: allow() });
    assertWhole(events);
    assert.ok(lines.join(" ").includes("after the limit"), "it goes on by itself");
    return "waits by itself";
  },
};

/** A limit that lasts: nobody has to wait for it in an agent that says nothing. */
const limited: Scenario = {
  name: "limited",
  script: {
    prompts: [{ turns: [{ say: "never", fail: { kind: "rate_limit", retryAfterS: 1_800, times: null } }] }],
  },
  async play(rig) {
    const begun = performance.now();
    const { events } = await rig.run({ prompt: "Say something.", react: allow(), turnMs: 120_000 });
    const tookS = Math.round((performance.now() - begun) / 1_000);
    const failure = findEvents(events, "ended")[0]?.failure;
    const requests = `${rig.server.turns.length} requests`;
    if (failure?.kind === "timeout") return `still waits without a word after ${tookS} s, ${requests}`;
    assert.equal(failure?.kind, "rate_limit", failure?.message);
    const waitS = failure.retryAt === null ? null : Math.round((failure.retryAt - Date.now()) / 1_000);
    return `told after ${tookS} s, ${requests}; again ${waitS === null ? "nobody says when" : `in ${waitS} s`}`;
  },
};

/** What comes of a model that never answers: no success, whatever the agent calls the end of its turn. */
function createOutage(name: string, status: number, expected: FailureKind): Scenario {
  return {
    name,
    script: { prompts: [{ turns: [{ say: "never", fail: { kind: "error", status, times: null } }] }] },
    async play(rig) {
      const begun = performance.now();
      const { events } = await rig.run({ prompt: "Say something.", react: allow() });
      const tookS = Math.round((performance.now() - begun) / 1_000);
      const failure = findEvents(events, "ended")[0]?.failure;
      assert.ok(failure, "a model that fails is no success");
      const told = `${failure.kind} after ${tookS} s and ${rig.server.turns.length} requests: ${failure.message.slice(0, 300)}`;
      assert.equal(failure.kind, expected, told);
      return told;
    },
  };
}

export const SCENARIOS: readonly Scenario[] = [
  work,
  folders,
  ask,
  refuse,
  cancel,
  crash,
  limit,
  limited,
  createOutage("login", 401, "login"),
  createOutage("down", 500, "down"),
];

/** What holds of every scenario, whatever it plays. */
export function assertClosed(server: ModelServer): void {
  assert.deepEqual(server.problems, []);
  const keys = server.requests.flatMap(({ credentials }) => Object.values(credentials));
  const strange = keys.filter((key) => key.replace(/^Bearer /, "") !== SCRIPTED_KEY_TEXT);
  assert.deepEqual(strange, [], "no other key is sent");
}
