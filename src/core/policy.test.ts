import { expect, test } from "vitest";
import { projectDraft } from "../../test/support/core-builders.ts";
import { CoreDriver } from "../../test/support/core-driver.ts";
import { evolve } from "./evolve/evolve.ts";
import { describePolicyChange, isSamePolicy } from "./policy.ts";

test("every rule that changed is told from what to what, by name", () => {
  const before = projectDraft({ resources: { db: 1, gpu: 2 }, roles: { reviewer: ["dana"], ops: [] } });
  const after = {
    ...before,
    base: "next",
    policy: "dependency_first",
    maxParallel: 7,
    resources: { db: 3, net: 1 },
    roles: { reviewer: ["dana", "sam"] },
  } as const;
  expect(describePolicyChange(before, after)).toEqual([
    "base: main → next",
    `policy: ${before.policy} → dependency_first`,
    `maxParallel: ${before.maxParallel} → 7`,
    "resources.db: 1 → 3",
    "resources.gpu: 2 → –",
    "resources.net: – → 1",
    "roles.ops: nobody → –",
    "roles.reviewer: dana → dana, sam",
  ]);
  expect(describePolicyChange(before, before)).toEqual([]);
  expect(isSamePolicy(before, { ...before, config: "c1" })).toBe(false);
  expect(isSamePolicy({ ...before, config: "c1" }, before)).toBe(true);
});

test("a change is kept with who made it and why; the same again is none", () => {
  const core = new CoreDriver();
  const draft = projectDraft({ maxParallel: 3, config: "c1" });
  const change = { author: "dana", reason: "one machine less", commit: "c".repeat(40) };
  const [event] = core.send({ kind: "open_project", project: draft, change });
  const maxParallel = projectDraft().maxParallel;
  expect(event).toMatchObject({ change: { ...change, changes: [`maxParallel: ${maxParallel} → 3`] } });
  expect(core.state.projects.get(draft.id)?.policyChanges).toMatchObject([{ author: "dana", at: core.now }]);
  expect(core.send({ kind: "open_project", project: draft, change })).toEqual([]);
});

test("a history that does not say who changed the rules still says what changed", () => {
  const core = new CoreDriver();
  const project = projectDraft({ policy: "user_defined" });
  const seq = core.state.seq + 1;
  const { projects } = evolve(core.state, { kind: "project_opened", project, seq, at: core.now });
  expect(projects.get(project.id)?.policyChanges).toEqual([
    {
      at: core.now,
      author: "",
      reason: "",
      commit: null,
      changes: [`policy: ${projectDraft().policy} → user_defined`],
    },
  ]);
});
