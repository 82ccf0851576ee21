import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { soloFiles } from "../support/crash-repo.ts";
import { type CrashStory, tellStory, waitUntil } from "../support/crash-story.ts";
import { checkHome, listProcesses } from "../support/crash-witness.ts";

/** Time for a machine that has much else to do. */
const SLOWLY = { timeout: 180_000 };
const PROCESS_LEVEL = "sandbox:\n  level: process\n";
/** The first attempt never ends by itself. */
const ENDLESS = '[ "$OSQR_ATTEMPT" != a-1 ] || sleep 300';

const isAtWork = (story: CrashStory): boolean => story.findInWorkspaces("tree/solo/one.txt").length > 0;

/** How attempts ended, as the log tells it. */
function listEnds({ witness }: CrashStory): string[] {
  return [...witness.state.attempts.values()].map(({ state }) =>
    "reason" in state ? `${state.kind}: ${state.reason}` : state.kind,
  );
}

/** Stops the daemon that is at `isThere`: it must end by itself, and leave nothing that lives or lies about. */
async function stopAt(story: CrashStory, what: string, isThere: () => boolean): Promise<void> {
  const child = story.start();
  await waitUntil(what, isThere);
  child.kill("SIGTERM");
  await story.end(child, { code: 0 });
  expect(child.lines).toEqual(["open", "rest stopped", "closed"]);
  expect(listProcesses(story.repo)).toEqual([]);
  expect(checkHome(story.repo)).toEqual([]);
}

describe("a daemon that is asked to stop", SLOWLY, () => {
  test("gives back its attempts, with their work kept, and the next one does them again", () =>
    tellStory({ files: soloFiles(ENDLESS) }, async (story) => {
      await stopAt(story, "the attempt is at work", () => isAtWork(story));
      expect(listEnds(story)).toEqual(["lost: osqr was stopped"]);
      expect(story.repo.git("show", "refs/osqr/salvage/a-1:solo/one.txt")).toBe("one");
      await story.finish();
    }));

  test("ends a set-up that is under way, and the next one makes it", () =>
    tellStory({ config: PROCESS_LEVEL }, async (story) => {
      const flag = story.at("may-end");
      const setUp = `mkdir vendor; echo made > vendor/made; [ -e ${flag} ] || sleep 300`;
      story.repo.commit(".osqr/config.yaml", `setup: "${setUp}"\n`);
      const isMade = (): boolean => story.findInWorkspaces("tree/vendor/made").length > 0;
      await stopAt(story, "the set-up is under way", isMade);
      writeFileSync(flag, "");
      await story.finish();
    }));

  test("ends gates that are under way, and the next one runs them", () =>
    tellStory({ config: PROCESS_LEVEL }, async (story) => {
      const flag = story.at("may-end");
      story.repo.commit("check.sh", `[ -e ${flag} ] || { : > gate-began; sleep 300; }\n`);
      const hasBegun = (): boolean => story.findInWorkspaces("tree/gate-began").length > 0;
      await stopAt(story, "the gates are under way", hasBegun);
      writeFileSync(flag, "");
      await story.finish();
    }));
});

describe("a daemon that is frozen", SLOWLY, () => {
  test("keeps its home, and goes on where it was", () =>
    tellStory({ files: soloFiles("sleep 0.3") }, async (story) => {
      const child = story.start();
      await waitUntil("the attempt is at work", () => isAtWork(story));
      child.kill("SIGSTOP");
      const other = story.start();
      expect(await other.ended).toMatchObject({ code: 1 });
      expect(other.complaints.join("\n")).toContain(`pid ${child.process.pid}`);
      child.kill("SIGCONT");
      await story.end(child, { code: 0 });
      expect(listEnds(story)).toEqual(["completed", "completed", "completed"]);
      await story.finish();
    }));
});

describe("a daemon whose log has no room", SLOWLY, () => {
  const isFull = (story: CrashStory): { readonly fullWhile: string } => ({ fullWhile: story.at("full") });

  test("keeps what its effects found, tries again, and goes on when there is room", () =>
    tellStory({}, async (story) => {
      const order = isFull(story);
      const child = story.start(order);
      await child.untilEvent("attempt_started");
      writeFileSync(order.fullWhile, "");
      const complaints = (): number => child.complaints.filter((line) => line.includes("is full")).length;
      await child.until("it tried twice", () => complaints() >= 2);
      rmSync(order.fullWhile);
      await story.end(child, { code: 0 });
      expect(listEnds(story)).toEqual(["completed", "completed", "completed"]);
      await story.finish();
    }));

  test("loses nothing that it acknowledged when it is killed then", () =>
    tellStory({}, async (story) => {
      const order = isFull(story);
      const child = story.start(order);
      await child.untilEvent("attempt_started");
      writeFileSync(order.fullWhile, "");
      await child.until("it is full", ({ complaints }) =>
        complaints.some((line) => line.includes("is full")),
      );
      child.kill("SIGKILL");
      await story.end(child, { signal: "SIGKILL" });
      await story.finish();
    }));
});

describe("attempts without walls", SLOWLY, () => {
  test("that outlive a killed daemon are ended by the next one, with all that they started", () =>
    tellStory(
      { files: soloFiles(`(setsid sleep 300 &)\n${ENDLESS}`), config: PROCESS_LEVEL },
      async (story) => {
        const child = story.start();
        await waitUntil("the attempt has a family", () => listProcesses(story.repo).length >= 3);
        child.kill("SIGKILL");
        await story.end(child, { signal: "SIGKILL" });
        expect(listProcesses(story.repo).length).toBeGreaterThanOrEqual(2);
        await story.finish();
      },
    ));
});
