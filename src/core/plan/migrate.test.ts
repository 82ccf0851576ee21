import { describe, expect, it } from "vitest";
import { decide } from "../decide/decide.ts";
import type { MigrationDraft } from "../migration/preview.ts";
import { planRollback } from "../migration/rollback.ts";
import { type MigrationId, toTaskId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import { explainWorkstream } from "../report/why.ts";
import { buildPlan } from "./build-plan.ts";
import { apply, PROJECT, spec, start, toInput } from "./fixture.ts";
import { parsePair } from "./mapping.ts";
import { needWorkflow, type PlannedMigration, planMigration } from "./migrate.ts";

const OTHERS = [spec("b"), spec("c", "T1", ["a#T2"])];

/** `a` and others, started; the first `done` tasks of `a` are completed. */
function begun(text: Spec, done: number): State {
  const input = toInput([text, ...OTHERS]);
  let state = start(input.state, buildPlan(input));
  for (let step = 0; step < done; step += 1) {
    state = apply(state, { kind: "schedule", slots: 8 });
    state = finishAll(state);
  }
  return state;
}

const COMMIT = "c".repeat(40);

function finishAll(before: State): State {
  let state = before;
  for (const id of before.active.keys()) {
    const attempt = before.attempts.get(id);
    if (attempt === undefined || !attempt.task.includes("/a#")) continue;
    const claim = { attempt: id, fence: attempt.fence };
    state = apply(state, { kind: "attempt_started", ...claim, sandbox: "process" });
    const nothing = { files: [], added: 0, deleted: 0, workMs: 1, warnings: [] };
    state = apply(state, { kind: "attempt_succeeded", ...claim, commit: COMMIT, ...nothing });
    state = apply(state, { kind: "task_joined", ...claim, tip: COMMIT, handoff: null, artifacts: [] });
  }
  return state;
}

const find = (state: State): Workstream =>
  [...state.workstreams.values()].find(({ name }) => name === "a") as Workstream;

function plan(
  state: State,
  texts: { old: Spec; next: Spec },
  options: { to?: string; map?: readonly string[] } = {},
): PlannedMigration {
  const input = toInput([texts.next, ...OTHERS], { state });
  return planMigration(input, {
    workstream: find(state),
    spec: texts.next,
    old: texts.old,
    to: options.to ?? null,
    pairs: (options.map ?? []).map(parsePair),
  });
}

const carryOut = (state: State, draft: MigrationDraft | null): State => {
  if (draft === null) throw new Error("nothing to carry out");
  return apply(state, { ...draft, by: "dana", reason: "better" });
};

const rows = ({ preview }: PlannedMigration): string[] =>
  preview.rows.map(({ from, to, fate }) => `${from ?? ""}>${to ?? ""} ${fate}`);

describe("a migration to another workflow", () => {
  it("adds its steps and keeps what is done", () => {
    const text = spec("a", "T1,T2");
    const state = begun(text, 1);
    const planned = plan(state, { old: text, next: text }, { to: "phased" });
    expect(planned.preview).toMatchObject({ name: "a", from: "tasks@1", refusal: null, takesSpec: false });
    expect(rows(planned)).toMatchInlineSnapshot(`
      [
        ">intake new",
        "T1>T1 kept",
        "T2>T2 changed",
        ">checkpoint new",
      ]
    `);
    expect(planned.preview.step).toMatchInlineSnapshot(`
      {
        "from": "the spec's tasks",
        "to": "is this work new",
      }
    `);
    const next = carryOut(state, planned.draft);
    expect(find(next).workflow.name).toBe("phased");
    expect(next.tasks.get(toTaskId(find(next).id, "T1"))?.state.kind).toBe("completed");
  });

  it("is refused where it would change nothing, unless a mapping says what to change", () => {
    const text = spec("a", "T1,T2");
    const state = begun(text, 1);
    const texts = { old: text, next: text };
    const refusal = {
      code: "nothing-to-migrate",
      message: "a follows tasks@1 and that text of its spec already",
      hints: ["osqr workflow list"],
    };
    expect(plan(state, texts, { to: "tasks@1" }).preview.refusal).toEqual(refusal);
    expect(plan(state, texts).preview.refusal).toEqual(refusal);
    expect(plan(state, texts, { to: "phased" }).preview.refusal).toBeNull();
    expect(plan(state, texts, { to: "tasks@1", map: ["T1=-"] }).preview.refusal).toBeNull();
  });

  it("says in why what has changed: the workflow, the text, both, or neither of them", () => {
    const text = spec("a", "T1,T2");
    const next = { ...spec("a", "T1,T2,T3"), hash: "new" };
    const state = begun(text, 1);
    const sayAfter = (texts: { old: Spec; next: Spec }, to?: string): string | undefined => {
      const { draft } = plan(state, texts, to === undefined ? {} : { to });
      const after = carryOut(state, draft);
      return explainWorkstream(after, find(after)).find((each) => each.startsWith("It was migrated"));
    };
    expect(sayAfter({ old: text, next: text }, "phased")).toMatch(
      /^It was migrated from tasks@1 to phased@\d+ by/,
    );
    expect(sayAfter({ old: text, next }, "phased")).toMatch(
      /to phased@\d+ and the new text of its spec by dana/,
    );
    expect(sayAfter({ old: text, next })).toContain("migrated to the new text of its spec by dana");
    // As older histories have it.
    expect(sayAfter({ old: text, next: text })).toContain("migrated onto tasks@1 again by dana");
  });

  it("says which workflow is not there", () => {
    const text = spec("a", "T1,T2");
    const input = toInput([text], { state: begun(text, 1) });
    expect(() => needWorkflow(input, "nothing")).toThrow(
      expect.objectContaining({ code: "unknown-workflow" }),
    );
    expect(() => needWorkflow(input, "phased@9")).toThrow(/has no such version; it has 1/);
    expect(needWorkflow(input, "phased")).toMatchObject({ name: "phased", version: 1 });
  });

  it("says why a text cannot be built", () => {
    const text = spec("a", "T1,T2");
    const next = { ...spec("a", "T1,T2"), hash: "new", dependsOn: spec("x", "T1", ["nobody"]).dependsOn };
    const planned = plan(begun(text, 1), { old: text, next });
    expect(planned.draft).toBeNull();
    expect(planned.preview.refusal).toMatchObject({
      code: "cannot-migrate",
      message: expect.stringContaining('names "nobody", which no spec has'),
    });
  });
});

describe("a migration to a newer text", () => {
  const old = spec("a", "T1,T2");

  it("maps by key: same stays, new comes in, reworded is done again", () => {
    const next = { ...spec("a", "T1,T2,T3"), hash: "new" };
    const reworded = {
      ...next,
      tasks: next.tasks.map((t) => (t.key === "T1" ? { ...t, title: "Other" } : t)),
    };
    const state = begun(old, 1);
    const planned = plan(state, { old, next: reworded });
    expect(rows(planned)).toEqual(["T1>T1 redone", "T2>T2 kept", ">T3 new"]);
    expect(planned.preview).toMatchObject({ takesSpec: true, refusal: null });
    const after = carryOut(state, planned.draft);
    expect(find(after).spec).toMatchObject({ hash: "new", commit: "c0" });
  });

  it("does a task without run block again whose text changed", () => {
    const agent = { name: "claude", kind: "agent" as const, refuse: () => null };
    const told = (details: string): Spec => {
      const text = spec("a", "T1 -,T2 -", [], { executor: "claude", hash: details });
      return { ...text, tasks: text.tasks.map((task) => (task.key === "T1" ? { ...task, details } : task)) };
    };
    const input = toInput([told("so"), ...OTHERS], { executors: [agent] });
    const state = start(input.state, buildPlan(input));
    const planned = planMigration(toInput([told("otherwise"), ...OTHERS], { executors: [agent], state }), {
      workstream: find(state),
      spec: told("otherwise"),
      old: told("so"),
      to: null,
      pairs: [],
    });
    expect(planned.draft?.mapping).toEqual([
      { from: "T1", to: "T1", redo: true },
      { from: "T2", to: "T2" },
    ]);
  });

  it("does nothing again only because another agent would do it now", () => {
    const agents = (name: string) => [{ name, kind: "agent" as const, refuse: () => null }];
    const text = spec("a", "T1 -,T2 -");
    const input = toInput([text, ...OTHERS], { executors: agents("claude") });
    const state = start(input.state, buildPlan(input));
    const planned = planMigration(toInput([text, ...OTHERS], { executors: agents("codex"), state }), {
      workstream: find(state),
      spec: { ...text, hash: "new" },
      old: text,
      to: null,
      pairs: [],
    });
    expect(rows(planned)).toEqual(["T1>T1 kept", "T2>T2 kept"]);
  });

  it("asks what becomes of work whose task is gone", () => {
    const state = begun(old, 1);
    const next = { ...spec("a", "T2"), hash: "new" };
    expect(plan(state, { old, next }).preview.refusal?.code).toBe("mapping-incomplete");
    const dropped = plan(state, { old, next }, { map: ["T1=-"] });
    expect(dropped.preview.refusal).toBeNull();
    expect(dropped.preview.warnings).toEqual(["dropped, but what it made stays in the work: T1"]);
  });

  it("asks whoever depends on a task that is dropped", () => {
    const state = begun(old, 1);
    const next = { ...spec("a", "T1"), hash: "new" };
    const after = carryOut(state, plan(state, { old, next }, { map: ["T2=-"] }).draft);
    expect([...after.open.keys()]).toHaveLength(1);
  });

  it("can be taken back", () => {
    const state = begun(old, 1);
    const next = { ...spec("a", "T1,T9"), hash: "new" };
    const migrated = carryOut(state, plan(state, { old, next }, { map: ["T2=-"] }).draft);
    const back = carryOut(migrated, planRollback(migrated, "M-1" as MigrationId));
    expect(find(back)).toMatchObject({
      spec: find(state).spec,
      tasks: find(state).tasks,
      title: find(state).title,
    });
    expect(back.tasks.get(toTaskId(find(back).id, "T1"))?.state.kind).toBe("completed");
    const again = decide(
      back,
      { ...planRollback(migrated, "M-1" as MigrationId), by: "dana", reason: "x" },
      back.at,
    );
    expect(again.ok).toBe(false);
    expect(back.projects.get(PROJECT)?.workstreams).toEqual(state.projects.get(PROJECT)?.workstreams);
  });
});
