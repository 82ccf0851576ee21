import { afterAll, describe, expect, test } from "vitest";
import type { CrashPoint } from "../support/crash-hooks.ts";
import { CrashStory } from "../support/crash-story.ts";

/** Time for a machine that has much else to do. */
const SLOWLY = { timeout: 180_000 };

const atEvent = (kind: string): Omit<CrashPoint, "marker"> => ({
  call: "log.append",
  when: "after",
  matching: `"${kind}"`,
});

/** Moments of a revert between two steps that belong together, in the order in which it comes to them. */
const POINTS: readonly (readonly [name: string, point: Omit<CrashPoint, "marker">])[] = [
  ["it was asked for, before it began", atEvent("revert_requested")],
  ["the commit was made, before anybody meant it", { call: "project.checkGates", when: "before" }],
  ["it was intended, before the base moved", atEvent("landing_intended")],
  ["the base had moved, before that was known", { call: "git.land", when: "after" }],
  ["it was known, before its refs were given up", atEvent("workstream_reverted")],
];

describe("a revert whose daemon dies when", SLOWLY, () => {
  const story = new CrashStory();
  let start = "";
  afterAll(() => story.remove());

  test("nothing yet: it lands", async () => {
    start = story.repo.git("rev-parse", "main^{tree}");
    await story.finish();
    expect(story.repo.git("rev-parse", "main^{tree}")).not.toBe(start);
  });

  test.for(POINTS.map(([name, point], at) => ({ name, point, at })))("$name", async ({ point, at }) => {
    await story.crash({ revert: "solo", crash: { ...point, marker: story.at(`struck-${at}`) } });
  });

  test("all that, takes it out once and leaves nothing behind", async () => {
    const child = story.start({ revert: "solo" });
    await story.end(child, { code: 0 });
    expect(child.lines, child.describe()).toEqual(["open", "rest needs_you", "closed"]);
    const { repo, witness } = story;
    expect(repo.git("rev-parse", "main^{tree}")).toBe(start);
    const format = "--format=%(trailers:key=Osqr-Reverts,valueonly,separator=%x2C)";
    const [reverted, ...others] = repo.git("log", "--first-parent", format, "main").split("\n");
    expect(reverted).toBe(repo.git("rev-parse", "main^"));
    expect(others.filter((line) => line !== "")).toEqual([]);
    expect(repo.git("status", "--porcelain")).toBe("");
    const refs = repo.git("for-each-ref", "--format=%(refname)").split("\n");
    expect(refs).toEqual(["refs/heads/main", "refs/osqr/handoffs"]);
    expect([...witness.state.workstreams.values()].map(({ reverts }) => reverts.length)).toEqual([1]);
  });
});
