import { expect, test } from "vitest";
import {
  decisionView,
  statusReport,
  stepView,
  taskView,
  workstreamView,
} from "../../../test/fixtures/views.ts";
import type { SignOffView } from "../../core/report/types.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderAnswered, renderDecision, toDecisionOptions } from "./decisions.ts";
import { renderShown } from "./details.ts";
import { renderSigned } from "./signed.ts";
import { describeTotals } from "./status.ts";

const PAGE = { width: 100, style: PLAIN_STYLE };
const OPTIONS = toDecisionOptions(Date.parse("2026-01-05T11:00:00.000Z"));
const option = (id: string, label: string, description: string) => ({
  id,
  label,
  description,
  implications: [],
  recommended: false,
});
const text = (lines: readonly string[]) => `\n${lines.join("\n")}\n`;

const review = decisionView({
  id: "D-3",
  type: "approval",
  priority: "high",
  group: "blocking",
  workstream: "rate-limit",
  question: "rate-limit: is it good?",
  context: "done means: somebody else has read it",
  location: null,
  options: [
    option("approve", "approve", "sign it off; the next step goes on"),
    option("reject", "reject", "goes back to build (build it); needs a reason"),
  ],
  blocks: ["rate-limit#check"],
  step: "code review",
  role: "reviewer",
  holders: ["dana", "sam"],
  definitionOfDone: "somebody else has read it",
  made: [
    {
      task: "rate-limit#build",
      title: "build it",
      commit: "a1b2c3d4e5f60123456789abcdef0123456789ab",
      files: ["src/limit.ts", "src/limit.test.ts"],
      filesTotal: 2,
      added: 120,
      deleted: 4,
      skipped: false,
      checked: ["the tests pass: 14 of 14"],
      unmet: [],
    },
  ],
});

const signOff: SignOffView = {
  task: "rate-limit#check",
  step: "check",
  decision: "D-2",
  outcome: "rejected",
  by: "dana",
  role: "reviewer",
  reason: "no tests for errors",
  at: "2026-01-05T10:12:13.000Z",
  returnedTo: "build",
};

test("a review says who may sign, what done means and what was made so far", () => {
  expect(text(renderDecision(review, OPTIONS, PAGE))).toMatchInlineSnapshot(`
    "
      D-3  blocking · rate-limit · blocks check and 1 behind · since 1 h
           rate-limit: is it good?
           │ done means: somebody else has read it
           step: code review
           may sign: dana, sam (reviewer)
           made: build build it · a1b2c3d · +120 −4  src/limit.ts src/limit.test.ts
             holds: the tests pass: 14 of 14
           approve  sign it off; the next step goes on
           reject   goes back to build (build it); needs a reason
           without an answer: 2 tasks wait
           osqr decide D-3 approve|reject --because <text>
    "
  `);
});

test("a review that anybody may sign says so", () => {
  const lines = (changes: Parameters<typeof decisionView>[0]) =>
    renderDecision({ ...review, made: [], ...changes }, OPTIONS, PAGE).filter((line) =>
      line.includes("may sign"),
    );
  expect(lines({ role: null, holders: null })).toEqual(["       may sign: anybody"]);
  expect(lines({ holders: null })).toEqual([
    "       may sign: anybody, as reviewer (roles.reviewer in the config names nobody)",
  ]);
  expect(lines({ holders: [] })).toEqual(["       may sign: nobody (reviewer)"]);
});

const standing = { end: "throttling", isLeftAlone: false };

test("a duplicate says what stands for it in place of its state", () => {
  const closed = {
    how: "merged",
    into: "throttling",
    by: "sam",
    reason: "the same limits",
    ...standing,
  } as const;
  const workstream = workstreamView({ name: "rate-limit", status: "cancelled", merged: null, closed });
  const lines = renderShown({ kind: "workstream", workstream, decisions: [] }, OPTIONS, PAGE);
  expect(lines[1]).toBe("  – merged into throttling by sam: the same limits");
});

test("a workstream shows its owner, who signed, and what it is linked with", () => {
  const workstream = workstreamView({
    name: "rate-limit",
    owner: "sam",
    signOffs: [signOff, { ...signOff, decision: "D-3", outcome: "approved", reason: "", returnedTo: null }],
    links: [{ workstream: "throttling", how: "related", reason: "the same limits", through: null }],
  });
  expect(
    text(renderShown({ kind: "workstream", workstream, decisions: [] }, OPTIONS, PAGE)),
  ).toMatchInlineSnapshot(`
    "
    #1 rate-limit  A token format
      ✓ completed
        3 tasks · priority medium
        docs/rate-limit.md
        owner: sam
        linked with throttling: the same limits
        merged as a1b2c3d · tests 14/14 (+6) · lint
      ✓  T1  write the encoder  4.1 s  +48 −0  src/token.ts
        rate-limit#check rejected by dana (reviewer), 2026-01-05 10:12 UTC, back to build: no tests for
          errors
        rate-limit#check approved by dana (reviewer), 2026-01-05 10:12 UTC
    "
  `);
});

const reviewed = {
  spec: "docs/rate-limit.md",
  summary: "Nobody may ask too often.",
  criteria: 2,
  workflow: "feature@2",
  base: "main",
  hasWork: true,
  merged: null,
} as const;

test("a review names the spec, its workflow and how to see all of the work", () => {
  const lines = renderDecision({ ...review, reviewed }, OPTIONS, PAGE);
  expect(text(lines.slice(4, 7))).toMatchInlineSnapshot(`
    "
           may sign: dana, sam (reviewer)
           spec: docs/rate-limit.md (2 acceptance criteria) · feature@2
           all of it: git diff main...refs/osqr/work/rate-limit
    "
  `);
});

test("before any work the spec is what there is to sign", () => {
  const changes = { made: [], reviewed: { ...reviewed, hasWork: false } };
  const lines = renderDecision({ ...review, ...changes }, OPTIONS, PAGE);
  expect(text(lines.slice(4, 7))).toMatchInlineSnapshot(`
    "
           may sign: dana, sam (reviewer)
           spec: docs/rate-limit.md (2 acceptance criteria) · feature@2
           it says: Nobody may ask too often.
    "
  `);
});

test("what is asked again says why, and what changed nothing shows no commit", () => {
  const revert = { of: "a1b2c3d", commit: "b2c3d4e", base: "main", at: signOff.at };
  const idle = { task: "rate-limit#look", title: "look at it", commit: null, files: [], filesTotal: 0 };
  const changes = {
    earlier: [signOff, { ...signOff, task: "rate-limit#safe", decision: "D-4", by: "sam", role: null }],
    reverted: { ...revert, by: "kim", reason: "too strict" },
    made: [{ ...idle, added: 0, deleted: 0, skipped: false, checked: [], unmet: [] }],
    notes: ["the spec has changed since"],
  };
  const lines = renderDecision({ ...review, ...changes }, OPTIONS, PAGE);
  expect(text(lines.slice(2, 10))).toMatchInlineSnapshot(`
    "
           │ done means: somebody else has read it
           ! the spec has changed since
           step: code review
           may sign: dana, sam (reviewer)
           asked again: rejected by dana (reviewer), D-2: no tests for errors
           asked again: rejected at safe by sam, D-4: no tests for errors
           asked again: taken out of main by kim: too strict
           made: look look at it · no change
    "
  `);
});

test("a word of a workflow is told with the name and the role; any other answer with the name alone", () => {
  const answer = { option: "approve", by: "user", signer: "dana", reasoning: "" } as const;
  const answered = { ...review, state: "resolved", answer } as const;
  const say = (decision: Parameters<typeof renderAnswered>[0][number]) =>
    renderAnswered([decision], 0, PAGE).join();
  expect(say(answered)).toBe("D-3  approved by dana (reviewer)");
  expect(say({ ...answered, answer: { ...answer, option: "reject", reasoning: "no tests" } })).toBe(
    "D-3  rejected by dana (reviewer): no tests",
  );
  expect(say({ ...answered, step: null, role: null })).toBe("D-3  approve by dana");
  expect(say({ ...answered, answer: { ...answer, option: "reject-docs" } })).toBe(
    "D-3  rejected by dana (reviewer)",
  );
  const merge = { options: [option("merge-1", "merge into #1", "")], role: null };
  expect(say({ ...answered, ...merge, answer: { ...answer, option: "merge-1" } })).toBe(
    "D-3  answered merge-1 (merge into #1) by dana",
  );
});

test("the answer to a review names what was signed and what follows", () => {
  const answer = { option: "approve", by: "user", signer: "dana", reasoning: "" } as const;
  const signed = { ...review, state: "resolved", answer } as const;
  const check = taskView({ id: "rate-limit#check", key: "check", step: "check", status: "waiting" });
  const steps = [
    { ...stepView("check", 1), status: "active" },
    { ...stepView("integrate", 2), title: "merge", status: "pending" },
  ] as const;
  const mine = { ...signOff, decision: "D-3", outcome: "approved", returnedTo: null } as const;
  const workstream = workstreamView({ name: "rate-limit", steps, items: [check], signOffs: [mine] });
  expect(renderSigned(signed, workstream, PAGE)).toEqual([
    'D-3  "code review" of rate-limit approved by dana (reviewer); what comes next: "merge"',
  ]);
  const back = { ...workstream, signOffs: [{ ...mine, outcome: "rejected", returnedTo: "check" }] } as const;
  const rejected = { ...signed, answer: { ...answer, option: "reject", reasoning: "no tests" } };
  expect(renderSigned(rejected, back, PAGE).join(" ")).toContain(
    "rejected by dana (reviewer): no tests; it goes back to",
  );
});

test("commands of a recipe are never cut", () => {
  const command = `git worktree add --detach ../by-hand ${"a".repeat(40)}`;
  const hand = option("by-hand", "by hand", "you have put the merged commit there");
  const changes = {
    type: "conflict",
    step: null,
    context: `${"x".repeat(90)}\n  ${command}`,
    options: [hand],
  };
  const narrow = { ...PAGE, width: 60 };
  const lines = renderDecision({ ...review, ...changes } as typeof review, OPTIONS, narrow);
  expect(lines.some((line) => line.endsWith(command))).toBe(true);
  expect(lines.some((line) => /^ +│ x+…$/.test(line))).toBe(true);
});

test("a signature that closed a duplicate does not read as a rejection", () => {
  const closed = {
    how: "duplicate",
    into: "throttling",
    by: "sam",
    reason: "the same",
    ...standing,
  } as const;
  const signOffs = [{ ...signOff, task: "rate-limit#intake", returnedTo: null, by: "sam", role: null }];
  const workstream = workstreamView({
    name: "rate-limit",
    status: "cancelled",
    merged: null,
    closed,
    signOffs,
  });
  expect(describeTotals(statusReport({ workstreams: [workstream], decisions: 0 }))).toBe(
    "0 of 0 built · 1 duplicate.",
  );
  const shown = renderShown({ kind: "workstream", workstream, decisions: [] }, OPTIONS, PAGE);
  expect(shown[1]).toBe("  – closed as a duplicate of throttling by sam: the same");
  expect(shown.join(" ")).toContain("rate-limit#intake closed as a duplicate of throttling by sam");
});

test("what was taken out of the base again says so beside its state", () => {
  const reverted = { of: "a1b2c3d", commit: "b2c3d4e", base: "main", by: "kim", reason: "too strict" };
  const reverts = [{ ...reverted, at: signOff.at }];
  const workstream = workstreamView({ name: "rate-limit", status: "paused", merged: null, reverts });
  const shown = renderShown({ kind: "workstream", workstream, decisions: [] }, OPTIONS, PAGE);
  expect(shown[1]).toBe("  – paused · taken out of main: too strict");
});

test("a skipped step is named as skipped, with what does not hold", () => {
  const made = review.made.map((each) => ({
    ...each,
    ...{ skipped: true, commit: null, files: [], filesTotal: 0, added: 0, deleted: 0, checked: [] },
    unmet: ["the tests pass"],
  }));
  const lines = renderDecision({ ...review, made }, OPTIONS, PAGE);
  expect(lines).toContainEqual(expect.stringContaining("skipped: build build it · no change"));
  expect(lines).toContainEqual(expect.stringContaining("not met: the tests pass"));
});
