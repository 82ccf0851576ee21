import { expect, test } from "vitest";
import { findDecision, findView, openProject, spec, toStatuses } from "../support/e2e-repo.ts";

const a = { "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }) };
const request = { run: null, priority: null, by: "test" };

test("a text with a command becomes a task that is built and lands", async () => {
  const { service, go, repo } = await openProject(a);
  const view = await service.add(repo.root, { ...request, what: "Say hello", run: "echo hello > hello.txt" });
  expect(view).toMatchObject({ name: "say-hello", title: "Say hello", spec: null, status: "queued" });
  const report = await go({ approveAll: false });
  expect(findView(report, "say-hello").status).toBe("completed");
  expect(repo.git("show", "main:hello.txt")).toBe("hello");
  expect(findDecision(report, "a").type).toBe("approval");
});

test("added while a run is under way, it joins that run", async () => {
  const { service, start, until, rest, repo } = await openProject({
    "docs/a.md": spec({ "T1 Take long": "sleep 1; echo a > a.txt" }),
  });
  await start();
  await until("attempt_started");
  await service.add(repo.root, { ...request, what: "Say hello", run: "echo hello > hello.txt" });
  expect((await rest(0)).summary).toBe("Built 2 of 2.");
});

test("a spec of the future is built only after it was added; what is no spec cannot be", async () => {
  const { service, go, repo } = await openProject({
    ...a,
    "docs/later.md": spec({ "T1 Write it": "echo later > later.txt" }).replace(
      "status: ready",
      "status: future",
    ),
    "docs/empty.md": "---\nstatus: ready\n---\n# Nothing to do\n",
  });
  expect(toStatuses(await go())).toEqual({ a: "completed" });
  const view = await service.add(repo.root, { ...request, what: "./docs/later.md", priority: "high" });
  expect(view).toMatchObject({ name: "later", priority: "high" });
  expect(toStatuses(await go())).toEqual({ later: "completed" });
  expect(repo.git("show", "main:docs/later.md")).toContain("status: done");
  await expect(service.add(repo.root, { ...request, what: "docs/empty.md" })).rejects.toMatchObject({
    code: "cannot-add",
    message: "docs/empty.md cannot be added: it has no tasks",
  });
  repo.write("docs/new.md", a["docs/a.md"]);
  await expect(service.add(repo.root, { ...request, what: "docs/new.md" })).rejects.toMatchObject({
    code: "unknown-name",
    hints: expect.arrayContaining(["commit it first: only committed specs are built"]),
  });
});

test("a spec that changes before it began is built as it is now; the history says so", async () => {
  const { start, go, ofKind, repo } = await openProject(a);
  await start({ approveAll: false });
  repo.write("docs/a.md", spec({ "T1 Write it": "echo changed > a.txt" }));
  repo.commit("another text");
  expect((await go()).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:a.txt")).toBe("changed");
  expect(ofKind("workstream_removed").map(({ reason }) => reason)).toEqual([
    "its spec has changed before it began",
  ]);
});

test("edit changes what it names; remove takes out what has not begun, and refuses what has", async () => {
  const { service, start, until, repo } = await openProject({
    ...a,
    "docs/b.md": spec({ "T1 Take long": "sleep 60" }),
  });
  await start({ approveAll: false });
  const edited = await service.edit(repo.root, "a", { priority: "critical", tags: ["x"], title: "New" }, "");
  expect(edited).toMatchObject({ priority: "critical", tags: ["x"], title: "New" });
  await expect(service.edit(repo.root, "a", { priority: "huge" }, "")).rejects.toMatchObject({
    code: "unknown-priority",
    message: 'priority "huge": expected critical, high, medium, low',
  });
  await service.remove(repo.root, "a", "not needed");
  await expect(service.show(repo.root, "a")).rejects.toMatchObject({ code: "unknown-workstream" });
  await start({ only: ["b"] });
  await until("attempt_started");
  await expect(service.remove(repo.root, "b", "")).rejects.toMatchObject({
    code: "workstream-started",
    hints: ["cancel it first: osqr cancel b"],
  });
});

test("only and skip choose by name, number or path; a name that means nothing is refused with the nearest", async () => {
  const { go, service, repo } = await openProject({
    ...a,
    "docs/b.md": spec({ "T1 Write it": "echo b > b.txt" }),
    "docs/c.md": spec({ "T1 Write it": "echo c > c.txt" }),
  });
  expect(toStatuses(await go({ only: ["docs/b.md"] }))).toEqual({ b: "completed" });
  expect(toStatuses(await go({ skip: ["a"] }))).toEqual({ c: "completed" });
  await expect(service.plan(repo.root, { only: ["aa"], skip: [] })).rejects.toMatchObject({
    code: "unknown-name",
    message: expect.stringContaining('"aa"'),
  });
});

test("everything can be asked about: show, why, trace, log", async () => {
  const { go, service, repo } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "echo working; echo a > a.txt" }),
    "docs/b.md": spec({ "T1 Break": "echo broken; exit 1", "T2 Go on": "true" }),
  });
  await go();
  const { root } = repo;
  expect((await service.why(root, "b#T2")).sentences.join(" ")).toMatch(
    /b#T2 has not started.*Another task of its workstream failed/s,
  );
  expect((await service.why(root, "b")).sentences.join(" ")).toMatch(
    /b is failed.*osqr decide D-1 retry\|skip\|anew\|cancel/s,
  );
  const shown = await service.show(root, "b#T1");
  const [attempt] = shown.kind === "task" ? shown.attempts : [];
  expect(attempt).toMatchObject({ status: "failed", reason: "exit 1" });
  expect(await service.attemptLog(attempt?.id ?? "", 0)).toMatchObject({ text: "broken\n", next: 7 });
  const [line] = (await service.trace(root, "docs/a.md")).lines;
  expect(line).toMatchObject({ text: "T1 Write it", status: "completed" });
  expect(repo.git("merge-base", "--is-ancestor", line?.commit ?? "", line?.merged ?? "")).toBe("");
  await expect(service.show(root, "bb")).rejects.toMatchObject({ code: "unknown-workstream" });
});
