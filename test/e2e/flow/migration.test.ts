import { expect, test } from "vitest";
import type { WorkstreamView } from "../../../src/core/report/types.ts";
import type { WorkflowHistory } from "../../../src/core/report/workflow-views.ts";
import { listLaunches, openCli, workflow } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

const work = (key: string, more: Readonly<Record<string, unknown>> = {}) => ({
  key,
  kind: "work",
  run: `echo ${key} > ${key}.txt`,
  ...more,
});
const review = (key: string) => ({ key, review: true, returns_to: "build" });
const change = { author: "dana", reason: "two eyes were not enough", impact: "one more signature" };

test("edge case 4: a new version of a workflow leaves work in flight alone until it is migrated with a mapping, and the way back is open", async () => {
  const first = workflow("flow", [work("build"), review("check"), work("pack")]);
  const cli = openCli({
    ".osqr/workflows/flow.yaml": first,
    "docs/a.md": spec({ "T1 Write one": "echo one > one.txt" }, ["workflow: flow"]),
  });
  await cli.go();
  cli.write(
    ".osqr/workflows/flow-2.yaml",
    workflow("flow", [work("build"), review("quality"), review("security"), work("pack")], {
      version: 2,
      change,
    }),
  );
  cli.commit("flow 2");
  // Nothing changes by itself: what is under way keeps its version.
  expect((await cli.go()).map(({ blocks }) => blocks)).toEqual([["a#check"]]);
  const told = await cli.ok("workflow", "history", "flow");
  expect(told.stdout).toContain("two eyes were not enough");
  expect(told.stdout).toContain("one more signature");
  // The open review has no place in the new version: it needs an explicit one.
  const unmapped = await cli.osqr(
    "workflow",
    "migrate",
    "a",
    "--to",
    "flow@2",
    "--because",
    "eyes",
    "--json",
  );
  expect([unmapped.code, unmapped.stderr]).toEqual([1, expect.stringContaining("mapping-incomplete")]);
  expect(await cli.ofKind("workstream_migrated")).toEqual([]);
  await cli.ok(
    "workflow",
    "migrate",
    "a",
    "--to",
    "flow@2",
    "--map",
    "check=quality",
    "--as",
    "dana",
    "--because",
    "eyes",
  );
  const asked = await cli.go();
  expect(asked.map(({ blocks }) => blocks)).toEqual([["a#quality"]]);
  const [migrated] = await cli.ofKind("workstream_migrated");
  expect(migrated?.migration).toMatchObject({
    id: "M-1",
    from: { workflow: "flow", version: 1 },
    to: { workflow: "flow", version: 2 },
    mapping: expect.arrayContaining([{ from: "check", to: "quality" }]),
    by: "dana",
    reason: "eyes",
  });
  const { workstream } = await cli.ask<{ workstream: WorkstreamView }>("show", "a");
  expect(workstream.steps.map(({ key, status }) => [key, status])).toEqual([
    ["build", "completed"],
    ["quality", "active"],
    ["security", "pending"],
    ["pack", "pending"],
    ["integrate", "pending"],
  ]);
  await cli.ok("workflow", "rollback", "M-1", "--as", "dana", "--because", "too early");
  const [check] = await cli.go();
  expect(check?.blocks).toEqual(["a#check"]);
  await cli.ok("decide", check?.id ?? "", "approve", "--as", "kim", "--because", "fine");
  expect(await cli.go()).toEqual([]);
  // What was done before the migration was done once.
  expect(listLaunches(await cli.log())).toEqual(["build", "pack"]);
  const { entries } = await cli.ask<WorkflowHistory>("workflow", "history", "flow");
  expect(entries.map(({ kind, version, migration, author }) => [kind, version, migration, author])).toEqual([
    ["recorded", 1, null, "Somebody"],
    ["recorded", 2, null, "dana"],
    ["migration", 2, "M-1", "dana"],
    ["migration", 1, "M-2", "dana"],
  ]);
});
