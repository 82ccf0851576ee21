import { expect, test, vi } from "vitest";
import { findProcesses } from "../../src/sandbox/testing.ts";
import { openProject, spec, toStatuses } from "../support/e2e-repo.ts";

const napping = () => `sleep ${process.pid}.${Date.now()}`;
const started = (nap: string) =>
  vi.waitFor(() => expect(findProcesses(nap)).not.toEqual([]), { timeout: 20_000 });

test("a gate ends with the workstream that it runs for, and the next one merges", async () => {
  const nap = napping();
  // Only the merged tree of `slow` has the file that makes the gate wait.
  const { start, service, report, quiet, rest, repo } = await openProject(
    {
      "docs/slow.md": spec({ "T1 Write it": "touch wait.txt" }),
      "docs/quick.md": spec({ "T1 Write it": "sleep 0.5; touch quick.txt" }),
    },
    { config: `gates:\n  tests: "if test -e wait.txt; then ${nap}; fi"\n` },
  );
  await start();
  await started(nap);
  await service.steer(repo.root, "cancel", ["slow"], "not wanted");
  await vi.waitFor(() => expect(findProcesses(nap)).toEqual([]), { timeout: 20_000 });
  await rest(0);
  await quiet();
  expect(toStatuses(await report())).toEqual({ slow: "cancelled", quick: "completed" });
});

test("paused while its gates run, it keeps its place and lands after it is resumed", async () => {
  const nap = napping();
  const { start, service, report, rest, repo, ofKind } = await openProject(
    { "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }) },
    {
      config: `gates:\n  tests: "if test -e a.txt; then ${nap} & sleep 1; kill $!; fi"\n`,
    },
  );
  await start();
  await started(nap);
  await service.steer(repo.root, "pause", ["a"], "");
  await vi.waitFor(() => expect(findProcesses(nap)).toEqual([]), { timeout: 20_000 });
  expect((await rest(0)).summary).toBe("Built 0 of 1. #1 a is paused.");
  const after = ofKind("run_rested").at(-1)?.seq ?? 0;
  await service.steer(repo.root, "resume", ["a"], "");
  expect((await rest(after)).summary).toBe("Built 1 of 1.");
  expect((await report()).workstreams[0]?.gates[0]?.status).toBe("passed");
});

test("a set-up ends with the last workstream that waits for it", async () => {
  const nap = napping();
  const { start, service, rest, report, repo } = await openProject(
    { "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }) },
    { config: `setup: "${nap}"\n` },
  );
  await start();
  await started(nap);
  await service.steer(repo.root, "cancel", null, "");
  await vi.waitFor(() => expect(findProcesses(nap)).toEqual([]), { timeout: 20_000 });
  await rest(0);
  expect(toStatuses(await report())).toEqual({ a: "cancelled" });
});

test("specs whose names share no letter with a ref do not share their work", async () => {
  const { go, repo } = await openProject({
    "docs/認証.md": spec({ "T1 Write it": "echo 1 > one.txt" }),
    "docs/検索.md": spec({ "T1 Write it": "echo 2 > two.txt", "T2 Break": "exit 1" }),
  });
  const report = await go();
  expect(report.summary).toContain("Built 1 of 2.");
  expect(repo.git("ls-tree", "--name-only", "main")).toContain("one.txt");
  expect(repo.git("ls-tree", "--name-only", "main")).not.toContain("two.txt");
});

test("salvage of an earlier life of a name is never replaced", async () => {
  const files = { "docs/a.md": spec({ "T1 Write it": "echo $OSQR_ATTEMPT > a.txt", "T2 Break": "exit 1" }) };
  const { go, service, quiet, repo } = await openProject(files);
  await go();
  await service.steer(repo.root, "cancel", ["a"], "");
  await quiet();
  const first = repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/osqr/salvage/");
  await service.remove(repo.root, "a", "");
  await go();
  await service.steer(repo.root, "cancel", ["a"], "");
  await quiet();
  const second = repo
    .git("for-each-ref", "--format=%(refname) %(objectname)", "refs/osqr/salvage/")
    .split("\n");
  expect(first).not.toBe("");
  expect(second).toEqual(expect.arrayContaining(first.split("\n")));
  expect(second.length).toBeGreaterThan(first.split("\n").length);
});
