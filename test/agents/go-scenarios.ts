/** The whole `osqr go` with a real agent: from a spec to a merged base, with all that may come between. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { waitUntil } from "../../src/sandbox/testing.ts";
import { parseScript } from "../fixtures/model-server/script.ts";
import type { TestService } from "../support/e2e-repo.ts";
import { INTERRUPTIONS } from "./go-interruptions.ts";
import type { GoScenario } from "./go-rig.ts";
import { assertGoesOn, shell, tellLedger, tellSeconds, tellStart, tool, write } from "./go-words.ts";

const work: GoScenario = {
  name: "go work",
  tasks: ["Write the greeting", "Copy the greeting"],
  script: {
    prompts: [
      {
        match: "# T1 Write the greeting",
        turns: [
          { ...write("hello.txt", "hello\n"), usage: { input: 1_000, cached: 0, output: 10 } },
          // Some change only what they have read.
          { calls: [{ role: "read", path: "README.md" }] },
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
    const unwatch = rig.watchMemory();
    const report = await osqr.go().finally(unwatch);
    const took = tellSeconds(performance.now() - begun);
    assert.match(report.summary, /Built 1 of 1/);
    const found = ["hello.txt", "README.md", "shell.txt", "copy.txt"].map((path) => rig.read(path));
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
    const words = [`two tasks in ${took}`, `${judged.length} judged`, tellLedger(osqr)];
    return [...words, tellStart(osqr), `${rig.memoryMiB} MiB at most`].join("; ");
  },
};

const COLOURS = ["red", "blue"].map((id) => ({ id, label: id }));

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
          tool("ask_operator", { key: "COLOUR", question: "Which colour?", options: COLOURS }),
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
    const last = () => JSON.stringify(rig.server.turns.at(-1)?.body);
    assert.ok(last().includes("D-1"), "it is told its decision");
    const begun = performance.now();
    const report = await osqr.decide("D-1", "blue");
    const took = tellSeconds(performance.now() - begun);
    assert.match(report.summary, /Built 1 of 1/);
    assert.equal(rig.read("colour.txt"), "blue");
    assert.ok(last().includes("Choose a colour"), "it remembers");
    return `answered later, ${assertGoesOn(osqr)}, ${took} to the merge`;
  },
};

const CHECKS = ".github/workflows/ci.yml";
const HOOK = ".husky/pre-commit";
const WHY_NOT = "no hooks in this project";

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
          write(CHECKS, "on: push\n"),
          write(HOOK, "true\n"),
          write("refused.txt", "refused\n"),
          { say: "Done as far as I may." },
        ],
      },
    ],
  },
  async play(rig) {
    const osqr = await rig.open();
    await osqr.start();
    const first = await waitForRequest(osqr, CHECKS);
    assert.ok(first.reasons.length > 0, "why it asks is told");
    await osqr.service.decide(rig.repo.root, first.decision ?? "", "allow", "");
    const second = await waitForRequest(osqr, HOOK);
    await osqr.service.decide(rig.repo.root, second.decision ?? "", "refuse", WHY_NOT);
    await osqr.until("workstream_landed");
    assert.equal(rig.read(CHECKS), "on: push");
    assert.ok(!rig.list().includes(HOOK), "what was refused is not there");
    assert.equal(rig.read("refused.txt"), "refused");
    const plain = osqr.ofKind("permission_judged").find(({ action }) => action.paths.includes("plain.txt"));
    assert.equal(plain?.outcome, "proceed");
    return `one allowed, one refused${rig.readPrompts().includes(WHY_NOT) ? ", the reason told" : ""}`;
  },
};

const hosts: GoScenario = {
  name: "go hosts",
  tasks: ["Fetch the page"],
  script: { prompts: [{ turns: [] }] },
  async play(rig) {
    const paths: string[] = [];
    const page = createServer((request, response) => {
      paths.push(request.url ?? "");
      response.end("the page\n");
    });
    await once(page.listen(0, "127.0.0.1"), "listening");
    try {
      const host = `127.0.0.1:${(page.address() as AddressInfo).port}`;
      rig.hosts = [host];
      rig.server.script = parseScript({
        prompts: [{ match: "# T1 Fetch the page", turns: toFetches(host) }],
      });
      const osqr = await rig.open();
      await osqr.start();
      await osqr.until("workstream_landed");
    } finally {
      page.close();
    }
    assert.deepEqual([rig.read("page.txt"), rig.read("refused.txt")], ["the page", "403"]);
    assert.deepEqual(paths, ["/page"]);
    return "its own host reached, another refused";
  },
};

/** A page of a host that is allowed, then one that is not. */
const toFetches = (host: string) => [
  shell(`curl -s http://${host}/page > page.txt`),
  shell("curl -s -o /dev/null -w '%{http_code}' http://refused.invalid/ > refused.txt"),
  { say: "Fetched what I could." },
];

/** The request for a file that a person has to decide. */
const waitForRequest = (osqr: TestService, path: string) =>
  osqr.until("permission_judged", ({ action, outcome }) => outcome === "ask" && action.paths.includes(path));

export const GO_SCENARIOS: readonly GoScenario[] = [work, ask, permit, hosts, ...INTERRUPTIONS];
