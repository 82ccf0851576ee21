/** Changes of the rules, and versions of workflows, as the history knows them: who, why, from what to what. */
import { expect, test } from "vitest";
import { describeEvent } from "../../src/cli/render/event-text.ts";
import { workflow } from "../support/cli-repo.ts";
import { openProject, spec } from "../support/e2e-repo.ts";
import { writeBelow } from "../support/git-repo.ts";

test("a changed config is logged with the commit's author and subject, the operator's own with their name", async () => {
  const { repo, service, go, env, ofKind } = await openProject(
    {
      ".osqr/config.yaml": "policy: fifo\nroles: { reviewer: [dana] }\n",
      ".osqr/workflows/unused.yaml": workflow("unused", [{ key: "tasks" }, { key: "integrate" }]),
      "docs/a.md": spec({ "T1 Write a": "echo a > a.txt" }),
    },
    { config: "me: kim\nmaxParallel: 4\n" },
  );
  const { root } = repo;
  await go();
  // A version that no spec takes is recorded too, with who brought it.
  expect(ofKind("workflow_recorded").map(({ workflow: { name } }) => name)).toEqual(["unused"]);
  const first = ofKind("workflow_recorded")[0]?.brought;
  expect(first?.author).not.toBe("");
  expect((await service.workflowHistory(root, null)).entries).toMatchObject([
    { kind: "recorded", name: "unused", author: first?.author, reason: first?.subject },
  ]);
  writeBelow(root, ".osqr/config.yaml", "policy: dependency_first\nroles: { reviewer: [dana, sam] }\n");
  repo.gitIn(root, "add", "-A");
  repo.gitIn(root, "-c", "user.name=sam", "commit", "-q", "-m", "sam reviews too");
  await go();
  writeBelow(env.XDG_CONFIG_HOME ?? "", "osqr/config.yaml", "me: kim\nmaxParallel: 2\n");
  await go();
  await go();
  const { entries } = await service.workflowHistory(root, null);
  expect(entries.filter(({ kind }) => kind === "policy")).toMatchObject([
    {
      author: "sam",
      reason: "sam reviews too",
      impact: "policy: fifo → dependency_first; roles.reviewer: dana → dana, sam",
    },
    { author: "kim", reason: "the operator's own config, or an option", impact: "maxParallel: 4 → 2" },
  ]);
  const texts = ofKind("project_opened").map(describeEvent);
  expect(texts.slice(1)).toEqual([
    `policy of ${root} changed by sam: policy: fifo → dependency_first; roles.reviewer: dana → dana, sam: sam reviews too`,
    `policy of ${root} changed by kim: maxParallel: 4 → 2: the operator's own config, or an option`,
  ]);
  expect((await service.workflowHistory(root, "unused")).entries).toHaveLength(1);
});
