import fc from "fast-check";
import { expect, test } from "vitest";
import type { AttemptId } from "../model/ids.ts";
import type { OpenQuestion, Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import { buildPlan } from "./build-plan.ts";
import { openState, question, spec, start, toInput } from "./fixture.ts";
import { answer, claim, finish, land, listStuck, play } from "./world.ts";

const KEYS = ["a", "b", "c", "d", "e", "f", "g"];

const flag = (text: string) => fc.boolean().map((is) => (is ? text : ""));

/** Mostly on earlier specs, or hardly any graph would be without a circle. */
function dependencyOf(index: number): fc.Arbitrary<string> {
  const earlier = KEYS.slice(0, index);
  const part = fc.constantFrom("", "#T1", "#T2", "#phase-1");
  const to = (keys: readonly string[]) =>
    fc.tuple(fc.constantFrom(...keys), part).map(([key, rest]) => key + rest);
  const other = fc.constantFrom("approval:legal", "uses:gpu:1", "uses:gpu:2");
  const any = to(KEYS).map((text) => `know:${text}`);
  const all = [
    { weight: 1, arbitrary: other },
    { weight: 1, arbitrary: any },
  ];
  if (earlier.length === 0) return fc.oneof(...all);
  return fc.oneof(
    ...all,
    { weight: 6, arbitrary: to(earlier) },
    { weight: 3, arbitrary: to(earlier).map((text) => `know:${text}`) },
    { weight: 1, arbitrary: fc.constantFrom(...earlier).map((key) => `file:${key}:dist/${key}.js`) },
  );
}

const taskOf = (index: number) =>
  fc
    .tuple(
      flag("[P]"),
      fc.constantFrom("", "", "", "", "", "x"),
      fc.constantFrom("@phase-1", "@phase-2"),
      fc.option(dependencyOf(index), { freq: 2 }),
    )
    .map(([parallel, done, phase, on]) => [parallel, done, phase, on === null ? "" : `<${on}`].join(" "));

const touches = fc.subarray(["src/x.ts", "src/y.ts", "src/z/**", "src/z/1.ts", "w", "w/1", "v"], {
  maxLength: 2,
});
const questions = fc.option(fc.constantFrom("MODEL", "STORE"), { freq: 6 });
const priority: fc.Arbitrary<Spec["priority"]> = fc.constantFrom("critical", "high", "medium", "low");

const draftedAt = (index: number) =>
  fc.record({
    tasks: fc.array(taskOf(index), { minLength: 2, maxLength: 4 }),
    on: fc.array(dependencyOf(index), { maxLength: 1 }),
    touches,
    question: questions,
    priority,
  });

function specAt(index: number): fc.Arbitrary<Spec> {
  const key = KEYS[index] ?? "";
  return draftedAt(index).map(({ tasks, on, question: asked, ...more }) => {
    const list = tasks.map(
      (text, at) => `T${at + 1} ${text.startsWith("[P]") && at === 0 ? text.slice(3) : text}`,
    );
    const open: OpenQuestion[] = asked === null ? [] : [question(asked)];
    return spec(key, list.join(","), on, { ...more, questions: open });
  });
}

const graph = fc.tuple(...KEYS.map((_, index) => specAt(index)));
const someOf = fc
  .tuple(graph, fc.subarray(KEYS, { minLength: 4 }))
  .map(([specs, keys]) => specs.filter(({ key }) => keys.includes(key)));
const choices = fc.infiniteStream(fc.nat({ max: 1_000 }));

/** Specs as the base has them now: those that landed are ticked. */
function ticked(state: State, specs: readonly Spec[]): readonly Spec[] {
  const landed = new Set(
    [...state.workstreams.values()].flatMap(({ integration, spec: { hash } }) =>
      integration.kind === "landed" ? [hash] : [],
    ),
  );
  return specs.map((each) =>
    landed.has(each.hash)
      ? { ...each, readiness: "done", tasks: each.tasks.map((one) => ({ ...one, checked: true })) }
      : each,
  );
}

const chooser = (stream: Iterator<number>) => (count: number) =>
  (stream.next().value as number) % Math.max(1, count);

test("every plan is accepted, and its run comes to the end: nothing waits for ever", () => {
  fc.assert(
    fc.property(graph, choices, fc.integer({ min: 1, max: 4 }), (specs, stream, slots) => {
      const plan = buildPlan(toInput(specs));
      const end = play(start(openState(slots), plan), chooser(stream), { slots });
      expect(listStuck(end)).toEqual([]);
      const names = [...plan.workstreams.map(({ name }) => name), ...plan.leftOut.map(({ name }) => name)];
      expect(names.sort()).toEqual(specs.map(({ key }) => key).sort());
      expect(plan.order.length).toBe(plan.workstreams.length);
    }),
    { numRuns: 300 },
  );
});

test("specs that change, come and go while others run are taken in without a deadlock", () => {
  fc.assert(
    fc.property(
      fc.array(someOf, { minLength: 2, maxLength: 4 }),
      choices,
      fc.array(fc.nat({ max: 12 }), { minLength: 4, maxLength: 4 }),
      (rounds, stream, steps) => {
        let state = openState();
        const choose = chooser(stream);
        rounds.forEach((specs, round) => {
          const plan = buildPlan(toInput(ticked(state, specs), { state }));
          const isLast = round === rounds.length - 1;
          state = play(start(state, plan), choose, isLast ? {} : { stepsMax: steps[round] ?? 0 });
        });
        expect(listStuck(state)).toEqual([]);
        // Nobody was ever asked whether to go on without something that only came back with a new text.
        const asked = [...state.decisions.values()].filter(
          ({ contentKey, state: { kind } }) =>
            /^dependency:\S+:(?:landed|done|task|phase):/.test(contentKey) && kind !== "withdrawn",
        );
        expect(asked).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test("planning again what is registered changes nothing", () => {
  fc.assert(
    fc.property(graph, choices, fc.nat({ max: 12 }), (specs, stream, stepsMax) => {
      const plan = buildPlan(toInput(specs));
      const state = play(start(openState(), plan), chooser(stream), { stepsMax });
      const again = buildPlan(toInput(ticked(state, specs), { state }));
      const before = new Set(plan.workstreams.map(({ id }) => id));
      expect(again.registrations.filter(({ workstream }) => before.has(workstream.id))).toEqual([]);
      expect(again.replace).toEqual([]);
      expect(again.ranks.overlaps).toEqual([]);
      if (again.registrations.length === 0) expect(again.ranks.tasks).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/** Runs with the estimated times on a clock of its own; gives the order in which workstreams began. */
function runOnTime(begun: State, slots: number): readonly string[] {
  let state = begun;
  const ends = new Map<AttemptId, number>();
  let now = 0;
  for (;;) {
    while (state.open.size > 0 || state.mergeQueue.size > 0) {
      state = state.open.size > 0 ? answer(state) : land(state);
    }
    state = claim(state, slots);
    for (const [attempt, task] of state.active) {
      if (!ends.has(attempt)) ends.set(attempt, now + (state.tasks.get(task)?.estimateMs ?? 0));
    }
    const open = [...state.active.keys()].map((id) => [id, ends.get(id) ?? 0] as const);
    if (open.length === 0) break;
    now = Math.min(...open.map(([, end]) => end));
    for (const [id, end] of open) if (end === now) state = finish(state, id);
  }
  const attempts = [...state.attempts.values()].sort((a, b) => a.fence - b.fence);
  return [...new Set(attempts.map(({ workstream }) => workstream))];
}

test("the order that a plan shows is the one in which the scheduler starts", () => {
  fc.assert(
    fc.property(graph, fc.integer({ min: 1, max: 4 }), (specs, slots) => {
      const config = { ...toInput([]).config, maxParallel: slots };
      const plan = buildPlan(toInput(specs, { config }));
      const began = runOnTime(start(openState(slots), plan), slots);
      expect(plan.order.slice(0, began.length)).toEqual(began);
    }),
    { numRuns: 200 },
  );
});
