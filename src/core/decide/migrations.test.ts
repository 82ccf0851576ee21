import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inOrder, question, type TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../evolve/evolve.ts";
import { previewMigration } from "../migration/preview.ts";
import { planRollback } from "../migration/rollback.ts";
import type { Command } from "../model/command.ts";
import type { TaskDraft } from "../model/drafts.ts";
import type { TaskMapping } from "../model/flow.ts";
import { type MigrationId, toWorkstreamId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { dumpState } from "../snapshot.ts";

type Migrate = Extract<Command, { kind: "migrate" }>;

const TASKS_STEP = {
  key: "tasks",
  title: "the spec's tasks",
  order: 1,
  kind: "tasks",
  role: null,
  definitionOfDone: null,
  rework: "continue",
} as const;

/** `T1`, `T2>T3` (goes on as T3), `T4>` (is dropped), `T5!` (is done again). */
function toMapping(text: string): TaskMapping {
  const [from = "", to] = text.replace("!", "").split(">");
  return {
    from,
    to: to === undefined ? from : to === "" ? null : to,
    ...(text.endsWith("!") ? { redo: true } : {}),
  };
}

/** A migration of workstream `a` to these tasks, in order. */
function migration(
  tasks: readonly (string | TaskInput)[],
  mapping: readonly string[],
  more: Partial<Migrate> = {},
): Migrate {
  const inputs = tasks.map((task) => (typeof task === "string" ? { key: task } : task));
  return {
    kind: "migrate",
    workstream: toWorkstreamId("a"),
    workflow: { name: "feature", version: 2 },
    spec: { path: "docs/a.md", hash: "0".repeat(64), commit: "0".repeat(40), format: "markdown" },
    title: "Build a",
    declared: { touches: [], gates: null },
    tasks: inOrder("a", inputs),
    steps: [TASKS_STEP],
    phases: [],
    mapping: mapping.map(toMapping),
    questions: [],
    ranks: null,
    by: "dana",
    reason: "the new process",
    rollsBack: null,
    ...more,
  };
}

/** Takes a migration back as the planner would: with what the state knows of it. */
function rollback(core: CoreDriver, id: string): Migrate {
  const found = core.state.migrations.get(id as MigrationId);
  if (found === undefined) throw new Error(`no migration ${id}`);
  const { before, from, mapping } = found;
  return migration([], [], {
    workflow: { name: from.workflow, version: from.version },
    spec: before.spec,
    tasks: before.tasks as TaskDraft[],
    steps: before.steps,
    phases: before.phases,
    mapping: [
      ...mapping.flatMap(({ from: old, to }) => (to === null ? [] : [{ from: to, to: old }])),
      ...core
        .workstream("a")
        .tasks.map((task) => task.slice(2))
        .filter((key) => !mapping.some(({ to }) => to === key))
        .map((key) => ({ from: key, to: null })),
    ],
    rollsBack: id as MigrationId,
  });
}

/** `a` with T1 done, T2 done and T3 open, in a run. */
function begun(tasks: readonly (string | TaskInput)[] = ["T1", "T2", "T3"], done = 2): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks }]);
  for (let count = 0; count < done; count += 1) core.finish(...core.schedule());
  return core;
}

const statesOf = (core: CoreDriver): Record<string, string> =>
  Object.fromEntries(core.workstream("a").tasks.map((id) => [id.slice(2), core.task(id).state.kind]));

describe("a migration", () => {
  it("keeps what is done and has the same definition, and goes on with the rest", () => {
    const core = begun();
    const { attempts } = core.task("a#T1");
    core.send(migration(["T1", "T2", "T3", "check"], ["T1", "T2", "T3"]));
    expect(statesOf(core)).toEqual({ T1: "completed", T2: "completed", T3: "ready", check: "pending" });
    expect(core.task("a#T1").attempts).toEqual(attempts);
    expect(core.workstream("a")).toMatchObject({
      workflow: { name: "feature", version: 2 },
      counts: { total: 4, completed: 2 },
      tip: "c".repeat(40),
    });
    expect(core.runOn()).toEqual(["a#T3", "a#check"]);
    expect(core.status("a")).toBe("completed");
  });

  it("does a task again whose definition changed; its attempts stay", () => {
    const core = begun();
    core.send(migration(["T1", { key: "T2", script: "other" }, "T3"], ["T1", "T2", "T3"]));
    expect(statesOf(core)).toEqual({ T1: "completed", T2: "ready", T3: "pending" });
    expect(core.runOn()).toEqual(["a#T2", "a#T3"]);
    expect(core.task("a#T2").attempts).toEqual(["a-2", "a-3"]);
  });

  it("does a task again where the plan says that its text changed", () => {
    const core = begun();
    core.send(migration(["T1", "T2", "T3"], ["T1!", "T2", "T3"]));
    expect(statesOf(core)).toEqual({ T1: "ready", T2: "completed", T3: "pending" });
  });

  it("does not do a task twice that is done while one before it is open", () => {
    const core = begun();
    core.send(migration(["T1", "new", "T2", "T3"], ["T1", "T2", "T3"]));
    expect(statesOf(core)).toEqual({ T1: "completed", new: "ready", T2: "completed", T3: "pending" });
    expect(core.runOn()).toEqual(["a#new", "a#T3"]);
  });

  it("moves what a task has lived through to its new key", () => {
    const core = begun();
    core.send(migration([{ key: "W1", title: "do T1" }, "T2", "T3"], ["T1>W1", "T2", "T3"]));
    expect(statesOf(core)).toEqual({ W1: "completed", T2: "completed", T3: "ready" });
    expect(core.task("a#W1").attempts).toEqual(["a-1"]);
    expect(core.state.attempts.get("a-1" as never)?.task).toBe("a#W1");
    expect(core.task("a#T1").state).toEqual({ kind: "cancelled", reason: "it is W1 since M-1" });
    expect(core.workstream("a").dropped).toEqual(["a#T1"]);
  });

  it("keeps a dropped task for the history of its attempts, and counts it nowhere", () => {
    const core = begun();
    core.send(migration(["T1", "T3"], ["T1", "T2>", "T3"]));
    expect(core.task("a#T2")).toMatchObject({
      state: { kind: "cancelled", reason: "dropped by M-1" },
      attempts: ["a-2"],
    });
    expect(core.state.attempts.get("a-2" as never)?.task).toBe("a#T2");
    expect(core.workstream("a").counts).toMatchObject({ total: 2, completed: 1, cancelled: 0 });
    expect(core.runOn()).toEqual(["a#T3"]);
  });

  it("leaves a running attempt alone whose task stays the same", () => {
    const core = begun(["T1", "T2", "T3"], 1);
    core.schedule();
    core.start("a#T2");
    core.send(migration(["T1", "T2", "late", "T3"], ["T1", "T2", "T3"]));
    expect(statesOf(core)).toEqual({ T1: "completed", T2: "running", late: "pending", T3: "pending" });
    core.succeed("a#T2");
    core.join("a#T2");
    expect(core.runOn()).toEqual(["a#late", "a#T3"]);
  });

  it("asks for a signature again where the work before it is open again", () => {
    const review: TaskInput = {
      key: "sign",
      kind: "review",
      executor: "person",
      script: null,
      returnsTo: ["tasks"],
    };
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1", review, "T3"] }]);
    core.finish(...core.schedule());
    core.schedule();
    core.send({ ...answer("D-1", "approve"), signer: "dana" });
    core.join("a#sign");
    core.send(migration(["T1", review, "T3"], ["T1", "sign", "T3"]));
    expect(statesOf(core)).toEqual({ T1: "completed", sign: "completed", T3: "ready" });
    core.send(migration([{ key: "T1", script: "other" }, review, "T3"], ["T1", "sign", "T3"]));
    expect(statesOf(core)).toEqual({ T1: "ready", sign: "pending", T3: "pending" });
  });

  it("ends an open review and asks it anew", () => {
    const review: TaskInput = {
      key: "sign",
      kind: "review",
      executor: "person",
      script: null,
      returnsTo: ["tasks"],
    };
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T1", review] }]);
    core.finish(...core.schedule());
    core.schedule();
    expect(core.open()).toEqual(["D-1"]);
    core.send(migration(["T1", review, "T3"], ["T1", "sign"]));
    expect(core.decision("D-1").state.kind).toBe("withdrawn");
    core.schedule();
    expect(core.open()).toEqual(["D-2"]);
    expect(core.task("a#sign").attempts).toHaveLength(2);
  });

  it("withdraws what is asked about a failed task that changed, and keeps what is asked about one that did not", () => {
    const core = begun(["T1", "T2"], 1);
    core.schedule();
    core.fail("a#T2");
    core.send(migration(["T1", "T2", "T3"], ["T1", "T2"]));
    expect(core.open()).toEqual(["D-1"]);
    expect(core.task("a#T2").state.kind).toBe("failed");
    expect(core.workstream("a").stops).toBe(1);
    core.send(migration(["T1", { key: "T2", script: "mended" }], ["T1", "T2"]));
    expect(core.open()).toEqual([]);
    expect(core.runOn()).toEqual(["a#T2"]);
  });

  it("asks new questions, keeps answers, and withdraws questions that nobody needs", () => {
    const core = new CoreDriver();
    const asks = (key: string, name: string): TaskInput => ({ key, requires: [`question:${name}`] });
    core.begin([
      {
        id: "a",
        tasks: [asks("T1", "K"), asks("T2", "L")],
        questions: [question("K"), question("L")],
      },
    ]);
    core.resolve("D-1", "a");
    core.send(
      migration([asks("T1", "K"), asks("T9", "N")], ["T1", "T2>"], {
        questions: [question("K"), question("N")],
      }),
    );
    expect(core.decision("D-2").state.kind).toBe("withdrawn");
    expect(core.open()).toEqual(["D-3"]);
    expect(core.decision("D-3").askers).toEqual(["a#T9"]);
    expect(statesOf(core)).toEqual({ T1: "ready", T9: "pending" });
    core.send(rollback(core, "M-1"));
    expect(core.open()).toEqual(["D-4"]);
    expect(core.decision("D-4")).toMatchObject({ contentKey: "L", askers: ["a#T2"] });
  });

  it("asks whoever waits for what is dropped, and leads them after what is renamed", () => {
    const core = new CoreDriver();
    core.begin([
      { id: "a", tasks: ["T1", "T2", "T3"] },
      { id: "b", tasks: [{ key: "T", requires: ["task:a#T2"] }] },
      { id: "c", tasks: [{ key: "T", requires: ["task:a#T3"], knowledge: ["a#T3" as never] }] },
    ]);
    core.send(migration(["T1", { key: "W3", title: "do T3" }], ["T2>", "T3>W3"]));
    expect(core.decision("D-1")).toMatchObject({
      type: "scope",
      question: "a no longer has T2, which this waits for",
      askers: ["b#T"],
    });
    expect(core.task("c#T")).toMatchObject({ requires: ["task:a#W3"], knowledge: ["a#W3"] });
    core.resolve("D-1", "go-on");
    expect(core.runOn()).toEqual(["a#T1", "b#T", "a#W3", "c#T"]);
  });

  it("takes a finished workstream out of the merge queue where something is left to do", () => {
    const core = begun(["T1"], 1);
    expect(core.workstream("a").integration.kind).toBe("queued");
    core.send(migration(["T1", "T2"], ["T1"]));
    expect(core.workstream("a").integration.kind).toBe("none");
    expect(core.runOn()).toEqual(["a#T2"]);
    expect(core.status("a")).toBe("completed");
  });

  it("goes to the merge queue where nothing is left to do", () => {
    const core = begun(["T1", "T2"], 1);
    core.send(migration(["T1"], ["T1"]));
    expect(core.workstream("a").integration.kind).toBe("queued");
  });
});

const answer = (decision: string, option: string) =>
  ({ kind: "resolve", decision: decision as never, option, by: "user", reasoning: "fine" }) as const;

it("what was asked before the work is asked anew, also where the work was paused meanwhile", () => {
  const tick = { key: "window", text: "the window is open", check: { kind: "tick" } } as const;
  const core = begun([{ key: "T1", entry: [tick] }, "T2"], 0);
  core.schedule();
  core.intend("a", "paused");
  core.send(migration([{ key: "T1", entry: [tick] }, "T2", "T3"], ["T1", "T2"]));
  expect(core.decision("D-1").state.kind).toBe("withdrawn");
  core.intend("a", "run");
  core.schedule();
  expect(core.open()).toEqual(["D-2"]);
});

it("a task that is ticked in the new text while an attempt is on it goes on", () => {
  const core = begun(["T1", "T2"], 0);
  core.start(...core.schedule());
  core.succeed("a#T1");
  core.send(migration([{ key: "T1", already: true }, "T2"], ["T1", "T2"]));
  expect(core.task("a#T1").state.kind).toBe("running");
  core.join("a#T1");
  expect(core.schedule()).toEqual(["a#T2"]);
});

it("a failed task that is ticked in the new text asks nobody any more", () => {
  const core = begun(["T1", "T2"], 0);
  core.schedule();
  core.fail("a#T1");
  core.send(migration([{ key: "T1", already: true }, "T2"], ["T1", "T2"]));
  expect(core.open()).toEqual([]);
  expect(core.schedule()).toEqual(["a#T2"]);
});

it("a question that was withdrawn under running work is asked again where that starts anew", () => {
  const asks: TaskInput = { key: "T1", requires: ["question:K"] };
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: [asks, "T2"], questions: [question("K")] }]);
  core.send(migration(["T1", "T2"], ["T1", "T2"]));
  expect(core.decision("D-1").state.kind).toBe("withdrawn");
  core.start(...core.schedule());
  core.send(rollback(core, "M-1"));
  core.end("a#T1", "lost");
  expect(core.open()).toEqual(["D-2"]);
  expect(core.decision("D-2")).toMatchObject({ contentKey: "K", askers: ["a#T1"] });
});

it("what a dropped task asked goes away with its workstream", () => {
  const core = new CoreDriver();
  const asked = question("K");
  core.register([
    { id: "a", tasks: [{ key: "T1", requires: ["question:K"] }, "T2"], questions: [asked] },
    { id: "b", tasks: [{ key: "T1", requires: ["question:K"] }], questions: [asked] },
  ]);
  core.send(migration(["T2"], ["T2"]));
  core.send({ kind: "remove", workstream: toWorkstreamId("a"), by: "user", reason: "not needed" });
  expect(core.decision("D-1")).toMatchObject({ workstream: "b", askers: ["b#T1"] });
});

it("stays the same work whatever order the keys of its definition have: a replay decides as the live run did", () => {
  const check = { kind: "gate", gate: "tests" } as const;
  const sorted = { gate: "tests", kind: "gate" } as const;
  const criterion = (one: typeof check | typeof sorted) => ({ key: "tests", text: "tests", check: one });
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: [{ key: "T1", exit: [criterion(check)] }] }]);
  const draft = (one: typeof check | typeof sorted) =>
    migration([{ key: "T1", exit: [criterion(one)] }], ["T1"]);
  const fates = [check, sorted].map((one) => previewMigration(core.state, draft(one)).rows[0]?.fate);
  expect(fates).toEqual(["kept", "kept"]);
});

it("says what of a definition is different", () => {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: [{ key: "T1", script: "make" }] }]);
  core.finish(...core.schedule());
  const preview = previewMigration(
    core.state,
    migration([{ key: "T1", script: "make all", title: "more" }], ["T1"]),
  );
  expect(preview.rows[0]).toMatchObject({ fate: "redone", changes: ["its title", "what it runs"] });
  expect(preview.warnings).toEqual(["done again: T1 (its title, what it runs)"]);
});

describe("a migration is refused", () => {
  it.each<[string, string, () => CoreDriver, Migrate]>([
    ["without a reason", "reason-missing", begun, migration(["T1"], ["T1", "T2"], { reason: " " })],
    ["that forgets work", "mapping-incomplete", begun, migration(["T1", "T3"], ["T1"])],
    ["of what is not there", "mapping-unknown", begun, migration(["T1"], ["T1", "T2>", "T9"])],
    ["to what is not there", "mapping-unknown", begun, migration(["T1"], ["T1", "T2>T9"])],
    ["of two tasks into one", "mapping-ambiguous", begun, migration(["T1"], ["T1", "T2>T1"])],
    ["of one task into two", "mapping-ambiguous", begun, migration(["T1", "T2"], ["T1", "T1>T2", "T2>"])],
    [
      "of work into somebody's word",
      "mapping-kind",
      begun,
      migration(
        ["T1", { key: "sign", kind: "review", executor: "person", script: null, returnsTo: ["tasks"] }],
        ["T1", "T2>sign"],
      ),
    ],
    ["to nothing", "no-tasks", begun, migration([], ["T1>", "T2>"])],
    [
      "under a running attempt of what changes",
      "workstream-busy",
      () => {
        const core = begun();
        core.schedule();
        return core;
      },
      migration(["T1", "T2", { key: "T3", script: "other" }], ["T1", "T2", "T3"]),
    ],
    [
      "of what is cancelled",
      "not-in-flight",
      () => {
        const core = begun();
        core.intend("a", "cancelled");
        return core;
      },
      migration(["T1", "T2", "T3"], ["T1", "T2", "T3"]),
    ],
    [
      "of what has landed",
      "not-in-flight",
      () => {
        const core = begun();
        core.runOn();
        return core;
      },
      migration(["T1", "T2", "T3"], ["T1", "T2", "T3"]),
    ],
    [
      "of what is being merged",
      "not-in-flight",
      () => {
        const core = begun(["T1"], 1);
        core.send({ kind: "integration_started", workstream: toWorkstreamId("a"), onto: "c".repeat(40) });
        return core;
      },
      migration(["T1", "T2"], ["T1"]),
    ],
  ])("%s (%s)", (_how, code, make, command) => {
    const core = make();
    const before = core.state;
    const refusal = core.refused(command);
    expect(refusal.code).toBe(code);
    expect(core.state).toBe(before);
  });

  it("names what is forgotten and how to say what becomes of it", () => {
    expect(begun().refused(migration(["T3"], ["T3"]))).toMatchObject({
      message: "a: what becomes of T1, T2? Attempts or results of them are recorded",
      hints: ["where it goes on: --map T1=<new task or step>", "to drop it: --map T1=-"],
    });
  });
});

describe("a rollback", () => {
  it("brings back the open work of before, what was dropped included", () => {
    const core = begun();
    core.send(migration([{ key: "W1", title: "do T1" }, "T3", "new"], ["T1>W1", "T2>", "T3"]));
    core.send(rollback(core, "M-1"));
    expect(statesOf(core)).toEqual({ T1: "completed", T2: "completed", T3: "ready" });
    expect(core.task("a#T1").attempts).toEqual(["a-1"]);
    expect(core.task("a#T2").attempts).toEqual(["a-2"]);
    expect(core.runOn()).toEqual(["a#T3"]);
  });

  it("does again what was done only under the new blueprint", () => {
    const core = begun(["T1", "T2"], 1);
    core.send(migration(["T1", { key: "T2", script: "other" }, "T3"], ["T1", "T2"]));
    core.finish(...core.schedule());
    core.send(rollback(core, "M-1"));
    expect(statesOf(core)).toEqual({ T1: "completed", T2: "ready" });
  });

  it("goes back in order only", () => {
    const core = begun();
    core.send(migration(["T1", "T2", "T3", "x"], ["T1", "T2", "T3"]));
    core.send(migration(["T1", "T2", "T3", "y"], ["T1", "T2", "T3"]));
    expect(core.refused(rollback(core, "M-1"))).toMatchObject({
      code: "not-the-last",
      message: "M-1 cannot be rolled back: M-2 came after it",
    });
    core.send(rollback(core, "M-2"));
    expect(core.refused(rollback(core, "M-2")).code).toBe("not-the-last");
    core.send(rollback(core, "M-1"));
    expect(statesOf(core)).toEqual({ T1: "completed", T2: "completed", T3: "ready" });
    expect([...core.state.migrations.values()].map(({ id, rollsBack }) => [id, rollsBack])).toEqual([
      ["M-1", null],
      ["M-2", null],
      ["M-3", "M-2"],
      ["M-4", "M-1"],
    ]);
  });

  it("does not bring back work that was given up since", () => {
    const core = begun(["T1", "T2"], 1);
    core.send(migration([{ key: "T1", script: "other" }, "T2"], ["T1", "T2"]));
    core.finish(...core.schedule());
    core.finish(...core.schedule());
    core.send({ kind: "integration_started", workstream: toWorkstreamId("a"), onto: "c".repeat(40) });
    core.stopIntegration("a", "conflict");
    core.resolve("D-1", "redo");
    core.send(rollback(core, "M-1"));
    expect(statesOf(core)).toEqual({ T1: "ready", T2: "pending" });
  });
});

describe("a signature from before a migration that is taken back", () => {
  const review: TaskInput = {
    key: "check",
    step: "check",
    kind: "review",
    executor: "person",
    script: null,
    returnsTo: ["tasks"],
  };

  /** T1 done, `check` signed, and a migration by which T1 is to be done again. */
  function signed(): CoreDriver {
    const core = begun(["T1", review, "more", "T4"], 1);
    core.schedule();
    core.send({ ...answer("D-1", "approve"), signer: "dana" });
    core.join("a#check");
    core.finish(...core.schedule());
    core.send(migration(["T1", review, "more", "T4"], ["T1!", "check", "more", "T4"]));
    expect(statesOf(core)).toEqual({ T1: "ready", check: "pending", more: "completed", T4: "pending" });
    return core;
  }

  const takingBack = (core: CoreDriver): Migrate => ({
    ...planRollback(core.state, "M-1" as MigrationId),
    by: "dana",
    reason: "too early",
  });

  it("counts again where the work stands as it stood", () => {
    const core = signed();
    core.send(takingBack(core));
    expect(statesOf(core)).toEqual({
      T1: "completed",
      check: "completed",
      more: "completed",
      T4: "ready",
    });
  });

  it("does not count for work that joined since: somebody is asked again", () => {
    const core = signed();
    core.schedule();
    core.start("a#T1");
    core.succeed("a#T1");
    core.send({
      kind: "task_joined",
      ...core.claim("a#T1"),
      tip: "d".repeat(40),
      handoff: null,
      artifacts: [],
    });
    core.schedule();
    expect(core.task("a#check").state).toMatchObject({ kind: "waiting" });
    const back = takingBack(core);
    const rows = previewMigration(core.state, back).rows.map(({ from, fate }) => [from, fate]);
    expect(rows).toEqual([
      ["T1", "restored"],
      ["check", "asked"],
      ["more", "kept"],
      ["T4", "kept"],
    ]);
    core.send(back);
    expect(statesOf(core)).toMatchObject({ T1: "completed", check: "ready", more: "completed" });
    expect(core.runOn()).not.toContain("a#more");
  });

  it("is shown to come back while somebody is asked anew", () => {
    const core = begun(["T1", review, "more"], 1);
    core.schedule();
    core.send({ ...answer("D-1", "approve"), signer: "dana" });
    core.join("a#check");
    core.send(migration(["T1", { ...review, returnsTo: [] }, "more"], ["T1", "check", "more"]));
    core.schedule();
    const back = takingBack(core);
    expect(previewMigration(core.state, back).rows[1]).toMatchObject({ was: "waiting", fate: "restored" });
    core.send(back);
    expect(core.task("a#check").state.kind).toBe("completed");
  });
});

/** What becomes of one old task, and what new one stands before it. */
interface Change {
  readonly how: "keep" | "change" | "rename" | "drop";
  readonly isNewBefore: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  how: fc.constantFrom("keep", "change", "rename", "drop"),
  isNewBefore: fc.boolean(),
});

/** A migration that carries out these changes, one for each task of `a`. */
function toMigration(changes: readonly Change[]): Migrate {
  const tasks: TaskInput[] = [{ key: "first" }];
  const mapping: string[] = [];
  changes.forEach(({ how, isNewBefore }, index) => {
    const key = `T${index}`;
    if (isNewBefore) tasks.push({ key: `new${index}` });
    if (how === "keep") tasks.push({ key });
    if (how === "change") tasks.push({ key, script: "other" });
    if (how === "rename") tasks.push({ key: `W${index}`, title: `do ${key}` });
    mapping.push(how === "drop" ? `${key}>` : how === "rename" ? `${key}>W${index}` : key);
  });
  return migration(tasks, mapping);
}

const steps = (core: CoreDriver, count: number): void => {
  for (let step = 0; step < count; step += 1) core.finish(...core.schedule(1));
};

describe("any migration", () => {
  it("that is rolled back leaves the same work open", () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(7), (changes, done) => {
        const keys = changes.map((_, index) => `T${index}`);
        const core = begun(keys, Math.min(done, changes.length - 1));
        const before = statesOf(core);
        core.intend("a", "paused");
        core.send(toMigration(changes));
        core.send(rollback(core, "M-1"));
        core.intend("a", "run");
        expect(statesOf(core)).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  it("can be carried out and taken back in the middle, comes to an end, and replays", () => {
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.tuple(fc.nat(5), fc.nat(5), fc.boolean()),
        (changes, [done, later, isTakenBack]) => {
          const keys = changes.map((_, index) => `T${index}`);
          const count = Math.min(done, changes.length - 1);
          const core = begun(keys, count);
          core.send(toMigration(changes));
          const kept = keys.filter((_, index) => changes[index]?.how === "keep" && index < count);
          for (const key of kept) expect(core.task(`a#${key}`).attempts).toHaveLength(1);
          const { total, completed } = core.workstream("a").counts;
          steps(core, Math.min(later, total - completed - 1));
          if (isTakenBack) core.send(rollback(core, "M-1"));
          core.runOn();
          expect(core.status("a")).toBe("completed");
          let replayed = emptyState();
          for (const event of core.history) replayed = evolve(replayed, event);
          expect(dumpState(replayed)).toBe(dumpState(core.state));
        },
      ),
      { numRuns: 100 },
    );
  });
});

it("where a key is misspelt the nearest one is named; what has landed is not taken out for a migration", () => {
  const wrong = begun().refused(migration(["T1", "review"], ["T1", "T2>revew"]));
  expect(wrong.hints).toEqual(["did you mean review?", "there will be T1, review"]);
  const landed = begun();
  landed.runOn();
  expect(landed.refused(migration(["T1", "T2", "T3"], ["T1", "T2", "T3"])).hints).toEqual([
    "the next version counts for new work",
  ]);
});
