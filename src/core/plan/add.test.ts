import { expect, test } from "vitest";
import { needWorkstream } from "../evolve/draft.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import { type Addition, type AddRequest, planAdd } from "./add.ts";
import { buildPlan } from "./build-plan.ts";
import { apply, openState, PROJECT, spec, start, toInput } from "./fixture.ts";
import type { PlanInput } from "./input.ts";
import { play } from "./world.ts";

const future = spec("b", "T1", [], { future: true, status: "future" });
const specs = [spec("a"), future, spec("api/c", "T1", [], { key: "c", path: "specs/c/PLAN.md" })];

function add(what: string, more: Partial<AddRequest> = {}, input: Partial<PlanInput> = {}): Addition {
  const { discovery, ...rest } = input;
  const all = discovery?.specs ?? specs;
  return planAdd(toInput(all, rest), { what, run: null, priority: null, by: "ada", ...more });
}

function register(state: State, { replace, registrations, ranks }: Addition): State {
  const removed = replace.reduce(
    (now, workstream) => apply(now, { kind: "remove", workstream, by: "ada", reason: "" }),
    state,
  );
  return apply(removed, { kind: "register", project: PROJECT, registrations, ranks });
}

const cancel = (state: State, name: string): State =>
  apply(state, {
    kind: "set_intent",
    workstream: `p-1/${name}` as Addition["workstream"],
    intent: "cancelled",
    by: "ada",
    reason: "",
  });

const changed = (each: Spec): Spec => ({ ...each, hash: `${each.hash} changed` });

test("a spec is found by its path in any form, and one of the future is activated", () => {
  for (const form of ["docs/b.md", "./docs/b.md", "docs/b", "b", "/repo/docs/b.md", "b.md"]) {
    const { workstream, activated, registrations } = add(form);
    expect([workstream, activated, registrations.length]).toEqual(["p-1/b", true, 1]);
  }
  expect(add("specs/c").workstream).toBe("p-1/c");
  expect(add("a").activated).toBe(false);
});

test("the request's priority counts, and who added it is recorded", () => {
  const [registration] = add("a", { priority: "critical" }).registrations;
  expect(registration?.workstream).toMatchObject({ priority: "critical", addedBy: "ada", displaced: null });
});

test("a path that is in no commit, and a word that nobody has, are refused", () => {
  expect(() => add("docs/new.md")).toThrow('no spec "docs/new.md" is in main at c0');
  expect(() => add("embedings")).toThrow('no spec "embedings" is in main');
});

test("what cannot be built is refused with the reason", () => {
  const discovery = (each: Spec) => ({
    discovery: { commit: "c0", specs: [each], otherDocuments: 0, problems: [] },
  });
  expect(() => add("x", {}, discovery(spec("x", "T1", [], { readiness: "done" })))).toThrow(
    "docs/x.md cannot be added: done",
  );
  expect(() => add("x", {}, discovery(spec("x", "T1", ["nobody"])))).toThrow('names "nobody"');
  expect(() => add("x", {}, discovery(spec("x", "T1", [], { tasks: [] })))).toThrow("it has no tasks");
  expect(() => add("a", { run: "true" })).toThrow("docs/a.md is a spec and says itself what to run");
});

test("what depends on a spec that is not registered says so", () => {
  const waiting = [spec("a"), spec("b", "T1", ["a"])];
  const discovery = { commit: "c0", specs: waiting, otherDocuments: 0, problems: [] };
  expect(() => add("b", {}, { discovery })).toThrow(
    "docs/b.md cannot be added: depends on a (docs/b.md:3), which is left out: not selected",
  );
});

test("added again with the same text nothing happens; with a new text the old one is displaced", () => {
  const state = register(openState(), add("a"));
  expect(add("a", {}, { state })).toMatchObject({ workstream: "p-1/a", registrations: [] });
  const discovery = { commit: "c1", specs: specs.map(changed), otherDocuments: 0, problems: [] };
  const again = add("a", {}, { state, discovery });
  expect(again).toMatchObject({ workstream: "p-1/a", replace: ["p-1/a"], displaced: "p-1/a" });
  expect(register(state, again).workstreams.get(again.workstream)?.displaced).toBe("p-1/a");
});

test("what has begun is not displaced; what was cancelled or built starts anew under a new name", () => {
  const plan = buildPlan(toInput([spec("a")]));
  const begun = play(start(openState(), plan), () => 0, { stepsMax: 0 });
  expect(() => add("a", {}, { state: begun })).toThrow("docs/a.md is being built already: #1 a");
  const built = play(begun, () => 0);
  expect(add("a", {}, { state: built }).workstream).toBe("p-1/a-2");
  const cancelled = cancel(start(openState(), plan), "a");
  expect(buildPlan(toInput([spec("a")], { state: cancelled })).leftOut[0]?.reason).toBe(
    "cancelled; start it anew: osqr add docs/a.md",
  );
  const closed = { how: "merged", into: "p-1/gone" as WorkstreamId } as const;
  const stopped = needWorkstream(cancelled, "p-1/a" as WorkstreamId);
  const workstreams = cancelled.workstreams.set(stopped.id, { ...stopped, closed });
  const standing = buildPlan(toInput([spec("a")], { state: { ...cancelled, workstreams } }));
  expect(standing.leftOut[0]?.reason).toBe(
    "merged into p-1/gone, but what stood for it was removed: nobody does it; bring it back: osqr add docs/a.md",
  );
  const anew = add("a", {}, { state: cancelled });
  expect([anew.workstream, anew.registrations[0]?.workstream.number]).toEqual(["p-1/a-2", 2]);
});

test("a text with a command is a task of its own, approved by the one who typed it", () => {
  const added = add("Fix the  typo in README", { run: "sed -i s/teh/the/ README.md" });
  expect(added.approve).toEqual(["run:sed -i s/teh/the/ README.md"]);
  expect(added.registrations[0]?.workstream).toMatchObject({
    id: "p-1/fix-the-typo-in-readme",
    title: "Fix the typo in README",
    spec: { path: null, format: "text" },
  });
  expect(added.registrations[0]?.questions).toEqual([]);
  const state = register(openState(), added);
  expect(buildPlan(toInput([], { state })).workstreams.map(({ name, known }) => [name, known])).toEqual([
    ["fix-the-typo-in-readme", true],
  ]);
  expect(add("Fix the typo in README", { run: "true" }, { state }).workstream).toBe(
    "p-1/fix-the-typo-in-readme-2",
  );
});

test("a text that no executor can do is refused with how to say what to run", () => {
  expect(() => add("make it faster")).toThrow(
    'no executor can do "make it faster" (no run block, and no agent is here that could do it: osqr doctor)',
  );
});
