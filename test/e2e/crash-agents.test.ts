/** An agent's work outlives its daemon: whenever that dies, the same tree comes out, and nothing is counted or asked twice. */
import { afterAll, describe, expect, test } from "vitest";
import { makeAgentStory } from "../support/crash-agent.ts";
import type { CrashPoint } from "../support/crash-hooks.ts";
import { CrashStory } from "../support/crash-story.ts";

/** Time for a machine that has much else to do. */
const SLOWLY = { timeout: 240_000 };

type Point = Omit<CrashPoint, "marker">;

const atEvent = (kind: string, nth = 1): Point => ({
  call: "log.append",
  when: "after",
  matching: `"${kind}"`,
  nth,
});
const atCheckpoint = (when: Point["when"]): Point => ({
  call: "git.updateRef",
  when,
  matching: "refs/osqr/checkpoint/",
});

/** Moments in the life of an agent; each story goes through its own, one daemon after the other. */
const STORIES: readonly (readonly (readonly [name: string, point: Point])[])[] = [
  [
    ["its conversation was opened", atEvent("session_opened")],
    ["its conversation was taken up again", atEvent("session_opened")],
    ["a permission was judged", atEvent("permission_judged")],
    ["it asked to be allowed something", atEvent("decision_opened")],
    ["it was allowed, before it was told", atEvent("decision_resolved")],
  ],
  [
    ["its question was asked", { ...atEvent("decision_opened"), matching: "Which way?" }],
    ["its answer was recorded, before it was told", { ...atEvent("decision_resolved"), matching: '"left"' }],
    ["it had the answer", atEvent("hand_off_written")],
    ["what it used was recorded", atEvent("usage_recorded")],
  ],
  [
    ["its turn had ended, before the checkpoint", atCheckpoint("before")],
    ["the checkpoint was there, before that was known", atCheckpoint("after")],
    ["its turn was recorded", atEvent("turn_ended")],
    ["its work was said to be finished", atEvent("work_finished")],
    ["the gates are to run on it", { call: "project.checkGates", when: "before", matching: "-gates" }],
    ["the gates had run on it", { call: "project.checkGates", when: "after", matching: "-gates" }],
    ["its result was known", atEvent("attempt_completed")],
  ],
];

describe.each(STORIES.map((points, at) => ({ points, at })))(
  "story $at of daemons that die",
  SLOWLY,
  ({ points, at }) => {
    const { options, expected } = makeAgentStory();
    const story = new CrashStory(options);
    afterAll(() => story.remove());

    test.each(points.map(([name, point], index) => ({ name, point, index })))(
      "when $name",
      async ({ point, index }) => {
        await story.crash({ crash: { ...point, marker: story.at(`struck-${index}`) } });
      },
    );

    test("all that, comes to the same tree", async () => {
      await story.finish(expected);
      const { state } = story.witness;
      const attempts = [...state.attempts.values()];
      // A question is asked once, and each turn's use is counted once.
      expect([...state.decisions.values()].filter(({ subject }) => subject.kind === "question")).toHaveLength(
        1,
      );
      for (const { spending, turns } of attempts)
        expect(spending?.used.tokens ?? 0).toBeLessThanOrEqual(110 * Math.max(1, turns));
      // From where its work was finished only the checks were done again.
      if (at === 2)
        expect(attempts.filter(({ onlyChecks }) => onlyChecks === true).length).toBeGreaterThanOrEqual(2);
      // Whoever came to a conversation came to the same one, in the same work tree.
      const talked = attempts.flatMap(({ session, home }) =>
        session === null ? [] : [`${session.id} ${home}`],
      );
      expect(new Set(talked).size, talked.join(", ")).toBe(1);
    });
  },
);
