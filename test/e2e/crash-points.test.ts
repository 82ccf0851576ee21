import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { CrashPoint } from "../support/crash-hooks.ts";
import { type GitTrap, setGitTrap } from "../support/crash-programs.ts";
import { soloFiles } from "../support/crash-repo.ts";
import { CrashStory, tellStory, waitUntil } from "../support/crash-story.ts";

/** Time for a machine that has much else to do. */
const SLOWLY = { timeout: 180_000 };

type Point = Omit<CrashPoint, "marker">;

const atEvent = (kind: string): Point => ({ call: "log.append", when: "after", matching: `"${kind}"` });
const atRef = (ref: string): Point => ({ call: "git.updateRef", when: "after", matching: ref });

/** Moments between two steps that belong together, in the order in which a run comes to them. */
const POINTS: readonly (readonly [name: string, point: Point])[] = [
  ["its specs were registered, before the run was", atEvent("workstream_added")],
  ["its first attempt was claimed, before it began", atEvent("attempts_claimed")],
  ["a workspace was made", { call: "git.createWorkspace", when: "after" }],
  ["an attempt was said to run, before it did", atEvent("attempt_started")],
  ["a process was started", { call: "executor.start", when: "after" }],
  ["work was committed, before that was known", { call: "git.snapshot", when: "after", matching: "solo T1" }],
  ["work was known, before it was joined", atEvent("attempt_completed")],
  ["work was joined, before that was known", atRef("refs/osqr/work/")],
  ["a handoff was committed, before that was known", atRef("refs/osqr/handoffs")],
  ["an attempt's folder is to be removed", { call: "project.removeAttemptFolder", when: "before" }],
  [
    "an attempt's folder was removed, its workspace not",
    { call: "project.removeAttemptFolder", when: "after" },
  ],
  ["a workspace was removed", { call: "git.removeWorkspace", when: "after" }],
  ["the first of two side by side was joined", atRef("refs/osqr/work/")],
  ["the second was merged with the first", atRef("refs/osqr/work/")],
  ["its last task was done, before the merge began", atEvent("integration_queued")],
  ["the gates had run, before that was known", { call: "project.checkGates", when: "after" }],
  ["landing was intended, before it began", atEvent("landing_intended")],
  ["the work had landed, before that was known", { call: "git.land", when: "after" }],
  ["landing was known, before its refs were given up", atEvent("workstream_landed")],
];

/** One run goes through all of them: each daemon dies at its point, and the next goes on from there. */
describe("a run whose daemon dies when", SLOWLY, () => {
  const story = new CrashStory();
  afterAll(() => story.remove());

  test.for(POINTS.map(([name, point], at) => ({ name, point, at })))("$name", async ({ point, at }) => {
    await story.crash({ crash: { ...point, marker: story.at(`struck-${at}`) } });
  });

  test("all that, is built once and leaves nothing behind", () => story.finish());
});

/** Moments inside one step, by the call of git at which they are. */
const TRAPS: readonly (readonly [name: string, trap: GitTrap])[] = [
  ["a workspace that is not pinned yet", { pattern: "*' update-ref '*refs/osqr/live/*", when: "before" }],
  ["a workspace without files", { pattern: "*' read-tree -m -u '*", when: "before" }],
  ["a workspace whose files have just come", { pattern: "*' read-tree -m -u '*", when: "after" }],
  ["work that is half committed", { pattern: "*' write-tree '*", when: "before" }],
  ["a workspace that is to be unpinned", { pattern: "*' -d refs/osqr/live/a-'*", when: "before" }],
  ["a workspace that is not pinned any more", { pattern: "*' -d refs/osqr/live/a-'*", when: "after" }],
  ["nothing moved", { pattern: "*' update-ref '*refs/osqr/landed/main*", when: "before" }],
  [
    "the landed ref moved, the branch not",
    { pattern: "*' update-ref '*refs/osqr/landed/main*", when: "after" },
  ],
  ["the branch moved, the landed ref still there", { pattern: "*' merge --ff-only '*", when: "after" }],
  ["the landed ref gone again", { pattern: "*' -d refs/osqr/landed/main '*", when: "after" }],
];

/** The landings are of one workstream: each daemon finishes what the one before it began. */
describe("a run whose daemon dies with", SLOWLY, () => {
  const stories = [new CrashStory(), new CrashStory()];
  afterAll(() => {
    for (const story of stories) story.remove();
  });
  const isLate = ({ pattern }: GitTrap): boolean => /merge|-d refs\/osqr\/landed/.test(pattern);

  test.for(TRAPS.map(([name, trap], at) => ({ name, trap, at })))("$name", async ({ trap, at }) => {
    const story = stories[isLate(trap) ? 1 : 0] as CrashStory;
    const marker = story.at(`sprung-${at}`);
    setGitTrap(story.repo.programs, trap, marker);
    await story.crash();
    expect(existsSync(marker)).toBe(true);
  });

  test("all that, lands once and leaves nothing behind", async () => {
    for (const story of stories) await story.finish();
  });
});

const ASK = 'osqr-ask WAY "Which way?" a="left" b="right" --recommend b >> solo/way.txt';

describe("a daemon that dies", SLOWLY, () => {
  test.for([
    ["while an attempt waits for an answer", "attempt_parked"],
    ["when an answer is recorded and not delivered", "decision_resolved"],
  ] as const)("%s has asked once, and the task gets the answer", ([, kind]) =>
    tellStory({ files: soloFiles(ASK) }, async (story) => {
      await story.crash({ crash: { ...atEvent(kind), marker: story.at("struck") } });
      await story.finish();
      expect(story.repo.read("solo/way.txt")).toBe("b\n");
      expect([...story.witness.state.decisions.keys()]).toEqual(["D-1"]);
    }),
  );

  test("while it takes up what the last one left, is taken up itself", () =>
    tellStory({ files: soloFiles("sleep 0.5") }, async (story) => {
      const child = story.start();
      await waitUntil("there is work to keep", () => story.findInWorkspaces("tree/solo/one.txt").length > 0);
      child.kill("SIGKILL");
      await story.end(child, { signal: "SIGKILL" });
      const points = [{ call: "git.snapshot", when: "before" } as const, atRef("refs/osqr/salvage/")];
      for (const [at, point] of [...points, atEvent("attempt_ended")].entries()) {
        await story.crash({ crash: { ...point, marker: story.at(`struck-${at}`) } });
      }
      await story.finish();
      expect(story.repo.git("show", "refs/osqr/salvage/a-1:solo/one.txt")).toBe("one");
    }));

  test("in the midst of a set-up, makes it again, whole", () => {
    const setUp = "mkdir vendor; printf half > vendor/made; sleep 0.5; printf ' whole' >> vendor/made";
    const config = { ".osqr/config.yaml": `setup: "${setUp}"\n` };
    return tellStory(
      { files: { ...soloFiles("cat vendor/made > solo/way.txt"), ...config } },
      async (story) => {
        const child = story.start();
        const isHalf = (): boolean => story.findInWorkspaces("tree/vendor/made").length > 0;
        await waitUntil("the set-up is half done", isHalf);
        child.kill("SIGKILL");
        await story.end(child, { signal: "SIGKILL" });
        await story.finish();
        expect(story.repo.read("solo/way.txt")).toBe("half whole");
      },
    );
  });
});
