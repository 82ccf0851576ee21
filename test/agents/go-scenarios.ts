/** The whole `osqr go` with a real agent: from a spec to a merged base, with all that may come between. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { findProcesses, waitUntil } from "../../src/sandbox/testing.ts";
import type { ModelScriptInput } from "../fixtures/model-server/script.ts";
import type { TestService } from "../support/e2e-repo.ts";
import type { GoRig } from "./go-rig.ts";

/** In which a paused or cancelled attempt has to be over. */
const STOP_MS_MAX = 2_000;
/** Until a real agent on a slow machine is in its first turn. */
const START_MS_MAX = 120_000;
/** A command that ends only with its attempt. A bare `sleep` did not last with every agent. */
const NAP = "tail -s 98.765 -f /dev/null";

export interface GoScenario {
  readonly name: string;
  readonly script: ModelScriptInput;
  readonly tasks: readonly string[];
  /** The words that go into the table beside its mark. */
  play(rig: GoRig): Promise<string>;
}

const write = (path: string, content: string) => ({ calls: [{ role: "write", path, content } as const] });
const shell = (command: string) => ({ calls: [{ role: "shell", command, outside: true } as const] });
const tool = (name: string, args: Readonly<Record<string, unknown>>) => ({
  calls: [{ role: "mcp", tool: name, args: { ...args } } as const],
});

const read = ({ repo }: GoRig, path: string): string => repo.git("show", `main:${path}`);
const list = ({ repo }: GoRig): string => repo.git("ls-tree", "-r", "--name-only", "main");

/** How each conversation was opened, in order. */
const opened = (osqr: TestService): readonly string[] => osqr.ofKind("session_opened").map(({ how }) => how);

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

async function assertGone(rig: GoRig, osqr: TestService): Promise<void> {
  await osqr.quiet();
  assert.deepEqual(rig.listProcesses(), [], "no process is left");
}

/** Waits until the agent sits in the command that does not end. */
const waitForNap = (): Promise<void> =>
  waitUntil("the command", () => findProcesses(NAP).length > 0, START_MS_MAX);

/** What the ledger holds, for the table. */
function tellLedger(osqr: TestService): string {
  const usages = osqr.ofKind("usage_recorded").map(({ usage }) => usage);
  assert.ok(usages.length > 0, "what was used is in the ledger");
  const sum = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const input = sum(usages.map(({ inputTokens }) => inputTokens)) ?? "unknown";
  const output = sum(usages.map(({ outputTokens }) => outputTokens)) ?? "unknown";
  const cost = sum(usages.map(({ microUsd }) => microUsd));
  return `${input} in, ${output} out, ${cost === null ? "no cost" : `${cost} µ$`}`;
}

const work: GoScenario = {
  name: "go work",
  tasks: ["Write the greeting", "Copy the greeting"],
  script: {
    prompts: [
      {
        match: "# T1 Write the greeting",
        turns: [
          { ...write("hello.txt", "hello\n"), usage: { input: 1_000, cached: 0, output: 10 } },
          {
            calls: [{ role: "edit", path: "README.md", old: "two", new: "three" }],
            usage: { input: 1_100, cached: 400, output: 11 },
          },
          { ...shell("cat hello.txt > shell.txt"), usage: { input: 1_200, cached: 400, output: 12 } },
          tool("report_progress", { text: "half of it" }),
          tool("hand_off", { summary: "hello.txt holds the greeting" }),
          { say: "All is written." },
        ],
      },
      { match: "# T2 Copy the greeting", turns: [shell("cp hello.txt copy.txt"), { say: "Copied." }] },
    ],
  },
  async play(rig) {
    const osqr = await rig.open();
    const begun = performance.now();
    const report = await osqr.go();
    const tookMs = performance.now() - begun;
    assert.match(report.summary, /Built 1 of 1/);
    const found = ["hello.txt", "README.md", "shell.txt", "copy.txt"].map((path) => read(rig, path));
    assert.deepEqual(found, ["hello", "one\nthree", "hello", "hello"]);
    assert.deepEqual(
      osqr.ofKind("attempt_progressed").map(({ text }) => text),
      ["half of it"],
    );
    assert.ok(JSON.stringify(osqr.ofKind("task_completed")).includes("hello.txt holds the greeting"));
    const judged = osqr.ofKind("permission_judged");
    assert.deepEqual(
      judged.filter(({ outcome }) => outcome === "ask" || outcome === "refuse"),
      [],
    );
    await assertGone(rig, osqr);
    return `two tasks in ${seconds(tookMs)}; ${judged.length} judged; ${tellLedger(osqr)}`;
  },
};

const ask: GoScenario = {
  name: "go ask",
  tasks: ["Choose a colour"],
  script: {
    prompts: [
      {
        match: "The operator has answered",
        turns: [write("colour.txt", "blue\n"), { say: "Chosen." }],
      },
      {
        match: "# T1 Choose a colour",
        turns: [
          tool("ask_operator", {
            key: "COLOUR",
            question: "Which colour?",
            options: [
              { id: "red", label: "red" },
              { id: "blue", label: "blue" },
            ],
          }),
          { say: "I wait: {{result}}" },
        ],
      },
    ],
  },
  async play(rig) {
    const osqr = await rig.open();
    await osqr.go();
    await osqr.until("turn_ended");
    await waitUntil("the agent to be gone", () => rig.listProcesses().length === 0, 20_000);
    assert.ok(JSON.stringify(rig.server.turns.at(-1)?.body).includes("D-1"), "it is told its decision");
    const begun = performance.now();
    const report = await osqr.decide("D-1", "blue");
    const tookMs = performance.now() - begun;
    assert.match(report.summary, /Built 1 of 1/);
    assert.equal(read(rig, "colour.txt"), "blue");
    const [, how] = opened(osqr);
    assert.ok(how === "resumed" || how === "loaded", `it goes on, found: ${opened(osqr).join(", ")}`);
    assert.ok(JSON.stringify(rig.server.turns.at(-1)?.body).includes("Choose a colour"), "it remembers");
    await assertGone(rig, osqr);
    return `answered later, ${how}, ${seconds(tookMs)} to the merge`;
  },
};

const permit: GoScenario = {
  name: "go permit",
  tasks: ["Set up the checks"],
  script: {
    prompts: [
      { match: "Not allowed", turns: [write("refused.txt", "refused\n"), { say: "Then not." }] },
      {
        match: "# T1 Set up the checks",
        turns: [
          write("plain.txt", "plain\n"),
          write(".github/workflows/ci.yml", "on: push\n"),
          write(".husky/pre-commit", "true\n"),
          write("refused.txt", "refused\n"),
          { say: "Done as far as I may." },
        ],
      },
    ],
  },
  async play(rig) {
    const osqr = await rig.open();
    await osqr.start();
    const waitFor = (path: string) =>
      osqr.until(
        "permission_judged",
        ({ action, outcome }) => outcome === "ask" && action.paths.includes(path),
      );
    const first = await waitFor(".github/workflows/ci.yml");
    assert.ok(first.reasons.length > 0, "why it asks is told");
    await osqr.service.decide(rig.repo.root, first.decision ?? "", "allow", "");
    const second = await waitFor(".husky/pre-commit");
    await osqr.service.decide(rig.repo.root, second.decision ?? "", "refuse", "no hooks in this project");
    await osqr.until("workstream_landed");
    const files = list(rig);
    assert.equal(read(rig, ".github/workflows/ci.yml"), "on: push");
    assert.ok(!files.includes(".husky"), "what was refused is not there");
    assert.equal(read(rig, "refused.txt"), "refused");
    const plain = osqr.ofKind("permission_judged").find(({ action }) => action.paths.includes("plain.txt"));
    assert.equal(plain?.outcome, "proceed");
    const said = rig.server.turns.map(({ body }) => JSON.stringify(body)).join("");
    await assertGone(rig, osqr);
    return said.includes("no hooks in this project")
      ? "one allowed, one refused, the reason told"
      : "one allowed, one refused";
  },
};

const STALLING: ModelScriptInput = {
  prompts: [
    { match: "You were stopped", turns: [write("second.txt", "2\n"), { say: "Both are done." }] },
    { match: "# T1 Do two things", turns: [write("first.txt", "1\n"), shell(NAP), { say: "Woke up." }] },
  ],
};

/** Both things are in the base, in one conversation where the agent can. */
async function assertWentOn(rig: GoRig, osqr: TestService): Promise<string> {
  await osqr.until("workstream_landed");
  assert.deepEqual([read(rig, "first.txt"), read(rig, "second.txt")], ["1", "2"]);
  const how = opened(osqr).at(-1) ?? "";
  assert.ok(how === "resumed" || how === "loaded", `it goes on, found: ${opened(osqr).join(", ")}`);
  await assertGone(rig, osqr);
  return how;
}

const pause: GoScenario = {
  name: "go pause",
  tasks: ["Do two things"],
  script: STALLING,
  async play(rig) {
    const osqr = await rig.open();
    await osqr.start();
    await waitForNap();
    const tookMs = await timeStop(rig, () => osqr.service.steer(rig.repo.root, "pause", ["greet"], "later"));
    await osqr.until("attempt_ended");
    await osqr.service.steer(rig.repo.root, "resume", ["greet"], "now");
    return `gone in ${Math.round(tookMs)} ms, then ${await assertWentOn(rig, osqr)}`;
  },
};

/** How long it takes until no process of the agent and its command is there. */
async function timeStop(rig: GoRig, stop: () => Promise<unknown>): Promise<number> {
  assert.ok(rig.listProcesses().length > 0, "its processes are found");
  const begun = performance.now();
  const stopping = stop();
  const count = (): number => rig.listProcesses().length + findProcesses(NAP).length;
  await waitUntil("its processes to be gone", () => count() === 0, 20_000);
  const tookMs = performance.now() - begun;
  await stopping;
  assert.ok(tookMs < STOP_MS_MAX, `gone within ${STOP_MS_MAX} ms, took ${Math.round(tookMs)}`);
  return tookMs;
}

const cancel: GoScenario = {
  name: "go cancel",
  tasks: ["Do two things"],
  script: STALLING,
  async play(rig) {
    const osqr = await rig.open();
    await osqr.start();
    await waitForNap();
    const tookMs = await timeStop(rig, () =>
      osqr.service.steer(rig.repo.root, "cancel", ["greet"], "not wanted"),
    );
    await osqr.until("attempt_ended");
    assert.ok(!list(rig).includes("first.txt"), "nothing of it is merged");
    assert.ok(rig.repo.git("for-each-ref", "refs/osqr/salvage").length > 0, "its work is kept");
    await assertGone(rig, osqr);
    return `gone in ${Math.round(tookMs)} ms`;
  },
};

const crash: GoScenario = {
  name: "go crash",
  tasks: ["Do two things"],
  script: STALLING,
  async play(rig) {
    const osqr = await rig.open();
    await osqr.start();
    await waitForNap();
    const begun = performance.now();
    const killed = rig.listProcesses();
    assert.ok(killed.length > 0, "its processes are found");
    for (const pid of killed) kill(pid);
    const how = await assertWentOn(rig, osqr);
    const tookMs = performance.now() - begun;
    const chosen = osqr.ofKind("recovery_chosen").map(({ failure, step }) => `${failure}: ${step}`);
    assert.deepEqual(chosen, ["crashed: resume"]);
    return `${how} after kill -9, ${seconds(tookMs)} to the merge`;
  },
};

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Its parent went first and took it along.
  }
}

const daemon: GoScenario = {
  name: "go daemon",
  tasks: ["Do two things"],
  script: STALLING,
  async play(rig) {
    const first = await rig.open();
    await first.start();
    await waitForNap();
    const tookMs = await timeStop(rig, () => first.close());
    const begun = performance.now();
    const second = await rig.open();
    const how = await assertWentOn(rig, second);
    return `closed in ${Math.round(tookMs)} ms, ${how} by the next, ${seconds(performance.now() - begun)} to the merge`;
  },
};

const killed: GoScenario = {
  name: "go killed",
  tasks: ["Do two things"],
  script: STALLING,
  async play(rig) {
    const child = rig.spawnDaemon();
    const ended = once(child, "exit");
    await waitForNap();
    child.kill("SIGKILL");
    await ended;
    const begun = performance.now();
    const osqr = await rig.open();
    const how = await assertWentOn(rig, osqr);
    return `${how} after kill -9 of the daemon, ${seconds(performance.now() - begun)} to the merge`;
  },
};

export const GO_SCENARIOS: readonly GoScenario[] = [work, ask, permit, pause, cancel, crash, daemon, killed];
