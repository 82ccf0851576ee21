import { realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SCRIPTED_AGENT_MOUNTS, writeScript } from "../fixtures/agents/rig.ts";
import type { Script, Step } from "../fixtures/agents/script.ts";
import { openService, type TestService } from "../support/e2e-repo.ts";
import { makeRepo, type TestRepo } from "../support/git-repo.ts";

const AGENT = realpathSync(join(import.meta.dirname, "../fixtures/agents/scripted-agent.ts"));

/** A spec whose tasks have no run block: an agent has to do them. */
const spec = (id: string, tasks: readonly string[]): string =>
  `---\nid: ${id}\nstatus: ready\n---\n# ${id}\n\n${tasks.map((task) => `- [ ] ${task} do ${task}`).join("\n")}\n`;

const makeAgentsRepo = (specs: Readonly<Record<string, readonly string[]>>): TestRepo => {
  const files = Object.entries(specs).map(([id, tasks]) => [`docs/${id}.md`, spec(id, tasks)]);
  return makeRepo({ "README.md": "start\n", ...Object.fromEntries(files) });
};

/** The service, with a scripted agent as the one that the operator's config names. */
function openWithAgent(
  repo: TestRepo,
  tasks: Readonly<Record<string, Script>>,
  more = "",
): Promise<TestService> {
  const script = writeScript(repo.folder, { tasks });
  const mounts = SCRIPTED_AGENT_MOUNTS.map(({ target }) => `    - ${target}`).join("\n");
  const config = [
    "executor: scripted",
    "executors:",
    "  scripted:",
    `    argv: [${process.execPath}, ${AGENT}, --script, ${script}]`,
    "sandbox:",
    "  mounts:",
    mounts,
    more,
  ].join("\n");
  return openService(repo, { config });
}

const edit = (path: string, content: string): Step => ({ do: "edit", path, content });

test("an agent does a task without a run block; its work is merged and its words are handed on", async () => {
  const repo = makeAgentsRepo({ greet: ["T1", "T2"] });
  const first: Step[] = [
    edit("greet.txt", "hello\n"),
    { do: "mcp", tool: "report_progress", args: { text: "written" } },
    {
      do: "mcp",
      tool: "hand_off",
      args: { summary: "greet.txt holds the greeting", notes: ["no test yet"] },
    },
  ];
  const osqr = await openWithAgent(repo, {
    "greet#T1": { turns: [first] },
    "greet#T2": { turns: [[{ do: "shell", command: "cp greet.txt copy.txt" }]] },
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(repo.git("show", "main:copy.txt")).toBe("hello");
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "new"]);
  expect(osqr.ofKind("turn_ended")).toMatchObject([
    { turn: 1, stop: "end_turn" },
    { turn: 1, stop: "end_turn" },
  ]);
  expect(osqr.ofKind("attempt_progressed")).toMatchObject([{ text: "written" }]);
  expect(osqr.ofKind("task_completed")[0]?.artifact).toMatchObject({
    outcome: expect.stringContaining("greet.txt holds the greeting"),
  });
  await osqr.quiet();
  expect(repo.git("for-each-ref", "refs/osqr/checkpoint")).toBe("");
});

test("a question holds up nobody else; its answer resumes the conversation where it was", async () => {
  const names = ["a", "b", "c", "d"];
  const repo = makeAgentsRepo(Object.fromEntries(names.map((name) => [name, ["T1"]])));
  const question = {
    key: "MODEL",
    question: "Which model?",
    options: [
      { id: "local", label: "on this machine" },
      { id: "hosted", label: "elsewhere" },
    ],
  };
  const asking: Script = {
    turns: [
      [edit("a.txt", "begun\n"), { do: "mcp", tool: "ask_operator", args: question }],
      [{ do: "shell", command: "cat a.txt > seen.txt" }],
    ],
  };
  const quick = (name: string): Script => ({ turns: [[edit(`${name}.txt`, name)]] });
  const osqr = await openWithAgent(repo, {
    "a#T1": asking,
    ...Object.fromEntries(names.slice(1).map((name) => [`${name}#T1`, quick(name)])),
  });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 3 of 4");
  const done = await osqr.decide("D-1", "local");
  expect(done.summary).toContain("Built 4 of 4");
  expect(repo.git("show", "main:a.txt")).toBe("begun");
});
