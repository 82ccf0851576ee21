import { expect, test } from "vitest";
import { findDecision, findView, openProject, spec, toStatuses } from "../support/e2e-repo.ts";
import { writeBelow } from "../support/git-repo.ts";

test("a spec that was mended after its task failed is built as it is committed now", async () => {
  const { go, decide, service, repo } = await openProject({
    "docs/a.md": spec({ "T1 Break": "exit 1" }),
    "docs/b.md": spec({ "T1 Use it": "cat a.txt > b.txt" }, ["depends_on: [a]"]),
  });
  const report = await go();
  const { id, options } = findDecision(report, "a");
  expect(options.map((option) => option.id)).toEqual(["retry", "skip", "anew", "cancel"]);

  writeBelow(repo.root, "docs/a.md", spec({ "T1 Write it": "echo mended > a.txt" }));
  repo.git("commit", "-qam", "mend a");
  const end = await decide(id, "anew");
  expect(toStatuses(end)).toEqual({ a: "cancelled", b: "completed", "a-2": "completed" });
  expect(end.decisions).toEqual([]);
  expect(findView(end, "a-2").number).toBe(3);
  expect(repo.git("show", "main:b.txt")).toBe("mended");
  expect((await service.plan(repo.root, { only: null, skip: [] })).workstreams).toEqual([]);
});

test("a spec that cannot be built leaves the decision open", async () => {
  const { go, service, repo } = await openProject({ "docs/a.md": spec({ "T1 Break": "exit 1" }) });
  const { id } = findDecision(await go(), "a");
  repo.git("rm", "-q", "docs/a.md");
  repo.git("commit", "-qm", "drop a");
  await expect(service.decide(repo.root, id, "anew", "")).rejects.toMatchObject({ code: "unknown-name" });
  expect((await service.inbox(repo.root)).map((each) => each.id)).toEqual([id]);
});
