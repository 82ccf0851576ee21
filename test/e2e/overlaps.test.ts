import { expect, test } from "vitest";
import { openService, spec } from "../support/e2e-repo.ts";
import { makeRepo } from "../support/git-repo.ts";

const LIST = Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n");

/** Two specs that write the same file, at its two ends. */
const makeTwo = () =>
  makeRepo({
    "list.txt": `${LIST}\n`,
    "docs/a.md": spec({ "T1 The top": "sed -i '1i top' list.txt" }, ["touches: [list.txt]"]),
    "docs/b.md": spec({ "T1 The end": "echo end >> list.txt" }, ["touches: [list.txt]"]),
  });

test("specs that write the same file run at once where the operator's config says so, and both land", async () => {
  const repo = makeTwo();
  const osqr = await openService(repo, { config: "overlaps: branch\n" });
  const report = await osqr.go();
  expect(report.summary).toBe("Built 2 of 2.");
  const [first] = osqr.ofKind("attempts_claimed");
  expect(first?.launches.map(({ task }) => task.slice(task.indexOf("/") + 1))).toEqual(["a#T1", "b#T1"]);
  expect(repo.git("show", "main:list.txt")).toBe(`top\n${LIST}\nend`);
});

test("asked about it, an answer lets them run at once; none is needed for both to land", async () => {
  const repo = makeTwo();
  const osqr = await openService(repo, { config: "overlaps: ask\n" });
  const report = await osqr.go();
  expect(report.summary).toBe("Built 2 of 2.");
  expect(osqr.ofKind("decision_opened").map(({ decision }) => decision.question)).toEqual([
    "b and a both write list.txt: one after the other?",
  ]);
  expect(osqr.ofKind("decision_withdrawn")).toHaveLength(1);
  const starts = osqr.ofKind("attempts_claimed").filter(({ launches }) => launches.length > 0);
  expect(starts.map(({ launches }) => launches.length)).toEqual([1, 1]);
});
