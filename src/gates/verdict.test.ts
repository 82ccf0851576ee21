import { describe, expect, test } from "vitest";
import type { GateRun } from "./types.ts";
import { compareWithBase, notVerified } from "./verdict.ts";

function runOf(fields: Partial<GateRun>): GateRun {
  const failed = fields.status === "failed" || (fields.failures?.length ?? 0) > 0;
  return {
    name: "tests",
    command: "npm test",
    tree: "4b825dc",
    status: failed ? "failed" : "passed",
    exitCode: failed ? 1 : 0,
    stoppedBy: null,
    durationMs: 8200,
    failures: [],
    counts: null,
    tail: [],
    logPath: "/logs/tests.log",
    ...fields,
  };
}

const passed = runOf({});
const nameless = runOf({ status: "failed" });
const notFound = runOf({ status: "failed", exitCode: 127, tail: ["sh: 1: vitest: not found"] });
const timedOut = runOf({ status: "failed", exitCode: null, stoppedBy: "timeout", durationMs: 600_000 });
const countsOf = (p: number, f: number) => ({ passed: p, failed: f, total: p + f });

/** `status [new] (old) recommendation`. */
function judge(combined: GateRun, base: GateRun | null): string {
  const verdict = compareWithBase(combined, base, { baseName: "main" });
  return `${verdict.status} [${verdict.newFailures}] (${verdict.oldFailures}) ${verdict.recommendation}`;
}

describe("only what newly fails counts", () => {
  test("a green run has nothing to say", () => {
    expect(judge(passed, passed)).toBe("passed [] () null");
    expect(judge(passed, null)).toBe("passed [] () null");
    expect(judge(passed, runOf({ failures: ["a"] }))).toBe("passed [] () null");
  });

  test("what passes on the base and fails now is new", () => {
    expect(judge(runOf({ failures: ["a", "b"] }), passed)).toMatchInlineSnapshot(
      `"failed [a,b] () 2 checks fail and did not on main: a; b. Mend the work and run it again. All output: /logs/tests.log"`,
    );
    expect(judge(runOf({ failures: ["a", "b", "c", "d", "e"] }), null)).toMatchInlineSnapshot(
      `"failed [a,b,c,d,e] () 5 checks fail: a; b; c; and 2 more. Mend the work and run it again. All output: /logs/tests.log"`,
    );
  });

  test("what failed before is listed and not counted", () => {
    expect(judge(runOf({ failures: ["a", "b"] }), runOf({ failures: ["a"] }))).toMatchInlineSnapshot(
      `"failed [b] (a) 1 check fails and did not on main: b. Mend the work and run it again. All output: /logs/tests.log"`,
    );
    expect(judge(runOf({ failures: ["a"] }), runOf({ failures: ["a", "b"] }))).toMatchInlineSnapshot(
      `"passed [] (a) 1 check failed on main before and still does: a. Mend them there."`,
    );
  });

  test("a failure without names is a failure where the base passed", () => {
    expect(judge(nameless, passed)).toMatchInlineSnapshot(
      `"failed [] () npm test fails (exit 1) and did not on main; its last lines say why. Mend the work and run it again. All output: /logs/tests.log"`,
    );
    expect(judge(nameless, null)).toMatchInlineSnapshot(
      `"failed [] () npm test fails (exit 1); its last lines say why. Mend the work and run it again. All output: /logs/tests.log"`,
    );
  });

  test("more failures under the same names are new", () => {
    const combined = runOf({ failures: ["a"], counts: countsOf(3, 2) });
    expect(judge(combined, runOf({ failures: ["a"], counts: countsOf(4, 1) }))).toMatchInlineSnapshot(
      `"failed [] (a) 2 checks fail, and 1 did on main. Mend the work and run it again. All output: /logs/tests.log"`,
    );
    const unnamed = runOf({ status: "failed", counts: countsOf(1, 3) });
    expect(judge(unnamed, runOf({ status: "failed", counts: countsOf(2, 2) }))).toMatch(
      /^failed .*3 checks fail/,
    );
  });

  test("a run that names nothing where the base named failures fails in another way", () => {
    expect(judge(nameless, runOf({ failures: ["a"] }))).toMatchInlineSnapshot(
      `"failed [] () npm test fails in another way than before (exit 1, on main exit 1) and names no check; its last lines say why. All output: /logs/tests.log"`,
    );
  });

  test("a crash is new where the base ended by itself", () => {
    const crash = runOf({ failures: ["a"], exitCode: 139 });
    expect(judge(crash, runOf({ failures: ["a"] }))).toMatch(/^failed .*\(exit 139, on main exit 1\)/);
    expect(judge(runOf({ status: "failed", exitCode: null }), nameless)).toMatch(
      /^failed .*ended by a signal/,
    );
  });
});

describe("what cannot be compared is not verified", () => {
  test("both fail without names", () => {
    expect(judge(nameless, nameless)).toMatchInlineSnapshot(
      `"not_verified [] () npm test fails (exit 1), and it failed on main before (exit 1) without naming a check, so nobody can tell what is new. Mend it on main, then run it again."`,
    );
  });

  test("the base fails without names, so names say nothing", () => {
    expect(judge(runOf({ failures: ["a"] }), nameless)).toMatch(/^not_verified \[\] \(\) .*now in a\)/);
  });

  test("the base's list is cut behind its last name", () => {
    const names = Array.from({ length: 200 }, (_, n) => `m${1000 + n}`);
    const base = runOf({ failures: names });
    expect(judge(runOf({ failures: [...names.slice(0, 3), "z"] }), base)).toMatch(
      /^not_verified \[\] .*200 or more/,
    );
    expect(judge(runOf({ failures: ["a", ...names.slice(0, 3)] }), base)).toMatch(/^failed \[a\] /);
  });

  test("the base was stopped before it named all", () => {
    const base = runOf({ failures: ["a"], exitCode: null, stoppedBy: "timeout" });
    expect(judge(runOf({ failures: ["a", "b"] }), base)).toMatch(
      /^not_verified \[\] \(a\) .*did not end there/,
    );
  });

  test("a cancelled run claims nothing", () => {
    const cancelled = runOf({ status: "failed", exitCode: null, stoppedBy: "cancel" });
    expect(judge(cancelled, passed)).toMatchInlineSnapshot(
      `"not_verified [] () npm test was cancelled before it ended. Start it again to know."`,
    );
    expect(judge(runOf({ failures: ["a"] }), cancelled)).toMatch(/^failed \[a\]/);
  });
});

describe("a command that cannot run", () => {
  test("says nothing about the work where the base did not run it either", () => {
    expect(judge(notFound, null)).toMatchInlineSnapshot(
      `"not_verified [] () npm test checked nothing: a command was not found (sh: 1: vitest: not found). Install what it needs, give another command as gates.tests in the config, or switch it off there with false."`,
    );
    expect(judge(notFound, notFound)).toMatch(/^not_verified/);
  });

  test("is the work's doing where the base ran it", () => {
    expect(judge(notFound, passed)).toMatch(
      /^failed \[\] \(\) npm test checked nothing: a command was not found/,
    );
  });

  test("on the base excuses nothing", () => {
    expect(judge(runOf({ failures: ["a"] }), notFound)).toMatch(/^failed \[a\] \(\) 1 check fails: a\./);
  });

  test.each([
    ['npm error Missing script: "test"', "package.json has no script test"],
    [
      'npm error npx canceled due to missing packages and no YES option: ["tsc@2.0.4"]',
      "the tool is not installed",
    ],
    ["make: *** No rule to make target 'lint'.  Stop.", "make has no target lint"],
    ["/usr/bin/python3: No module named pytest", "pytest is not installed"],
    ["error: no such command: `clippy`", "cargo has no clippy"],
    ["============================ no tests ran in 0.00s =====", "it found no tests to run"],
    ["No test files found, exiting with code 1", "it found no tests to run"],
  ])("is known by what the tool says: %s", (line, reason) => {
    expect(judge(runOf({ status: "failed", tail: ["…", line] }), null)).toContain(
      `npm test checked nothing: ${reason}.`,
    );
  });

  test("is not assumed where checks ran", () => {
    const ran = runOf({ failures: ["a"], exitCode: 127, tail: ["sh: x: not found"] });
    expect(judge(ran, null)).toMatch(/^failed \[a\]/);
  });
});

describe("stopped runs and vanished tests", () => {
  test("a timeout is a failure with a next step", () => {
    expect(judge(timedOut, passed)).toMatchInlineSnapshot(
      `"failed [] () npm test did not end within 600 s and was stopped. Its last lines show where it hung; if it only needs longer, raise gates.tests.timeoutMs in the config."`,
    );
    expect(judge(timedOut, runOf({ failures: ["a"] }))).toMatch(/^failed/);
  });

  test("a timeout on both trees tells nothing", () => {
    expect(judge(timedOut, timedOut)).toMatch(/^not_verified .*The same happened on main/);
  });

  test("a limit that was hit is named", () => {
    const full = runOf({ status: "failed", exitCode: null, stoppedBy: "disk", durationMs: 4000 });
    expect(judge(full, passed)).toMatchInlineSnapshot(
      `"failed [] () npm test went beyond the limit on disk after 4 s and was stopped. Make it use less. All output: /logs/tests.log"`,
    );
  });

  test("fewer tests than on the base are said and pass; none that are seen are not verified", () => {
    expect(
      judge(runOf({ counts: countsOf(12, 0) }), runOf({ counts: countsOf(14, 0) })),
    ).toMatchInlineSnapshot(
      `"passed [] () 2 checks fewer ran than on main (12 after 14). See whether they were meant to go."`,
    );
    expect(judge(runOf({ counts: countsOf(15, 0) }), runOf({ counts: countsOf(14, 0) }))).toBe(
      "passed [] () null",
    );
    expect(judge(passed, runOf({ counts: countsOf(14, 0) }))).toMatch(/^not_verified .*tells no number/);
  });

  test("numbers of both trees and the time are handed on", () => {
    const base = runOf({ counts: countsOf(8, 0) });
    const verdict = compareWithBase(runOf({ counts: countsOf(14, 0) }), base, { baseName: "main" });
    expect(verdict).toMatchObject({
      counts: countsOf(14, 0),
      countsOnBase: countsOf(8, 0),
      durationMs: 8200,
    });
  });

  test("a gate that could not be started is not verified", () => {
    expect(notVerified({ name: "lint", command: "npm run lint" }, "Free some disk.")).toMatchObject({
      status: "not_verified",
      recommendation: "Free some disk.",
      logPath: null,
    });
  });
});
