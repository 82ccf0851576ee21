import { expect, test } from "vitest";
import { findProcesses } from "../../src/sandbox/testing.ts";
import { findDecision, findView, openProject, openService, spec, toStatuses } from "../support/e2e-repo.ts";
import { makeRepo } from "../support/git-repo.ts";

const ask = 'osqr-ask MODEL "Which model?" local="on this machine" hosted="elsewhere" --recommend local';

test("a task that asks is parked, frees its slot, and goes on with the answer", async () => {
  const { go, decide, ofKind, repo } = await openProject(
    {
      "docs/a.md": spec({ "T1 Ask": `answer=$(${ask}); echo "$answer" > model.txt` }),
      "docs/b.md": spec({ "T1 Go on": "echo b > b.txt" }),
    },
    { config: "maxParallel: 1\n" },
  );
  const report = await go();
  expect(report.summary).toBe("Built 1 of 2. #1 a needs you.");
  expect(findView(report, "a")).toMatchObject({ status: "blocked", tasks: { waiting: 1, running: 0 } });
  expect(findDecision(report, "a")).toMatchObject({
    question: "Which model?",
    type: "implementation",
    group: "blocking",
    blocks: ["a#T1"],
    options: [
      { id: "local", label: "on this machine", recommended: true },
      { id: "hosted", label: "elsewhere", recommended: false },
    ],
  });
  expect((await decide("D-1", "hosted")).summary).toBe("Built 2 of 2.");
  expect(repo.git("show", "main:model.txt")).toBe("hosted");
  expect(ofKind("attempts_claimed").flatMap(({ launches }) => launches)).toHaveLength(2);
});

test("the same question from two tasks is one decision, and both go on", async () => {
  const { go, decide, repo } = await openProject({
    "docs/a.md": spec({ "T1 Ask": `${ask} > a.txt` }),
    "docs/b.md": spec({ "T1 Ask": `${ask} > b.txt` }),
  });
  const { decisions } = await go();
  expect(decisions.map(({ id, blocks }) => [id, [...blocks].sort()])).toEqual([["D-1", ["a#T1", "b#T1"]]]);
  await decide("D-1", "local");
  expect([repo.git("show", "main:a.txt"), repo.git("show", "main:b.txt")]).toEqual(["local", "local"]);
});

test("a task may ask two things at once; it runs on when both are answered", async () => {
  const { go, service, decide, repo, until } = await openProject({
    "docs/a.md": spec({
      "T1 Ask": `${ask} > model.txt &\nosqr-ask STORE "Which store?" sql="a database" files="plain files" > store.txt &\nwait`,
    }),
  });
  await go();
  await until("decision_opened", ({ decision }) => decision.id === "D-2");
  const { decisions } = await service.report(repo.root, null);
  const idOf = (question: string) => decisions.find((each) => each.question === question)?.id ?? "";
  await service.decide(repo.root, idOf("Which model?"), "local", "");
  const report = await decide(idOf("Which store?"), "sql");
  expect(report.summary).toBe("Built 1 of 1.");
  expect([repo.git("show", "main:model.txt"), repo.git("show", "main:store.txt")]).toEqual(["local", "sql"]);
});

test("a re-run gets the recorded answer and asks nobody", async () => {
  const { go, decide, ofKind, repo } = await openProject({
    "docs/a.md": spec({ "T1 Ask": `${ask} > model.txt; if [ "$OSQR_ATTEMPT" = a-1 ]; then exit 1; fi` }),
  });
  await go();
  const failed = await decide("D-1", "hosted");
  expect((await decide(findDecision(failed, "a").id, "retry")).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:model.txt")).toBe("hosted");
  expect(ofKind("attempt_parked")).toHaveLength(1);
});

test("without an answer in time the default is taken, and said", async () => {
  const { go, rest, ofKind, repo } = await openProject({
    "docs/a.md": spec({ "T1 Ask": 'osqr-ask PICK "Which?" x=this y=that --default y --after 1s > pick.txt' }),
  });
  await go();
  const report = await rest(ofKind("run_rested").at(-1)?.seq ?? 0);
  expect(repo.git("show", "main:pick.txt")).toBe("y");
  expect(report.madeForYou).toMatchObject([
    {
      id: "D-1",
      answer: { option: "y", by: "timeout", reasoning: expect.stringContaining("the default was taken") },
    },
  ]);
});

test("a question that cannot be read tells the task what is wrong, and nobody else", async () => {
  const { go } = await openProject({
    "docs/a.md": spec({ "T1 Ask": 'osqr-ask model "Which model?" a=x b=y' }),
  });
  const decision = findDecision(await go(), "a");
  expect(decision.type).toBe("error");
  expect(decision.context).toContain("a KEY is 1 to 64 of A-Z, 0-9 and _");
});

test("an open question of the spec is known before, blocks what it names, and its answer is a variable", async () => {
  const questions = `
## Open questions

- Which model should embed?
  - key: MODEL
  - local: local model — private (recommended)
  - hosted: hosted model — costs
  - blocks: T2
`;
  const { service, go, decide, repo } = await openProject({
    "docs/a.md": spec(
      {
        "T1 Prepare": "echo 1 > one.txt",
        "T2 Embed": 'echo "$OSQR_ANSWER_MODEL" > model.txt; grep MODEL "$OSQR_BRIEFING" >> model.txt',
      },
      [],
      questions,
    ),
  });
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  expect(plan.workstreams[0]?.waitsFor).toEqual(["answer to MODEL"]);
  const report = await go();
  expect(report.summary).toBe("Built 0 of 1. #1 a needs you.");
  expect(findView(report, "a").tasks).toMatchObject({ completed: 1, waiting: 1 });
  expect(findDecision(report, "a")).toMatchObject({
    location: expect.stringMatching(/^docs\/a\.md:\d+$/),
    blocks: ["a#T2"],
  });
  await decide("D-1", "hosted");
  expect(repo.git("show", "main:model.txt").split("\n").slice(0, 2)).toEqual([
    "hosted",
    expect.stringMatching(/^- MODEL: hosted \(D-1, .+\)$/),
  ]);
});

test("accept takes all recommendations but those of critical questions", async () => {
  const { go, service, until, repo } = await openProject({
    "docs/a.md": spec({ "T1 Ask": `${ask} > a.txt` }),
    "docs/b.md": spec({ "T1 Ask": 'osqr-ask PICK "Which?" x=this y=that > b.txt' }),
  });
  const before = (await go()).decisions.length;
  const { accepted, left } = await service.accept(repo.root, { critical: false, because: "" });
  expect([before, accepted.map(({ question }) => question), left.map(({ question }) => question)]).toEqual([
    2,
    ["Which model?"],
    ["Which?"],
  ]);
  await until("workstream_landed");
  expect(repo.git("show", "main:a.txt")).toBe("local");
});

test("commands that nobody approved are one question; approved they run, and are not asked again", async () => {
  const { start, rest, decide, service, ofKind, repo } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }),
    "docs/b.md": spec({ "T1 Write it": "echo b > b.txt" }),
  });
  const go = async () => rest((await start({ approveAll: false })).after);
  const report = await go();
  expect(report.decisions).toHaveLength(1);
  expect(findDecision(report, "a")).toMatchObject({
    type: "approval",
    group: "critical",
    question: "2 commands are new or changed: run them on this machine?",
    context: "docs/a.md:8: echo a > a.txt\ndocs/b.md:8: echo b > b.txt",
  });
  expect(ofKind("attempts_claimed")).toEqual([]);

  await service.decide(repo.root, "D-1", "reject", "not today");
  const rejected = await service.report(repo.root, null);
  expect(toStatuses(rejected)).toEqual({ a: "blocked", b: "blocked" });
  expect(findView(rejected, "b").items[0]?.waitsFor).toEqual(["its commands were not approved"]);

  expect((await decide("D-1", "approve")).summary).toBe("Built 2 of 2.");
  repo.write("docs/c.md", spec({ "T1 The same again": "echo a > a.txt" }));
  repo.commit("a known command");
  expect((await go()).summary).toBe("Built 1 of 1.");
});

test("commands seen in the plan can be approved by their hash", async () => {
  const { service, start, rest, repo } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }),
  });
  const { commands } = await service.plan(repo.root, { only: null, skip: [] });
  expect(commands.map(({ kind, source, text, approved }) => ({ kind, source, text, approved }))).toEqual([
    { kind: "run", source: "docs/a.md:8", text: "echo a > a.txt\n", approved: false },
  ]);
  const { after } = await start({ approveAll: false, approve: commands.map(({ hash }) => hash) });
  expect((await rest(after)).summary).toBe("Built 1 of 1.");
});

test("a question outlives osqr: asked by one process, answered to the next", async () => {
  const nap = `sleep ${process.pid}.${Date.now()}`;
  const repo = makeRepo({ "docs/a.md": spec({ "T1 Ask": `${nap} &\n${ask} > model.txt` }) });
  const first = await openService(repo);
  await first.go();
  await first.close();
  expect(findProcesses(nap)).toEqual([]);
  const second = await openService(repo);
  expect(findDecision(await second.report(), "a").id).toBe("D-1");
  expect((await second.decide("D-1", "local")).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:model.txt")).toBe("local");
});
