import { expect, test } from "vitest";
import { findDecision, openProject, spec, toStatuses } from "../support/e2e-repo.ts";
import { writeBelow } from "../support/git-repo.ts";

const ASK = [
  "",
  "## Open questions",
  "",
  "- Which one?",
  "  - a: the first",
  "  - b: the second",
  "  - Blocks: T2",
];

const FIRST = "echo one >> a.txt";

/** T1 is done, T2 waits for an answer. */
async function openWaiting(
  text = spec({ "T1 Write it": FIRST, "T2 End it": "echo end > end.txt" }, [], ASK.join("\n")),
) {
  const opened = await openProject({ "docs/a.md": text });
  const report = await opened.go();
  const asked = report.decisions.map(({ id }) => id);
  expect(asked).toHaveLength(1);
  const change = (tasks: Record<string, string>): void => {
    writeBelow(opened.repo.root, "docs/a.md", spec(tasks, [], ASK.join("\n")));
    opened.repo.git("commit", "-qam", "change a");
  };
  return { ...opened, question: asked[0] ?? "", change };
}

test("a changed text is noticed by go, asked about once, and taken as a migration", async () => {
  const { go, start, service, repo, change, question, decide, ofKind } = await openWaiting();
  change({
    "T1 Write it": FIRST,
    "T2 End it otherwise": "echo other > end.txt",
    "T3 More": "echo more > more.txt",
  });
  await start();
  await start();
  const open = await service.inbox(repo.root);
  const scope = open.find(({ id }) => id !== question);
  expect(open).toHaveLength(2);
  expect(scope).toMatchObject({
    type: "scope",
    question: "docs/a.md changed while its workstream runs: +1 task, T2 reworded and run block changed",
  });
  expect(scope?.options.map(({ id }) => id)).toEqual(["keep", "migrate", "anew"]);
  await service.decide(repo.root, scope?.id ?? "", "migrate", "");
  expect(ofKind("spec_changed")).toHaveLength(1);
  const end = await decide(question, "a");
  expect(toStatuses(end)).toEqual({ a: "completed" });
  expect(end.decisions).toEqual([]);
  expect(repo.git("show", "main:a.txt")).toBe("one");
  expect(repo.git("show", "main:end.txt")).toBe("other");
  expect(repo.git("show", "main:more.txt")).toBe("more");
  expect(repo.git("show", "main:docs/a.md")).toMatch(/status: done/);
  expect((await go()).run).toBe(end.run);
});

test("a changed text is noticed before landing; kept aside, it is not ticked and stays to be built", async () => {
  const { service, repo, change, question, decide, go } = await openWaiting();
  change({ "T1 Write it": FIRST, "T2 End it": "echo end > end.txt", "T3 More": "echo more > more.txt" });
  const held = await decide(question, "a");
  expect(toStatuses(held)).toEqual({ a: "blocked" });
  const scope = findDecision(held, "a");
  expect(scope.question).toBe("docs/a.md changed while its workstream runs: +1 task");
  expect(() => repo.git("show", "main:end.txt")).toThrow();
  const end = await decide(scope.id, "keep");
  expect(toStatuses(end)).toEqual({ a: "completed" });
  const text = repo.git("show", "main:docs/a.md");
  expect(text).toMatch(/- \[x\] T1[\s\S]*- \[x\] T2[\s\S]*- \[ \] T3/);
  expect(text).not.toMatch(/status: done/);
  expect(
    (await service.plan(repo.root, { only: null, skip: [] })).workstreams.map(({ name }) => name),
  ).toEqual(["a-2"]);
  const more = await go();
  expect(toStatuses(more)).toMatchObject({ "a-2": "completed" });
  expect(repo.git("show", "main:more.txt")).toBe("more");
  expect(repo.git("show", "main:a.txt")).toBe("one");
  expect(repo.git("show", "main:docs/a.md")).toMatch(/status: done/);
});

test("a reworded task that was done the old way is not ticked", async () => {
  const { repo, change, question, decide } = await openWaiting();
  change({ "T1 Write it well": FIRST, "T2 End it": "echo end > end.txt" });
  const held = await decide(question, "a");
  await decide(findDecision(held, "a").id, "keep");
  expect(repo.git("show", "main:docs/a.md")).toMatch(/- \[ \] T1[\s\S]*- \[x\] T2/);
});

test("a text that was only wrapped otherwise asks nobody", async () => {
  const { repo, question, decide, start, service } = await openWaiting();
  const text = repo.git("show", "main:docs/a.md");
  writeBelow(repo.root, "docs/a.md", `${text.replace("# Some work", "# Some work\n\nA word on it.")}\n`);
  repo.git("commit", "-qam", "words");
  await start();
  expect(await service.inbox(repo.root)).toHaveLength(1);
  const end = await decide(question, "a");
  expect(toStatuses(end)).toEqual({ a: "completed" });
  expect(repo.git("show", "main:docs/a.md")).toMatch(/A word on it[\s\S]*- \[x\] T1[\s\S]*- \[x\] T2/);
});

test("a changed text is built anew in place of the work under way", async () => {
  const { repo, change, start, service, question, decide } = await openWaiting();
  change({ "T1 Write it": "echo new > a.txt", "T2 End it": "echo end > end.txt" });
  await start();
  const scope = (await service.inbox(repo.root)).find(({ id }) => id !== question);
  await service.decide(repo.root, scope?.id ?? "", "anew", "");
  const [again] = await service.inbox(repo.root);
  const end = await decide(again?.id ?? "", "a");
  expect(toStatuses(end)).toEqual({ a: "cancelled", "a-2": "completed" });
  expect(repo.git("show", "main:a.txt")).toBe("new");
});

test("what the new text no longer has is dropped with the answer", async () => {
  const { repo, change, start, service, question } = await openWaiting();
  change({ "T2 End it": "echo end > end.txt" });
  await start();
  const scope = (await service.inbox(repo.root)).find(({ id }) => id !== question);
  expect(scope?.question).toContain("T1 removed");
  await service.decide(repo.root, scope?.id ?? "", "migrate", "T1 was a mistake");
  const [migration] = await service.migrations(repo.root, "a");
  expect(migration).toMatchObject({ takesSpec: true, reason: "T1 was a mistake" });
  expect(migration?.mapping).toContainEqual({ from: "T1", to: null });
});

test("a spec that is gone asks before its work lands; kept, it lands without it", async () => {
  const { repo, question, decide, start, service } = await openWaiting();
  repo.git("rm", "-q", "docs/a.md");
  repo.git("commit", "-qm", "a is not wanted");
  const held = await decide(question, "a");
  expect(toStatuses(held)).toEqual({ a: "blocked" });
  const scope = findDecision(held, "a");
  expect(scope.question).toBe("docs/a.md is gone from main while its workstream runs: is it still wanted?");
  expect(scope.options.map(({ id }) => id)).toEqual(["keep", "cancel"]);
  await start();
  expect(await service.inbox(repo.root)).toHaveLength(1);
  const end = await decide(scope.id, "keep");
  expect(toStatuses(end)).toEqual({ a: "completed" });
  expect(repo.git("show", "main:end.txt")).toBe("end");
  expect(() => repo.git("show", "main:docs/a.md")).toThrow();
});

test("a spec that is gone is noticed by go; cancelled, nothing of it lands; back again, nobody is asked", async () => {
  const { repo, question, decide, start, service, report } = await openWaiting();
  repo.git("rm", "-q", "docs/a.md");
  repo.git("commit", "-qm", "a is not wanted");
  await start();
  const asked = (await service.inbox(repo.root)).find(({ id }) => id !== question);
  expect((await service.plan(repo.root, { only: null, skip: [] })).notes.join("\n")).toContain(
    `a: docs/a.md is gone from main; osqr decide ${asked?.id} keep|cancel`,
  );
  repo.git("revert", "--no-edit", "HEAD");
  await start();
  expect((await service.inbox(repo.root)).map(({ id }) => id)).toEqual([question]);
  repo.git("rm", "-q", "docs/a.md");
  repo.git("commit", "-qm", "and yet not");
  await start();
  const again = (await service.inbox(repo.root)).find(({ id }) => id !== question);
  await decide(again?.id ?? "", "cancel");
  expect(toStatuses(await report())).toEqual({ a: "cancelled" });
  expect(() => repo.git("show", "main:a.txt")).toThrow();
});

test.each(["docs/later/a.md", "docs/other.md"])(
  "a spec that was moved to %s goes on, and is ticked there",
  async (path) => {
    const { repo, question, decide, start, service, go } = await openWaiting();
    writeBelow(repo.root, "docs/later/readme.txt", "later");
    repo.git("mv", "docs/a.md", path);
    repo.git("commit", "-qm", "another place");
    await start();
    expect((await service.inbox(repo.root)).map(({ id }) => id)).toEqual([question]);
    const { notes, workstreams } = await service.plan(repo.root, { only: null, skip: [] });
    expect(workstreams.map(({ name }) => name)).toEqual(["a"]);
    expect(notes.join("\n")).toContain(`a: moved to ${path}; it goes on`);
    const end = await decide(question, "a");
    expect(toStatuses(end)).toEqual({ a: "completed" });
    expect(repo.git("show", `main:${path}`)).toMatch(/status: done/);
    expect((await go()).run).toBe(end.run);
  },
);

test("a spec that was moved and changed can be taken at its new place; one that is gone cannot", async () => {
  const { repo, question, decide, start, service } = await openWaiting();
  repo.git("rm", "-q", "docs/a.md");
  repo.git("commit", "-qm", "gone for a while");
  await start();
  const gone = (await service.inbox(repo.root)).find(({ id }) => id !== question);
  await expect(service.decide(repo.root, gone?.id ?? "", "migrate", "")).rejects.toMatchObject({
    code: "unknown-option",
    message: `decision ${gone?.id} has no option "migrate"; it has keep, cancel`,
  });
  const more = { "T1 Write it": FIRST, "T2 End it": "echo end > end.txt", "T3 More": "echo more > more.txt" };
  writeBelow(repo.root, "docs/later/a.md", spec(more, [], ASK.join("\n")));
  repo.git("add", "--all");
  repo.git("commit", "-qm", "back, elsewhere, with more");
  await start();
  const scope = (await service.inbox(repo.root)).find(({ id }) => id !== question);
  expect(scope?.question).toBe(
    "docs/a.md changed while its workstream runs: it is docs/later/a.md now: +1 task",
  );
  await service.decide(repo.root, scope?.id ?? "", "migrate", "");
  const end = await decide(question, "a");
  expect(toStatuses(end)).toEqual({ a: "completed" });
  expect(repo.git("show", "main:more.txt")).toBe("more");
  expect(repo.git("show", "main:docs/later/a.md")).toMatch(/status: done/);
});
