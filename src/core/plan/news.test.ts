/** Dependencies that are not waited for (AO-4), as a plan takes them. */
import { describe, expect, it } from "vitest";
import type { Spec } from "../model/spec.ts";
import { buildPlan } from "./build-plan.ts";
import { spec, start, toInput } from "./fixture.ts";
import { toDot } from "./to-dot.ts";
import type { Plan } from "./types.ts";

const planOf = (...specs: readonly Spec[]): Plan => buildPlan(toInput(specs));
const bare = (text: string): string => text.replaceAll("p-1/", "");

/** `b#T1 waits for …; told of …`. */
const tell = (plan: Plan): string[] =>
  plan.registrations.flatMap(({ workstream, tasks }) =>
    tasks.map(({ key, requires, news = [], knowledge }) =>
      bare(
        `${workstream.name}#${key}: waits for ${requires.join(" ") || "nothing"}; told of ${news.join(" ") || "nothing"}; knows ${knowledge.join(" ")}`,
      ),
    ),
  );

describe("a spec that wants the news of another one", () => {
  it("waits for nothing, and each of its tasks is told", () => {
    const plan = planOf(spec("a", "T1 @phase-1, T2"), spec("b", "T1, T2", ["news:a#phase-1"]));
    expect(tell(plan).slice(2)).toEqual([
      "b#T1: waits for nothing; told of a#T1; knows a#T1",
      "b#T2: waits for task:b#T1; told of a#T1; knows b#T1 a#T1",
    ]);
    expect(plan.workstreams.map(({ waitsFor }) => waitsFor)).toEqual([[], []]);
    expect(plan.edges.map(({ type, detail }) => [type, detail])).toEqual([["news", "phase-1"]]);
    expect(toDot(plan)).toContain('label="news: phase-1", style=dashed');
  });

  it("is told of a whole one, and of a task by a task of its own", () => {
    const plan = planOf(spec("a"), spec("b", "T1 <news:a, T2 [P] , T3 [P] <news:b#T2"));
    expect(tell(plan).slice(1)).toEqual([
      "b#T1: waits for nothing; told of a; knows a",
      "b#T2: waits for task:b#T1; told of nothing; knows b#T1",
      "b#T3: waits for task:b#T1; told of b#T2; knows b#T1 b#T2",
    ]);
  });

  it("makes no circle with it", () => {
    const plan = planOf(
      spec("a", "T1", ["news:b"]),
      spec("b", "T1", ["news:a"]),
      spec("c", "T1", ["a", "news:d"]),
    );
    expect(plan.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ["unknown-dependency", "error"],
    ]);
    expect(plan.workstreams.map(({ name }) => name)).toEqual(["a", "b"]);
    const mixed = planOf(spec("a", "T1", ["b"]), spec("b", "T1", ["news:a"]));
    expect(mixed.problems).toEqual([]);
    expect(mixed.workstreams).toHaveLength(2);
  });

  it("is built also where that one cannot be", () => {
    const plan = planOf(
      spec("a", "T1", ["a"]),
      spec("b", "T1", ["news:a"]),
      spec("c", "T1", [], { readiness: "needs_detail" }),
      spec("d", "T1", ["news:c"]),
    );
    expect(plan.workstreams.map(({ name }) => name)).toEqual(["b", "d"]);
  });

  it("hears that news of itself are none", () => {
    const plan = planOf(spec("a", "T1 <news:a#T1", ["news:a"]));
    expect(plan.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ["self-dependency", "warning"],
      ["self-dependency", "warning"],
    ]);
    expect(tell(plan)).toEqual(["a#T1: waits for nothing; told of nothing; knows "]);
  });

  it("is shown the same once it is registered", () => {
    const specs = [spec("a", "T1 @phase-1"), spec("b", "T1", ["news:a#phase-1"])];
    const plan = planOf(...specs);
    const state = start(toInput(specs).state, plan);
    const again = buildPlan(toInput(specs, { state }));
    expect(again.edges.map(({ type, detail }) => [type, detail])).toEqual([["news", "T1"]]);
  });
});

describe("a spec that asks for one conversation", () => {
  const reuse = (plan: Plan) =>
    plan.workstreams.flatMap(({ tasks }) => tasks.map(({ reusesWithinMs }) => reusesWithinMs));

  it("asks for it for each task, half an hour where it says no time; a task's own word counts first", () => {
    const session = { kind: "reuse", timeoutMs: null } as const;
    const { tasks } = spec("a", "T1, T2, T3");
    const [one, two, three] = tasks as [(typeof tasks)[0], (typeof tasks)[0], (typeof tasks)[0]];
    const own = [
      one,
      { ...two, session: { kind: "new", timeoutMs: null } as const },
      { ...three, session: { kind: null, timeoutMs: 5_000 } as const },
    ];
    const plan = planOf(spec("a", "T1", [], { session, tasks: own }));
    expect(reuse(plan)).toEqual([30 * 60_000, undefined, 5_000]);
    expect(plan.registrations[0]?.tasks[0]).toMatchObject({ reuse: { withinMs: 30 * 60_000 } });
    expect(reuse(planOf(spec("b")))).toEqual([undefined]);
  });
});
