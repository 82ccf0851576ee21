import { describe, expect, test } from "vitest";
import { type BeforeFacts, checkBefore, programOf } from "./before.ts";

const gib = 1024 ** 3;
const good: BeforeFacts = {
  base: { name: "main", commit: "c0ffee1234" },
  commands: [{ command: "git", neededBy: "osqr", path: "/usr/bin/git", required: true }],
  disk: { freeBytes: 9 * gib, neededBytes: gib },
  approvals: [{ subject: "gate tests: npm test", approved: true }],
};

/** Checks that did not pass, as `name status: message → recommendation`. */
function troubles(facts: Partial<BeforeFacts>): string {
  return checkBefore({ ...good, ...facts })
    .filter((check) => check.status !== "passed")
    .map((check) => `${check.name} ${check.status}: ${check.message}\n  → ${check.recommendation}`)
    .join("\n");
}

describe("checkBefore", () => {
  test("says what was found where all is well", () => {
    expect(checkBefore(good)).toMatchInlineSnapshot(`
      [
        {
          "message": "main (c0ffee1)",
          "name": "base",
          "recommendation": null,
          "status": "passed",
        },
        {
          "message": "git",
          "name": "commands",
          "recommendation": null,
          "status": "passed",
        },
        {
          "message": "9.0 GiB free, about 1.0 GiB needed",
          "name": "disk",
          "recommendation": null,
          "status": "passed",
        },
        {
          "message": "1 approved",
          "name": "approvals",
          "recommendation": null,
          "status": "passed",
        },
      ]
    `);
  });

  test("a base without a commit stops the run", () => {
    expect(troubles({ base: { name: "trunk", commit: null } })).toMatchInlineSnapshot(`
      "base failed: the base branch trunk has no commit
        → Commit something on trunk, or name another base in .osqr/config.yaml."
    `);
  });

  test("a missing program stops the run only where nothing goes without it", () => {
    const cargo = { command: "cargo", neededBy: "gate tests", path: null, required: false };
    expect(troubles({ commands: [cargo] })).toMatchInlineSnapshot(`
      "commands warning: cargo is not on PATH (gate tests)
        → Install cargo; until then what needs it is reported as not verified."
    `);
    const git = { command: "git", neededBy: "osqr", path: null, required: true };
    expect(troubles({ commands: [cargo, git] })).toMatchInlineSnapshot(`
      "commands failed: cargo is not on PATH (gate tests); git is not on PATH (osqr)
        → Install cargo, git, or put it on the PATH of the shell that starts osqr."
    `);
  });

  test("a disk that is too small stops the run, a tight one is said", () => {
    expect(troubles({ disk: { freeBytes: 200 * 1024 ** 2, neededBytes: gib } })).toMatchInlineSnapshot(`
      "disk failed: 200 MiB free, about 1.0 GiB needed
        → Free some space where OSQR_HOME is, point OSQR_HOME to a larger disk, or lower maxParallel in the config."
    `);
    expect(troubles({ disk: { freeBytes: 1.5 * gib, neededBytes: gib } })).toContain(
      "disk warning: 1.5 GiB free",
    );
  });

  test("commands that nobody approved stop the run", () => {
    const approvals = ["run T1", "run T2", "run T3", "run T4"].map((subject) => ({
      subject,
      approved: false,
    }));
    expect(troubles({ approvals })).toMatchInlineSnapshot(`
      "approvals failed: 4 not approved yet: run T1; run T2; run T3; …
        → Read them with osqr plan --commands, then start with osqr go --yes."
    `);
  });
});

describe("commands", () => {
  test("the program of a gate is its first plain word", () => {
    const programs = [
      "npm test",
      "CI=1 cargo test",
      "cd a && make",
      "(make)",
      "./run.sh",
      "  ",
      "python3 -m pytest",
    ];
    expect(programs.map((command) => programOf({ command }))).toEqual([
      "npm",
      "cargo",
      null,
      null,
      null,
      null,
      "python3",
    ]);
  });
});
