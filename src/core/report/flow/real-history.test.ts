/** The figures over a history that the real core has made: a rejection, a landing, a revert. */
import { expect, test } from "vitest";
import { registration } from "../../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../../test/support/core-driver.ts";
import { type DecisionId, toWorkstreamId } from "../../model/ids.ts";
import { explainWorkstream } from "../why.ts";
import { viewWorkstream } from "../workstreams.ts";
import { buildFlow, NO_FILTER } from "./build-flow.ts";
import { listRecords } from "./records.ts";
import type { FlowItem } from "./types.ts";

const MINUTE_MS = 60_000;
const STEP = { role: null, definitionOfDone: null, rework: "continue" } as const;

function begin(): CoreDriver {
  const core = new CoreDriver();
  core.register([
    registration({
      id: "a",
      tasks: [
        { key: "build", step: "build" },
        { key: "docs", step: "docs" },
        { key: "check", step: "check", kind: "review", role: "reviewer", returnsTo: ["build"] },
      ],
      changes: {
        owner: "dana",
        steps: [
          { ...STEP, key: "build", title: "build", order: 1, kind: "work" },
          { ...STEP, key: "docs", title: "docs", order: 2, kind: "work" },
          { ...STEP, key: "check", title: "check", order: 3, kind: "review" },
          { ...STEP, key: "merge", title: "merge", order: 4, kind: "integrate" },
        ],
      },
    }),
  ]);
  core.go("a");
  return core;
}

function sign(core: CoreDriver, option: string): void {
  const decision = core.open()[0] as DecisionId;
  const word = { by: "user", signer: "sam", reasoning: "read it" } as const;
  core.send({ kind: "resolve", decision, option, ...word });
}

/** Both tasks, ten minutes each, then the review, five minutes. */
function workOff(core: CoreDriver, option: string): void {
  for (const task of ["a#build", "a#docs"]) {
    core.schedule();
    core.wait(10);
    core.finish(task);
  }
  core.schedule();
  core.wait(5);
  sign(core, option);
  if (option === "approve") core.join("a#check");
}

function look(core: CoreDriver): FlowItem {
  const request = { filter: NO_FILTER, only: null, detail: true, now: core.now };
  const [item] = buildFlow(core.state, request).items;
  if (item === undefined) throw new Error("no workstream");
  return item;
}

test("a rejection is a return whose completed tasks count as rework at once", () => {
  const core = begin();
  workOff(core, "reject");
  // build and docs were completed and are undone: 2 / 2; only the result of build is refused.
  expect(look(core).rework).toEqual({ returns: 1, tasks: 2, completions: 2, rate: 1, workMs: 10 });
  workOff(core, "approve");
  core.land("a");
  const item = look(core);
  // Three tasks done: 2 / 5. Twice 25 min from registration to the landing.
  expect(item.rework).toMatchObject({ tasks: 2, completions: 5, rate: 0.4 });
  expect(item).toMatchObject({ status: "completed", leadMs: 50 * MINUTE_MS, owner: "dana" });
  expect(item.people).toMatchObject({ count: 2, open: 0, sumMs: 10 * MINUTE_MS });
  // build: claimed at 0, done again at 35. docs: 10 to 45. check: 20 to 50.
  expect(item.steps.map(({ key, cycleMs }) => [key, (cycleMs ?? 0) / MINUTE_MS])).toEqual([
    ["build", 35],
    ["docs", 35],
    ["check", 30],
    ["merge", 0],
  ]);
  expect(item.detail?.signOffs.map(({ outcome, by, returnedTo }) => [outcome, by, returnedTo])).toEqual([
    ["rejected", "sam", "build"],
    ["approved", "sam", null],
  ]);
});

test("what is taken out of the base is in progress again, and all of it counts as rework", () => {
  const core = begin();
  workOff(core, "approve");
  core.land("a");
  core.wait(60);
  const workstream = toWorkstreamId("a");
  core.send({ kind: "revert", workstream, to: null, by: "dana", reason: "it broke the shop" });
  core.send({ kind: "integration_started", workstream, onto: "b".repeat(40) });
  core.send({ kind: "landing_intended", workstream, from: "b".repeat(40), to: "d".repeat(40) });
  core.send({ kind: "reverted", workstream, commit: "d".repeat(40), held: null });
  const item = look(core);
  expect(item).toMatchObject({ status: "paused", completedAt: null, leadMs: null, reverts: 1 });
  expect(item.rework).toMatchObject({ returns: 0, tasks: 3, completions: 3, rate: 1 });
  expect(item.detail?.reverts).toMatchObject([{ by: "dana", reason: "it broke the shop" }]);
});

const REVERTED = "d".repeat(40);

function takeOut(core: CoreDriver): void {
  const workstream = toWorkstreamId("a");
  core.send({ kind: "integration_started", workstream, onto: "b".repeat(40) });
  core.send({ kind: "landing_intended", workstream, from: "b".repeat(40), to: REVERTED });
  core.send({ kind: "reverted", workstream, commit: REVERTED, held: null });
}

/** Steps that the workstream is in, and how often each had work sent back to it. */
function count(core: CoreDriver, until: string | null = null) {
  const { steps } = buildFlow(core.state, {
    filter: { ...NO_FILTER, until },
    only: null,
    detail: false,
    now: core.now,
  });
  const wip = steps.filter((each) => each.wip > 0).map(({ step, wip }) => `${step} ${wip}`);
  const back = steps.filter((each) => each.returns > 0).map(({ step, returns }) => `${step} ${returns}`);
  return { wip, back };
}

test("work that was sent back is in the step that is done again, and in no other", () => {
  const core = begin();
  workOff(core, "reject");
  expect(count(core)).toEqual({ wip: ["build 1"], back: ["build 1"] });
  core.schedule();
  core.wait(10);
  core.finish("a#build");
  core.wait(1);
  expect(count(core).wip).toEqual(["docs 1"]);
  // As it was while build was done anew, and while docs was done first.
  expect(count(core, new Date(core.now - 6 * MINUTE_MS).toISOString()).wip).toEqual(["build 1"]);
  expect(count(core, new Date(core.now - 20 * MINUTE_MS).toISOString()).wip).toEqual(["docs 1"]);
});

test("a revert counts in one step, and as sent back where it went on", () => {
  const core = begin();
  workOff(core, "approve");
  core.land("a");
  core.wait(5);
  expect(count(core)).toEqual({ wip: [], back: [] });
  core.send({ kind: "revert", workstream: toWorkstreamId("a"), to: "docs", by: "dana", reason: "it broke" });
  expect(count(core).wip).toEqual(["merge 1"]);
  takeOut(core);
  expect(count(core)).toEqual({ wip: ["build 1"], back: ["docs 1"] });
  expect(explainWorkstream(core.state, core.workstream("a"))).toContain(
    "It was sent back once, last by dana after the merge to docs: it broke",
  );
});

test("ownership that went over stands in the view and among the records", () => {
  const core = begin();
  const workstream = toWorkstreamId("a");
  const went = { kind: "transfer_ownership", workstream, by: "dana", reason: "she is away" } as const;
  core.send({ ...went, task: null, to: "kim" });
  core.wait(1);
  core.send({ ...went, task: "a#docs" as never, to: "sam" });
  expect(viewWorkstream(core.state, core.workstream("a")).transfers).toMatchObject([
    { task: null, from: "dana", to: "kim", by: "dana", reason: "she is away" },
    { task: "a#docs", from: null, to: "sam" },
  ]);
  const records = listRecords(look(core)).filter(({ kind }) => kind === "transfer");
  expect(records).toMatchObject([
    { task: null, by: "dana", outcome: "from dana to kim", reason: "she is away" },
    { task: "a#docs", by: "dana", outcome: "to sam" },
  ]);
});
