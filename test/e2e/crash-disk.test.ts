import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { setCheckoutTrap, setFullDisk } from "../support/crash-programs.ts";
import { type CrashStory, tellStory } from "../support/crash-story.ts";

/** Time for a machine that has much else to do. */
const SLOWLY = { timeout: 180_000 };

const readHeld = ({ witness }: CrashStory): string =>
  [...witness.state.projects.values()][0]?.held ?? "nothing";

describe("a power cut while git fills the user's checkout", SLOWLY, () => {
  test("loses nothing: the work stays beside the branch until the user has looked", () =>
    tellStory({}, async (story) => {
      const { git, root, home, programs } = story.repo;
      const filter = setCheckoutTrap(programs, home, story.at("cut"));
      story.repo.commit(".gitattributes", "solo/*.txt filter=cut\n");
      git("config", "filter.cut.smudge", filter);
      git("config", "filter.cut.clean", "cat");
      const before = git("rev-parse", "main");
      await story.crash();

      const held = story.start();
      await story.end(held, { code: 0 });
      expect(held.lines).toEqual(["open", "rest completed", "closed"]);
      expect(readHeld(story)).toContain("index.lock exists");
      expect(git("rev-parse", "main")).toBe(before);
      expect(git("show", "refs/osqr/landed/main:solo/one.txt")).toBe("one");

      rmSync(join(root, ".git", "index.lock"));
      git("reset", "-q", "--hard");
      git("clean", "-fdq");
      await story.finish();
      expect(readHeld(story)).toBe("nothing");
    }));
});

describe("a disk without room for work that was done", SLOWLY, () => {
  test("keeps the workspace until the work can be kept", () =>
    tellStory({}, async (story) => {
      const flag = story.at("full");
      writeFileSync(flag, "");
      setFullDisk(story.repo.programs, "*' write-tree '*", flag);
      const child = story.start({ answers: false });
      await story.end(child, { code: 0 });
      expect(child.lines).toEqual(["open", "rest needs_you", "closed attempts/a-1 workspaces/a-1"]);
      expect(story.findInWorkspaces("tree/solo/one.txt")).toHaveLength(1);

      rmSync(flag);
      await story.finish();
      expect(story.repo.git("show", "refs/osqr/salvage/a-1:solo/one.txt")).toBe("one");
    }));
});
