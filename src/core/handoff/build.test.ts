import { expect, test } from "vitest";
import type { TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../evolve/evolve.ts";
import type { Event } from "../model/event.ts";
import type { StepDraft } from "../model/flow-event.ts";
import type { DecisionId, TaskId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { describeCompletion, describeIntegration, describeReturn, describeRevert } from "./build.ts";
import { type Handoff, parseHandoff, serializeHandoff } from "./shape.ts";

const TIP = "e".repeat(40);

const step = (key: string, order: number, changes: Partial<StepDraft> = {}): StepDraft => ({
  key,
  title: `step ${key}`,
  order,
  kind: "work",
  role: null,
  definitionOfDone: null,
  rework: "continue",
  ...changes,
});

const REVIEW = { kind: "review", executor: "person", script: null, returnsTo: ["build"] } as const;

/** `build` (T1, T2), the review `check`, the merge, and `announce` after it. */
function begin(): CoreDriver {
  const core = new CoreDriver({ roles: { lead: ["dana"] } });
  const tasks: TaskInput[] = [
    { key: "T1", order: 1, step: "build" },
    {
      key: "T2",
      order: 2,
      step: "build",
      requires: ["task:a#T1"],
      knowledge: ["a#T1" as TaskId],
      exit: [
        { key: "read", text: "somebody read it", check: { kind: "command", run: "true", timeoutMs: null } },
      ],
    },
    { key: "check", order: 3, step: "check", role: "lead", requires: ["task:a#T2"], ...REVIEW },
    {
      key: "announce",
      order: 4,
      step: "announce",
      stage: "after",
      requires: ["integrated:a"],
      title: "tell",
    },
  ];
  const steps = [
    step("build", 1, { definitionOfDone: "it runs" }),
    step("check", 2, { kind: "review", role: "lead" }),
    step("merge", 3, { kind: "integrate", role: "release" }),
    step("announce", 4),
  ];
  core.begin([{ id: "a", tasks, ordered: false, changes: { steps, number: 1, owner: "sam" } }]);
  return core;
}

/** What an attempt leaves that joins now, checked against its schema. */
function leave(core: CoreDriver, task: string, tip: string | null = TIP): Handoff {
  const { id, commit } = core.attempt(task);
  const content = describeCompletion(core.state, { attempt: id, commit: tip });
  expect(parseHandoff(serializeHandoff(content))).toEqual({ ok: true, handoff: content });
  const handoff = { commit: null, path: `${task}-${id}-${commit?.slice(0, 2)}.md` };
  const claim = core.claim(task);
  core.send({ kind: "task_joined", ...claim, tip, handoff, artifacts: [], artifact: content });
  return content;
}

function work(core: CoreDriver, task: string): Handoff {
  core.schedule();
  core.start(task);
  const { exit } = core.task(task);
  if (exit.length > 0) {
    const results = exit.map(({ key }) => ({ key, met: true, detail: "" }));
    const rest = { side: "exit", tail: [], workMs: 0, salvage: null } as const;
    core.send({ kind: "criteria_checked", ...core.claim(task), results, ...rest });
  }
  core.succeed(task);
  return leave(core, task);
}

function sign(core: CoreDriver, option: string, reasoning: string): void {
  const [decision] = core.open();
  core.send({
    kind: "resolve",
    decision: decision as DecisionId,
    option,
    by: "user",
    signer: "dana",
    reasoning,
  });
}

/** What the last event of a kind left, from the history alone. */
function fromHistory<Kind extends Event["kind"]>(
  core: CoreDriver,
  kind: Kind,
  describe: (state: ReturnType<typeof emptyState>, event: Extract<Event, { kind: Kind }>) => Handoff,
): Handoff {
  const at = core.history.findLastIndex((event) => event.kind === kind);
  const state = core.history.slice(0, at + 1).reduce(evolve, emptyState());
  const content = describe(state, core.history[at] as Extract<Event, { kind: Kind }>);
  expect(parseHandoff(serializeHandoff(content))).toEqual({ ok: true, handoff: content });
  return content;
}

test("a task that is done says what it made, what comes next and what that has to meet", () => {
  const core = begin();
  expect(work(core, "a#T1")).toMatchObject({
    event: "task_completed",
    workItem: { id: "a", name: "a", title: "Build a" },
    step: { key: "build", order: 1, definitionOfDone: "it runs" },
    task: { key: "T1", order: 1 },
    attempt: "a-1",
    timestamp: "1970-01-01T00:16:40.000Z",
    actor: { name: "command", kind: "executor" },
    outcome: "do T1: 0 files, +1 −0",
    next: { action: "T2 do T2", step: "build", task: "T2", role: null, owner: "sam" },
    openCriteria: [{ task: "T2", key: "read", text: "somebody read it" }],
    baseline: "pre-integration",
    links: [],
    commit: TIP,
    signOff: null,
    reuses: null,
  });
  expect(work(core, "a#T2")).toMatchObject({
    next: { action: "sign off do check", step: "check", task: "check", role: "lead" },
    openCriteria: [],
    links: [{ relation: "after", task: "a#T1", path: "a#T1-a-1-cc.md" }],
  });
});

test("a review that is approved carries the signature; then comes the merge, and what follows it", () => {
  const core = begin();
  work(core, "a#T1");
  work(core, "a#T2");
  core.schedule();
  sign(core, "approve", "reads well");
  expect(leave(core, "a#check")).toMatchObject({
    event: "review_approved",
    actor: { name: "dana", kind: "person", role: "lead" },
    outcome: "do check: approved by dana (lead): reads well",
    signOff: { outcome: "approved", by: "dana", role: "lead", reason: "reads well" },
    next: { action: "integrate into main", step: "merge", task: null, role: "release", owner: "sam" },
    files: [],
  });
  core.land("a", TIP);
  expect(fromHistory(core, "workstream_landed", describeIntegration)).toMatchObject({
    event: "integrated",
    step: { key: "merge", order: 3 },
    task: null,
    attempt: null,
    actor: { name: "osqr" },
    outcome: "integrated into main as eeeeeee",
    next: { action: "announce tell", step: "announce" },
    baseline: "post-integration",
    links: [{ relation: "covers", task: "a#T1" }, { task: "a#T2" }, { task: "a#check" }],
    commit: TIP,
  });
  expect(work(core, "a#announce")).toMatchObject({
    baseline: "post-integration",
    next: { action: "nothing: all is done", task: null },
  });
});

test("work that is sent back says who refused it, why, and what has to be done again", () => {
  const core = begin();
  work(core, "a#T1");
  work(core, "a#T2");
  core.schedule();
  sign(core, "reject", "no tests\nat all");
  expect(fromHistory(core, "workstream_returned", describeReturn)).toMatchObject({
    event: "work_returned",
    step: { key: "check" },
    task: { key: "check" },
    attempt: "a-3",
    actor: { name: "dana", kind: "person", role: "lead" },
    outcome: "sent back to build by dana, 2 tasks to do again: no tests\nat all",
    next: { action: "do T1 do T1 again: no tests\nat all", step: "build", task: "T1", owner: "sam" },
    baseline: "pre-integration",
    links: [
      { relation: "covers", task: "a#T1" },
      { relation: "covers", task: "a#T2" },
    ],
    signOff: { outcome: "rejected", by: "dana", reason: "no tests\nat all" },
  });
  expect(work(core, "a#T1").links).toEqual([{ relation: "earlier", task: "a#T1", path: "a#T1-a-1-cc.md" }]);
});

test("a revert says who wanted it and how it goes on", () => {
  const core = begin();
  for (const task of ["a#T1", "a#T2"]) work(core, task);
  core.schedule();
  sign(core, "approve", "");
  leave(core, "a#check");
  core.land("a", TIP);
  core.send({ kind: "revert", workstream: core.workstream("a").id, to: null, by: "kim", reason: "it leaks" });
  const { id: workstream } = core.workstream("a");
  core.send({ kind: "integration_started", workstream, onto: TIP });
  core.send({ kind: "landing_intended", workstream, from: TIP, to: "f".repeat(40) });
  core.send({ kind: "reverted", workstream, commit: "f".repeat(40), held: null });
  expect(fromHistory(core, "workstream_reverted", describeRevert)).toMatchObject({
    event: "reverted",
    actor: { name: "kim", kind: "person" },
    outcome: "eeeeeee was taken out of main by kim: it leaks",
    next: { action: "osqr resume a", owner: "sam" },
    baseline: "pre-integration",
    commit: "f".repeat(40),
  });
});

test("texts and lists of any size fit", () => {
  const core = new CoreDriver();
  const long = "x".repeat(5_000);
  const tasks = Array.from({ length: 80 }, (_, at) => ({ key: `T${at + 1}`, title: long, parallel: true }));
  core.begin([
    { id: "a", tasks: [...tasks, { key: "last", order: 99 }], changes: { title: `\ud83d${long}` } },
  ]);
  for (const { key } of tasks) work(core, `a#${key}`);
  const { links, next, workItem } = work(core, "a#last");
  expect(links).toHaveLength(50);
  expect(next.action).toBe("integrate into main");
  expect(workItem.title).toHaveLength(500);
});
