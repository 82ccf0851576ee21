import { expect, test } from "vitest";
import { openProject, spec } from "../support/e2e-repo.ts";

test("a task in the middle of a workstream has the code that it waited for, landed or not", async () => {
  const { repo, go } = await openProject({
    "docs/base.md": spec({ "T1 Write one": "echo 1 > one.txt", "T2 Write two": "echo 2 > two.txt" }),
    "docs/other.md": spec({
      "T1 Write own": "echo own > own.txt",
      "T2 Read a task's file (depends: base#T1)": "cat own.txt one.txt > middle.txt",
      "T3 Read all of it (depends: base)": "cat middle.txt two.txt > end.txt",
    }),
  });
  const report = await go();
  expect(report.summary).toBe("Built 2 of 2.");
  expect(repo.git("show", "main:end.txt")).toBe("own\n1\n2");
});
