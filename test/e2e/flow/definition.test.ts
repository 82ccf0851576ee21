import { expect, test } from "vitest";
import type { WorkstreamView } from "../../../src/core/report/types.ts";
import type { WorkflowCheck } from "../../../src/core/report/workflow-views.ts";
import type { Explanation } from "../../../src/engine/service.ts";
import { openCli } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

const FLOW = `name: release
version: 1
steps:
  - key: build
    kind: tasks
    entry: [the interface is agreed]
    exit:
      - artifact: out
    definition_of_done: it does what the spec asks for
  - key: docs
    parallelizable: true
    run: mkdir -p docs-out && echo docs > docs-out/$OSQR_WORKSTREAM.txt
  - key: notes
    parallelizable: true
    review: true
    role: editor
  - key: integrate
`;

const write = (name: string) =>
  spec({ "T1 Write it": `mkdir -p out\necho ${name} > out/${name}.txt` }, ["workflow: release"]);

test("FR-001, FR-002, FR-015: one workflow serves several specs; each says where it is, what is next, what remains and whose turn it is", async () => {
  const cli = openCli({
    ".osqr/workflows/release.yaml": FLOW,
    "docs/a.md": write("a"),
    "docs/b.md": write("b"),
  });
  const shown = (await cli.ok("workflow", "show", "release")).stdout;
  for (const text of ["the interface is agreed", "out exists", "it does what the spec asks for", "editor"])
    expect(shown).toContain(text);
  await cli.go();
  await cli.ok("decide", "a/build", "met", "--as", "dana");
  expect((await cli.go()).map(({ workstream }) => workstream).sort()).toEqual(["a", "b"]);
  const view = async (name: string): Promise<WorkstreamView> =>
    (await cli.ask<{ workstream: WorkstreamView }>("show", name)).workstream;
  // One of them has gone on: its branches are side by side, and the join waits for the one that is left.
  const { steps } = await view("a");
  expect(steps.map(({ key, status }) => [key, status])).toEqual([
    ["build", "completed"],
    ["docs", "completed"],
    ["notes", "active"],
    ["integrate", "pending"],
  ]);
  expect(await view("b")).toMatchObject({
    currentStep: "build",
    nextStep: "docs",
    remainingExit: [{ text: "out exists", met: false }],
  });
  const why = (await cli.ask<Explanation>("why", "a")).sentences.join("\n");
  expect(why).toMatch(/Next: a word on D-\d from/);
  expect(why).toContain("notes");
});

test("FR-025: a workflow that cannot be used stops only the specs that name it, with file, line and what to write", async () => {
  const cli = openCli({
    ".osqr/workflows/release.yaml": FLOW.replace("run: mkdir", "runn: mkdir"),
    "docs/a.md": write("a"),
    "docs/b.md": spec({ "T1 Write it": "echo b > b.txt" }),
  });
  const checked = await cli.osqr("workflow", "check", "--json");
  expect(checked.code).toBe(1);
  const { problems } = checked.json<WorkflowCheck>();
  expect(problems).toMatchObject([
    {
      code: "unknown-key",
      location: { path: ".osqr/workflows/release.yaml", line: 12 },
      hint: "did you mean run?",
    },
  ]);
  const said = await cli.osqr("go", "--yes");
  expect(said.stdout + said.stderr).toContain(".osqr/workflows/release.yaml:12");
  expect(cli.git("ls-files", "out", "b.txt")).toBe("b.txt");
});
