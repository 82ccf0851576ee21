import { describe, expect, it } from "vitest";
import type { Spec } from "../model/spec.ts";
import { question, spec, toDependency } from "./fixture.ts";
import { mapTasks, parsePair } from "./mapping.ts";
import { diffSpecs, summarizeDifference } from "./spec-diff.ts";

const before = spec("a", "T1,T2,T3");

/** The spec with one task changed. */
const withTask = (from: Spec, key: string, change: Partial<Spec["tasks"][number]>): Spec => ({
  ...from,
  tasks: from.tasks.map((task) => (task.key === key ? { ...task, ...change } : task)),
});

const say = (after: Spec): readonly string[] => summarizeDifference(diffSpecs(before, after));

describe("two texts of a spec", () => {
  it.each<[string, Spec]>([
    ["ticks", withTask(before, "T1", { checked: true })],
    ["lines", withTask(before, "T1", { line: 99, boxLines: [99] })],
    ["line breaks", withTask(before, "T1", { title: "Do\n  T1" })],
    ["summary and title", { ...before, title: "other", summary: "other" }],
  ])("are the same where only %s differ", (_what, after) => {
    expect(say(after)).toEqual([]);
  });

  it.each<[Spec, string]>([
    [spec("a", "T1,T2,T3,T4,T5"), "+2 tasks"],
    [spec("a", "T1,T2"), "T3 removed"],
    [spec("a", "T1,T3,T2"), "another order"],
    [spec("a", "T1,T2 [P],T3"), "another order"],
    [withTask(before, "T2", { title: "Write more" }), "T2 reworded"],
    [withTask(before, "T2", { details: "with care" }), "T2 reworded"],
    [withTask(before, "T2", { run: null }), "T2 run block changed"],
    [withTask(before, "T2", { executor: "claude" }), "T2 another executor"],
    [withTask(before, "T2", { critical: false }), "T2 optional now"],
    [withTask(before, "T2", { dependsOn: [toDependency("b", "docs/a.md")] }), "T2 other dependencies"],
    [{ ...before, touches: ["src/**"] }, "touches changed"],
    [{ ...before, dependsOn: [toDependency("b", "docs/a.md")] }, "depends_on changed"],
    [{ ...before, criteria: [{ text: "fast", checked: false, line: 9 }] }, "criteria changed"],
    [{ ...before, questions: [question("K")] }, "questions changed"],
    [{ ...before, gates: ["test"] }, "gates changed"],
    [
      withTask(withTask(spec("a", "T1,T2,T4"), "T2", { title: "Write" }), "T4", { title: "More" }),
      "+1 task, T2 reworded, T3 removed",
    ],
  ])("differ in what work depends on (%#: $1)", (after, first) => {
    expect(say(after)[0]).toBe(first);
  });

  it("are told in at most 40 lines, the first of which says all in short", () => {
    const keys = Array.from({ length: 100 }, (_, index) => `T${index + 1}`);
    const lines = say(spec("a", keys.join(",")));
    expect(lines).toHaveLength(40);
    expect(lines.slice(0, 2)).toEqual(["+97 tasks", "+ T4 Do T4"]);
  });

  it("follow a task whose key was only a position", () => {
    const title = (key: string, name: string) =>
      ({ ...before.tasks[0], key, title: name }) as Spec["tasks"][number];
    const old = { ...before, tasks: [title("T1", "one"), { ...title("T2", "two"), order: 2 }] };
    const now = {
      ...before,
      tasks: [
        title("T1", "one"),
        { ...title("T2", "between"), order: 2 },
        { ...title("T3", "two"), order: 3 },
      ],
    };
    expect(summarizeDifference(diffSpecs(old, now))).toEqual(["+1 task", "+ T2 between"]);
  });
});

describe("a mapping", () => {
  const place = (key: string, step = "tasks", title = key) => ({ key, step, title });
  const old = [place("T1"), place("T2"), place("review", "review", "Look at it")];

  it.each([
    ["nothing: equal keys go on", [place("T1"), place("T2")], [], { T1: "T1", T2: "T2" }],
    [
      "nothing: equal titles go on",
      [place("T1"), place("sign", "sign", "Look at it")],
      [],
      { T1: "T1", review: "sign" },
    ],
    [
      "a step that is one task",
      [place("T1"), place("sign-off", "sign-off")],
      ["review=sign-off"],
      { T1: "T1", review: "sign-off" },
    ],
    ["a task to drop", [place("T1"), place("T2")], ["T2=-"], { T1: "T1", T2: null }],
    ["a step to drop", [place("x", "x")], ["tasks=-"], { T1: null, T2: null }],
    [
      "a step of tasks",
      [place("T1", "build"), place("T2", "build")],
      ["tasks=build"],
      { T1: "T1", T2: "T2" },
    ],
    ["a task in place of another", [place("T2")], ["T1=T2"], { T1: "T2" }],
  ])("from %s", (_what, next, pairs, expected) => {
    const { mapping } = mapTasks(old, next, pairs.map(parsePair));
    expect(Object.fromEntries(mapping.map(({ from, to }) => [from, to]))).toEqual(expected);
  });

  it.each(["T1", "=T1", "T1=", "a=b=c", ""])("that says nothing is refused (%j)", (text) => {
    expect(() => parsePair(text)).toThrow(expect.objectContaining({ code: "invalid-mapping" }));
  });
});
