import { expect, test } from "vitest";
import type { Script } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import { findDecision } from "../support/e2e-repo.ts";

/** `npm test` fails, and says so, where a file is called `broken`. */
const makeCheckedRepo = (tasks: readonly string[]) =>
  makeAgentsRepo(
    { a: tasks },
    {
      "package.json": JSON.stringify({ name: "a", scripts: { test: "sh check.sh" } }),
      "check.sh":
        "echo 1..1\nif [ -e broken ]; then echo 'not ok - nothing is broken'; exit 1; fi\necho 'ok - all'\n",
    },
  );

const breakIt: Script["turns"] = [[edit("broken", "x"), { do: "lie" }]];

test("what breaks a gate goes back to the same conversation with what the gate said, and counts once it is mended", async () => {
  const repo = makeCheckedRepo(["T1"]);
  const mend = [{ do: "shell", command: "rm broken" }, edit("prompt.txt", "{prompt}")] as const;
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [...breakIt, mend] } });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "resumed"]);
  const [chosen, ...more] = osqr.ofKind("recovery_chosen");
  expect(more).toEqual([]);
  expect(chosen).toMatchObject({ attempt: "a-1", failure: "validation", step: "resume", nth: 1 });
  expect(chosen?.output?.join("\n")).toContain("not ok - nothing is broken");
  const prompt = repo.git("show", "main:prompt.txt");
  expect(prompt).toContain("its result does not pass: npm test (nothing is broken)");
  expect(prompt).toContain("    not ok - nothing is broken");
  expect(repo.git("ls-tree", "--name-only", "main")).not.toContain("broken");
  expect(osqr.ofKind("gates_run")).toHaveLength(1);
  expect(osqr.reported).toEqual([]);
});

test("what is never mended is asked after two rounds, with the gate's name; the person's retry still tells what it said", async () => {
  const repo = makeCheckedRepo(["T1"]);
  const again = [{ do: "lie" }] as const;
  const mend = [{ do: "shell", command: "rm broken" }, edit("prompt.txt", "{prompt}")] as const;
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [...breakIt, again, again, mend] } });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 0 of 1");
  expect(osqr.ofKind("recovery_chosen").map(({ step, nth }) => [step, nth])).toEqual([
    ["resume", 1],
    ["resume", 2],
    ["ask", 3],
  ]);
  const decision = findDecision(report, "a");
  expect(decision.question).toContain("npm test (nothing is broken); it was tried again 2 times in a row");
  expect(decision.context).toContain("not ok - nothing is broken");
  expect(osqr.ofKind("gates_run")).toEqual([]);
  expect((await osqr.decide(decision.id, "retry")).summary).toContain("Built 1 of 1");
  expect(repo.git("show", "main:prompt.txt")).toContain("    not ok - nothing is broken");
});

test("only the last task of a workstream is held against the gates: what an earlier one breaks, a later one may mend", async () => {
  const repo = makeCheckedRepo(["T1", "T2"]);
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: breakIt },
    "a#T2": { turns: [[{ do: "shell", command: "rm broken; echo mended > mended.txt" }]] },
  });
  expect((await osqr.go()).summary).toContain("Built 1 of 1");
  expect(osqr.ofKind("recovery_chosen")).toEqual([]);
});

test("gates that nobody has approved are not run here: the merge asks for them", async () => {
  const repo = makeCheckedRepo(["T1"]);
  const weaken = edit("package.json", JSON.stringify({ name: "a", scripts: { test: "true" } }));
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [[edit("broken", "x"), weaken]] } });
  const { commands } = await osqr.service.plan(repo.root, { only: null, skip: [] });
  const { after } = await osqr.start({ approveAll: false, approve: commands.map(({ hash }) => hash) });
  const report = await osqr.rest(after);
  expect(osqr.ofKind("recovery_chosen")).toEqual([]);
  expect(findDecision(report, "a")).toMatchObject({
    type: "approval",
    question: "1 command of the gates is new or has changed: run it?",
  });
});
