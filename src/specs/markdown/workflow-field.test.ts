import { expect, test } from "vitest";
import { readSpec } from "../test-documents.ts";

test("a spec names its workflow and its owner, with the line", () => {
  const text = "---\nstatus: ready\nworkflow: `feature@2`\nowner: dana\n---\n# Search\n\n- [ ] T1 Build it\n";
  expect(readSpec(text)).toMatchObject({ workflow: { name: "feature@2", line: 3 }, owner: "dana" });
});

test("without them nothing is said of either", () => {
  const spec = readSpec("---\nstatus: ready\n---\n# Search\n\n- [ ] T1 Build it\n");
  expect("workflow" in spec).toBe(false);
  expect("owner" in spec).toBe(false);
});

test("a key that is nearly one of ours is told, one that is another word is not", () => {
  const read = (...keys: string[]) =>
    readSpec(
      `---\nstatus: ready\n${keys.map((key) => `${key}: gate\n`).join("")}---\n# A\n\n- [ ] T1 Do it\n`,
    )
      .problems.filter(({ code }) => code === "unknown-field")
      .map(({ severity, message, location: { line } }) => `${severity} ${line}: ${message}`);
  expect(read("workflw")).toEqual([
    'warning 3: the key "workflw" is none that osqr reads; did you mean workflow?',
  ]);
  expect(read("ownr", "gats", "prioriti")).toHaveLength(3);
  expect(read("sidebar_label", "slug", "layout", "date", "author", "tag", "type", "link", "files")).toEqual(
    [],
  );
});
