import { expect, test } from "vitest";
import type { Event } from "../../../src/core/model/event.ts";
import type { Explanation } from "../../../src/engine/service.ts";
import { listLaunches, openCli, workflow } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

type Fields = Readonly<Record<string, unknown>>;

const work = (key: string, more: Fields = {}): Fields => ({
  key,
  kind: "work",
  run: `mkdir -p out\necho ${key} > out/${key}.txt`,
  ...more,
});

/** A repository with one spec that goes through these steps. */
function openFlow(steps: readonly Fields[], tasks: Readonly<Record<string, string>> = {}) {
  const own = Object.keys(tasks).length === 0 ? { "T1 Write one": "echo one > one.txt" } : tasks;
  return openCli({
    ".osqr/workflows/flow.yaml": workflow("flow", steps),
    "docs/a.md": spec(own, ["workflow: flow"]),
  });
}

const keyOf = (task: string): string => task.slice(task.indexOf("#") + 1);

/** Number of the event that claimed a task, and of the one that completed it. */
function findSpan(events: readonly Event[], key: string): { claimed: number; completed: number } {
  const isClaim = (event: Event): boolean =>
    event.kind === "attempts_claimed" && event.launches.some(({ task }) => keyOf(task) === key);
  const isEnd = (event: Event): boolean => event.kind === "task_completed" && keyOf(event.task) === key;
  return {
    claimed: events.find(isClaim)?.seq ?? Number.NaN,
    completed: events.find(isEnd)?.seq ?? Number.NaN,
  };
}

/** What each scheduling decision found ready, started and held back. */
const listDecisions = (events: readonly Event[]) =>
  events.flatMap((event) =>
    event.kind === "attempts_claimed"
      ? [
          {
            ready: event.ready.map(keyOf),
            started: event.launches.map(({ task }) => keyOf(task)),
            held: event.held.map(({ task, reason }) => `${keyOf(task)}: ${reason}`),
            reasons: event.launches.map(({ reason }) => reason),
          },
        ]
      : [],
  );

test("scenario 1: steps run in ascending order, whatever their place in the file, each when the one before it is done", async () => {
  const cli = openFlow(
    [
      work("last", { order: 9, run: "cat out/check.txt > out/last.txt" }),
      work("first", { order: 1 }),
      { key: "tasks", order: 2 },
      work("check", {
        order: 4,
        run: "cat out/*.txt > out/check.txt",
        exit: [{ artifact: "out/check.txt" }],
      }),
    ],
    { "T1 Write one": "echo T1 > out/one.txt", "T2 Write two": "cat out/one.txt > out/two.txt" },
  );
  expect(await cli.go()).toEqual([]);
  const events = await cli.log();
  const keys = ["first", "T1", "T2", "check", "last"];
  expect(listLaunches(events)).toEqual(keys);
  const seqs = keys.flatMap((key) => Object.values(findSpan(events, key)));
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  expect(cli.read("out/last.txt")).toBe("first\nT1\nT1\n");
});

test("scenario 2: parallelizable steps are claimed together in the order of the steps, and the next one joins both", async () => {
  const cli = openFlow([
    work("a", { order: 1 }),
    work("z-first", { order: 2, parallelizable: true }),
    work("b-second", { order: 3, parallelizable: true }),
    work("join", { order: 4, run: "cat out/z-first.txt out/b-second.txt > out/join.txt" }),
  ]);
  expect(await cli.go()).toEqual([]);
  const events = await cli.log();
  expect(listLaunches(events)).toEqual(["a", "z-first b-second", "join"]);
  const both = events
    .flatMap((event) => (event.kind === "attempts_claimed" ? event.launches : []))
    .slice(1, 3);
  expect(both.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("parallel, order 2"),
    expect.stringContaining("parallel, order 3"),
  ]);
  expect(new Set(both.map(({ attempt }) => attempt)).size).toBe(2);
  // Neither had ended when the other one was given away, and the join waited for the later one.
  const [z, b, join] = ["z-first", "b-second", "join"].map((key) => findSpan(events, key));
  expect(z?.claimed).toBe(b?.claimed);
  expect(join?.claimed).toBeGreaterThan(Math.max(z?.completed ?? 0, b?.completed ?? 0));
  expect(cli.read("out/join.txt")).toBe("z-first\nb-second\n");
});

test("scenario 3: of steps that are not parallelizable only the lowest is open; a person's word on it lets the next one start", async () => {
  const cli = openFlow([
    work("third", { order: 3 }),
    { key: "second", order: 2, review: true, returns_to: "first" },
    work("first", { order: 1 }),
  ]);
  const [review] = await cli.go();
  expect(listLaunches(await cli.log())).toEqual(["first"]);
  const waits = await cli.ask<Explanation>("why", "a#third");
  expect(JSON.stringify(waits)).toContain("second");
  await cli.ok("decide", review?.id ?? "", "approve", "--as", "dana");
  expect(await cli.go()).toEqual([]);
  const decisions = listDecisions(await cli.log());
  expect(decisions.map(({ ready }) => ready)).toEqual([["first"], ["third"]]);
  expect(decisions.flatMap(({ held }) => held)).toEqual([]);
});

test("edge case 1: parallelizable steps that need the same resource run one after the other, and the history says why", async () => {
  const cli = openFlow([
    work("b", { order: 1, parallelizable: true, uses: ["db"] }),
    work("c", { order: 2, parallelizable: true, uses: ["db"] }),
    work("d", { order: 3 }),
  ]);
  expect(await cli.go()).toEqual([]);
  const events = await cli.log();
  const [first, second] = listDecisions(events);
  expect(first).toMatchObject({
    ready: ["b", "c"],
    started: ["b"],
    held: ["c: waits for resource db (1)"],
  });
  expect(second).toMatchObject({
    started: ["c"],
    reasons: [expect.stringContaining("held back before: waits for resource db (1)")],
  });
  const end = events.find(({ kind }) => kind === "attempt_completed");
  expect(findSpan(events, "c").claimed).toBeGreaterThan(end?.seq ?? Number.NaN);
  expect((await cli.ok("log")).stdout).toContain("c (waits for resource db (1))");
});

test("edge case 2: equal orders are broken by the key of the step, and the history says that the key decided", async () => {
  const cli = openFlow([
    work("c", { order: 1, parallelizable: true }),
    work("a", { order: 1, parallelizable: true }),
    work("b", { order: 1, parallelizable: true }),
  ]);
  expect(await cli.go()).toEqual([]);
  const [only] = listDecisions(await cli.log());
  expect(only?.started).toEqual(["a", "b", "c"]);
  expect(only?.reasons).toEqual(Array(3).fill(expect.stringContaining("by key among equal orders")));
});

test("edge case 2: so are those of steps that allow nothing beside them", async () => {
  const cli = openFlow([work("z", { order: 1 }), work("m", { order: 1 })]);
  expect(await cli.go()).toEqual([]);
  const decisions = listDecisions(await cli.log());
  expect(decisions.flatMap(({ started }) => started)).toEqual(["m", "z"]);
  for (const { reasons } of decisions)
    expect(reasons).toEqual([expect.stringContaining("order 1, by key among equal orders")]);
});

test("FR-028: what a step leaves outside of its result reaches nobody; the result reaches who comes after it", async () => {
  const hidden = 'echo "from b" | tee "$HOME/left.txt" "$TMPDIR/left.txt" > handed.txt';
  const look = '[ ! -e "$HOME/left.txt" ]\n[ ! -e "$TMPDIR/left.txt" ]\ncat handed.txt > seen.txt';
  const cli = openFlow([work("b", { order: 1, run: hidden }), work("c", { order: 2, run: look })]);
  expect(await cli.go()).toEqual([]);
  expect(cli.read("seen.txt")).toBe("from b\n");
  expect(cli.git("ls-files", "*left.txt")).toBe("");
});
