import { expect, test } from "vitest";
import type { MigrateRequest } from "../../src/engine/migration-service.ts";
import { findView, openProject, spec, toStatuses } from "../support/e2e-repo.ts";
import { writeBelow } from "../support/git-repo.ts";

const feature = (version: number, steps: readonly string[]): string =>
  [
    "name: feature",
    `version: ${version}`,
    ...(version === 1
      ? []
      : ["change:", "  author: dana", "  reason: look at it again", "  impact: one more step"]),
    "steps:",
    ...steps,
  ].join("\n");

const TASKS = ["  - key: build", "    kind: tasks"];
const MERGE = ["  - key: merge", "    kind: integrate"];
const work = (key: string, run: string): string[] => [
  `  - key: ${key}`,
  "    kind: work",
  `    title: ${key} it`,
  `    run: ${run}`,
];

const request = (more: Partial<MigrateRequest>): MigrateRequest => ({
  names: ["a"],
  to: "feature@2",
  takeSpec: false,
  map: [],
  dryRun: false,
  because: "the new process",
  signer: null,
  ...more,
});

/** `a` has done T1 and stands at T2, which fails. */
async function openBegun() {
  const opened = await openProject({
    ".osqr/workflows/feature.yaml": feature(1, [...TASKS, ...work("note", "echo one > note.txt"), ...MERGE]),
    "docs/a.md": spec({ "T1 Write it": "echo once >> a.txt", "T2 Check it": "test -e go-on" }, [
      "workflow: feature",
    ]),
  });
  await opened.go();
  return opened;
}

test("a workstream in flight changes over to a new version: what is done stays done", async () => {
  const { service, repo, ofKind, decide, events } = await openBegun();
  writeBelow(
    repo.root,
    ".osqr/workflows/feature-2.yaml",
    feature(2, [
      ...TASKS,
      ...work("memo", "echo two > memo.txt"),
      ...work("last", "echo end > last.txt"),
      ...MERGE,
    ]),
  );
  repo.git("add", "-A");
  repo.git("commit", "-qm", "feature 2");

  const before = events().length;
  const [shown] = await service.migrate(repo.root, request({ dryRun: true }));
  expect(events().filter(({ kind }) => kind === "workstream_migrated")).toEqual([]);
  expect(events().length).toBe(before);
  expect(shown).toMatchObject({
    name: "a",
    from: "feature@1",
    to: "feature@2",
    migration: null,
    refusal: null,
  });
  expect(shown?.rows.map(({ from, to, fate }) => [from, to, fate])).toEqual([
    ["T1", "T1", "kept"],
    ["T2", "T2", "kept"],
    [null, "memo", "new"],
    [null, "last", "new"],
    ["note", null, "dropped"],
  ]);

  const [done] = await service.migrate(repo.root, request({ map: ["note=memo"] }));
  expect(done?.migration).toBe("M-1");
  expect(await service.migrations(repo.root, null)).toMatchObject([
    {
      id: "M-1",
      workstream: "a",
      from: "feature@1",
      to: "feature@2",
      reason: "the new process",
      canRollBack: true,
    },
  ]);
  const why = await service.why(repo.root, "a");
  expect(why.sentences.join(" ")).toMatch(/migrated from feature@1 to feature@2 by .+: the new process/);

  const failed = (await service.inbox(repo.root))[0];
  const end = await decide(failed?.id ?? "", "skip");
  expect(toStatuses(end)).toEqual({ a: "completed" });
  expect(repo.git("show", "main:a.txt")).toBe("once");
  expect(repo.git("show", "main:memo.txt")).toBe("two");
  expect(repo.git("show", "main:last.txt")).toBe("end");
  expect(() => repo.git("show", "main:note.txt")).toThrow();
  expect(
    ofKind("attempts_claimed").flatMap(({ launches }) => launches.map(({ task }) => task.split("#")[1])),
  ).toEqual(["T1", "T2", "memo", "last"]);
});

test("a migration is taken back, and the old way is gone to its end", async () => {
  const { service, repo, decide } = await openBegun();
  const direct = request({ to: "tasks", because: "no note" });
  const [done] = await service.migrate(repo.root, direct);
  expect(done?.rows.map(({ from, fate }) => [from, fate])).toEqual([
    ["T1", "kept"],
    ["T2", "kept"],
    ["note", "dropped"],
  ]);
  const shown = await service.rollBack(repo.root, {
    migration: "M-1",
    dryRun: true,
    because: "",
    signer: null,
  });
  expect(shown).toMatchObject({ from: "tasks@1", to: "feature@1", migration: null });
  await expect(
    service.rollBack(repo.root, { migration: "m-1", dryRun: false, because: "", signer: null }),
  ).rejects.toMatchObject({ code: "reason-missing" });
  const back = await service.rollBack(repo.root, {
    migration: "m-1",
    dryRun: false,
    because: "the note is needed",
    signer: "sam",
  });
  expect(back.migration).toBe("M-2");
  await expect(
    service.rollBack(repo.root, { migration: "M-1", dryRun: false, because: "again", signer: null }),
  ).rejects.toMatchObject({ code: "not-the-last" });
  const end = await decide((await service.inbox(repo.root))[0]?.id ?? "", "skip");
  expect(toStatuses(end)).toEqual({ a: "completed" });
  expect(repo.git("show", "main:a.txt")).toBe("once");
  expect(repo.git("show", "main:note.txt")).toBe("one");
});

test("what cannot be migrated says why and what to do", async () => {
  const { service, repo } = await openBegun();
  const refused = (more: Partial<MigrateRequest>) => service.migrate(repo.root, request(more));
  await expect(refused({ to: "nothing" })).rejects.toMatchObject({ code: "unknown-workflow" });
  await expect(refused({ to: "feature@9" })).rejects.toMatchObject({ code: "unknown-workflow" });
  await expect(refused({ to: null })).rejects.toMatchObject({ code: "nothing-to-migrate" });
  for (const names of [["a"], null])
    for (const wanted of [{ to: "feature@1" }, { to: null, takeSpec: true }])
      await expect(refused({ names, ...wanted })).rejects.toMatchObject({ code: "nothing-to-migrate" });
  const [shown] = await refused({ to: "feature@1", dryRun: true });
  expect(shown?.refusal).toMatchObject({
    code: "nothing-to-migrate",
    message: expect.stringMatching(/^a follows feature@1/),
  });
  await expect(refused({ names: ["zzz"] })).rejects.toMatchObject({ code: "unknown-workstream" });
  await expect(refused({ to: "tasks", because: "" })).rejects.toMatchObject({ code: "reason-missing" });
  await expect(refused({ to: "tasks", map: ["x"] })).rejects.toMatchObject({ code: "invalid-mapping" });
  await expect(refused({ to: "tasks", map: ["zzz=-"] })).rejects.toMatchObject({
    code: "mapping-unknown",
    hints: [expect.stringMatching(/^a has .*T1/)],
  });
  await expect(refused({ to: "tasks", map: ["T1=zzz"] })).rejects.toMatchObject({
    code: "mapping-unknown",
    hints: [expect.stringMatching(/^there will be .*T1/)],
  });
  await expect(
    service.rollBack(repo.root, { migration: "M-7", dryRun: false, because: "x", signer: null }),
  ).rejects.toMatchObject({ code: "unknown-migration" });
  expect(await service.migrations(repo.root, "a")).toEqual([]);
});

test("commands of a new version are approved like any", async () => {
  const { service, repo, start, until, report } = await openProject({
    ".osqr/workflows/feature.yaml": feature(1, [...TASKS, ...work("note", "echo one > note.txt"), ...MERGE]),
    "docs/a.md": spec({ "T1 Write it": "echo once >> a.txt" }, ["workflow: feature"]),
  });
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  const t1 = plan.commands.filter(({ text }) => text.includes("once")).map(({ hash }) => hash);
  const { after } = await start({ approveAll: false, approve: t1 });
  await until("run_rested", (event) => event.seq > after);
  writeBelow(
    repo.root,
    ".osqr/workflows/feature-2.yaml",
    feature(2, [...TASKS, ...work("memo", "echo two > memo.txt"), ...MERGE]),
  );
  repo.git("add", "-A");
  repo.git("commit", "-qm", "feature 2");
  const [done] = await service.migrate(repo.root, request({ names: null }));
  expect(done?.warnings).toContain("commands to approve: 1");
  const open = await service.inbox(repo.root);
  expect(open).toHaveLength(1);
  const seq = (await until("workstream_migrated")).seq;
  await service.decide(repo.root, open[0]?.id ?? "", "approve", "");
  await until("run_rested", (event) => event.seq > seq && event.status === "completed");
  expect(findView(await report(), "a").status).toBe("completed");
  expect(repo.git("show", "main:memo.txt")).toBe("two");
});

test("what runs is not taken away: it is paused first", async () => {
  const { service, repo, start, until, report } = await openProject({
    ".osqr/workflows/feature.yaml": feature(1, [...TASKS, ...MERGE]),
    ".osqr/workflows/feature-2.yaml": feature(2, [
      ...TASKS,
      ...work("memo", "echo two > memo.txt"),
      ...MERGE,
    ]),
    "docs/a.md": spec({ "T1 Write it": "test -e a.txt || sleep 60" }, ["workflow: feature@1"]),
  });
  await start();
  await until("attempt_started");
  const drop = request({ map: ["T1=-"] });
  await expect(service.migrate(repo.root, drop)).rejects.toMatchObject({
    code: "workstream-busy",
    message: expect.stringContaining("T1 would change or go"),
    hints: [expect.stringContaining("osqr pause a")],
  });
  await service.steer(repo.root, "pause", ["a"], "");
  await until("attempt_ended");
  const [done] = await service.migrate(repo.root, drop);
  expect(done?.rows.map(({ from, to, fate }) => [from, to, fate])).toEqual([
    [null, "T1", "new"],
    [null, "memo", "new"],
    ["T1", null, "dropped"],
  ]);
  expect(findView(await report(), "a").status).toBe("paused");
});
