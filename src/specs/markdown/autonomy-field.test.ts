import { expect, test } from "vitest";
import { readSpec } from "../test-documents.ts";

const spec = (head: string) => readSpec(`---\nid: a\n${head}\n---\n\n# A\n\n- [ ] T1 do it\n`);

test.each([
  ["supervised", "supervised"],
  ["Balanced", "balanced"],
  ["autonomous", "autonomous"],
  ["full auto", "full_auto"],
  ["full-auto", "full_auto"],
  ["full_auto", "full_auto"],
])("a spec says how freely its agents work: %s", (text, tier) => {
  expect(spec(`autonomy: ${text}`).autonomy).toBe(tier);
  expect(readSpec(`# A\n\n**Status**: ready\n**Autonomy**: \`${text}\`\n\n- [ ] T1 do it\n`).autonomy).toBe(
    tier,
  );
});

test.each(["manual", "full", "yes", "supervised, balanced"])("%s is no tier, and stops the spec", (text) => {
  const { autonomy, problems, readiness } = spec(`autonomy: "${text}"`);
  expect(autonomy).toBeNull();
  expect(readiness).toBe("needs_detail");
  expect(problems.map(({ severity, code, location }) => [severity, code, location.line])).toEqual([
    ["needs_detail", "bad-autonomy", 3],
  ]);
});
