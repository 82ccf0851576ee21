import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestDaemon, type TestDaemon } from "../../../test/fixtures/cli-daemon.ts";
import { workflowHistory, workflowList, workflowView } from "../../../test/fixtures/workflow-views.ts";
import {
  workflowCheckSchema,
  workflowHistorySchema,
  workflowListSchema,
  workflowSchema,
} from "../../server/schemas/workflows.ts";
import { renderWorkflow } from "../render/workflows.ts";
import { PLAIN_STYLE } from "../text/style.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await openTestDaemon();
});
afterEach(() => daemon.close());

test("workflow and workflow list say which versions there are, and what is wrong", async () => {
  const { code, out, err } = await daemon.run("workflow");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatchInlineSnapshot(`
    "0 workflows of this project, 5 built in. Specs that name none take tasks.

      workflow                 steps                                                                                                  in progress  from
      direct@1       in force  tasks → integrate                                                                                      –            built-in
      phased@1       in force  intake → tasks → checkpoint → integrate                                                                –            built-in
      progressive@1  in force  tasks → integrate                                                                                      –            built-in
      systematic@1   in force  intake → plan-approval → tasks → quality-review → release-review → integrate → verification → closing  –            built-in
      tasks@1        in force  tasks → integrate                                                                                      –            built-in

      36 templates by type of work, such as phased.bug-fix: osqr workflow list --json

    warning: .osqr/workflows/feature.yaml:1: feature@1 has changed since it was first used; the first text counts
      expected: a higher version
      found: version: 1 with another content
      hint: set version: 2
    "
  `);
  expect((await daemon.run("workflow list")).out).toBe(out);
});

test("workflow show goes through the steps: who, what has to hold, where a rejection goes", async () => {
  const { out } = await daemon.run("workflow show phased");
  expect(out).toMatchInlineSnapshot(`
    "phased@1  phased: a checkpoint that can go back
      in force · built-in

      1  intake  is this work new  (intake)
         role reviewer
         done means: Somebody has said that no other workstream does this already.
      2  tasks  the spec's tasks  (tasks)
         done again from where it began
         done means: All tasks of the spec are done.
         after:  the gate all passes
      3  checkpoint  does the work hold so far  (review)
         role reviewer · sends back to tasks
         done means: A reviewer has looked at the whole result.
      4  integrate  merge into the base  (integrate)
         done means: The work is in the base and the project's gates pass on the combined tree.
    "
  `);
});

test("workflow show of a name that is not there ends with 1 and says so", async () => {
  const { code, err } = await daemon.run("workflow show nothing");
  expect([code, err.split("\n")[0]]).toEqual([1, 'error: no workflow is called "nothing"']);
});

test("workflow check names what is not committed and what is wrong, with file and line", async () => {
  expect((await daemon.run("workflow check")).out).toMatchInlineSnapshot(`
    "2 files looked at: 0 errors, 1 warning.
      not in the base yet, so that no plan takes it: feature@1

    warning: .osqr/workflows/feature.yaml:1: feature@1 has changed since it was first used; the first text counts
      expected: a higher version
      found: version: 1 with another content
      hint: set version: 2
    "
  `);
});

test("workflow diff takes versions as numbers", async () => {
  expect((await daemon.run("workflow diff feature 1 3")).out).toMatchInlineSnapshot(`
    "feature: 1 → 3, 1 difference.
      + step release: release review
    "
  `);
  const { code, err } = await daemon.run("workflow diff feature one");
  expect([code, err.split("\n")[0]]).toEqual([2, 'error: expected a version such as 2, found "one"']);
  expect(daemon.service.calls.filter(([name]) => name === "diffWorkflow")).toHaveLength(1);
});

test("workflow history says who changed what, when, why and with what effect", async () => {
  expect((await daemon.run("workflow history feature")).out).toMatchInlineSnapshot(`
    "1 change.
      when              what       by    why                                  effect
      2026-01-05 10:00  feature@2  dana  releases need a second pair of eyes  one more sign-off per workstream; from 2026-01-10
    "
  `);
});

test("--json is what the API answers, and fits its schema", async () => {
  const read = async (line: string): Promise<unknown> => JSON.parse((await daemon.run(`${line} --json`)).out);
  expect(workflowListSchema.parse(await read("workflow list"))).toEqual(workflowList);
  expect(workflowSchema.parse(await read("workflow show systematic"))).toEqual(workflowView("systematic"));
  expect(workflowHistorySchema.parse(await read("workflow history"))).toEqual(workflowHistory);
  expect(workflowCheckSchema.parse(await read("workflow check")).ok).toBe(true);
});

test("a review with nothing before it says that a rejection asks again", () => {
  const page = { width: 100, style: PLAIN_STYLE };
  const view = workflowView("phased");
  const review = view?.definition.find(({ kind }) => kind === "review");
  if (view === undefined || review === undefined) throw new Error("phased has a review");
  const show = (returnsTo: readonly string[]) =>
    renderWorkflow({ ...view, definition: [{ ...review, returnsTo }] }, page).join("\n");
  expect(show([review.key])).toContain("role reviewer · a rejection asks again");
  expect(show(["tasks", review.key])).toContain("sends back to tasks, or a rejection asks again");
});
