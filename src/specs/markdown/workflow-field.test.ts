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
