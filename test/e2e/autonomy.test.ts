/** How freely the agents of one workstream work, and what becomes of what they may not. */
import { expect, test } from "vitest";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";

const change = (path: string): Step => ({
  do: "permission",
  kind: "edit",
  path,
  content: "x\n",
  allowed: [edit(path, "allowed")],
  refused: [edit(`no-${path.replaceAll("/", "-")}`, "refused")],
});

const SUPERVISED = "---\nid: a\nstatus: ready\nautonomy: supervised\n---\n# a\n\n- [ ] T1 do it\n";

test("a spec holds its agents back; the operator lets them go again, as far as the config allows", async () => {
  const repo = makeAgentsRepo({ b: ["T1"] }, { "docs/a.md": SUPERVISED });
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: [[change("src/a.ts"), change("src/c.ts")]] },
    "b#T1": { turns: [[change("src/b.ts")]] },
  });
  const plan = await osqr.service.plan(repo.root, { only: null, skip: [] });
  expect(plan.workstreams.map(({ name, autonomy }) => [name, autonomy])).toEqual([
    ["a", "supervised"],
    ["b", undefined],
  ]);
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 2");
  expect(report.decisions).toMatchObject([{ context: expect.stringContaining("of this workstream") }]);
  expect((await osqr.service.why(repo.root, "a")).sentences).toContain(
    "Its agents work at most in tier supervised.",
  );
  await expect(osqr.service.edit(repo.root, "a", { autonomy: "autonomous" }, "")).rejects.toMatchObject({
    code: "tier-too-free",
    message: "a: expected balanced or stricter, found autonomous",
  });
  const edited = await osqr.service.edit(repo.root, "a", { autonomy: "balanced" }, "it is fine");
  expect(edited.autonomy).toMatchObject({ tier: "balanced" });
  const done = await osqr.decide("D-1", "allow");
  expect(done.summary).toContain("Built 2 of 2");
  expect(repo.git("show", "main:src/c.ts")).toBe("allowed");
  const { autonomy } = done.workstreams.find(({ name }) => name === "a") ?? {};
  expect(autonomy?.trust).toEqual({ level: "new", reason: "1 task that counts, 100 % accepted" });
});
