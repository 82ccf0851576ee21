import { expect, test } from "vitest";
import { decisionView, workstreamView } from "../../../test/fixtures/views.ts";
import type { SignOffView } from "../../core/report/types.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderDecision, toDecisionOptions } from "./decisions.ts";
import { renderShown } from "./details.ts";

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
  context: "signed by reviewer\ndone means: somebody else has read it",
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
      checked: ["the tests pass: 14 of 14"],
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
           │ signed by reviewer
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

test("a duplicate says what stands for it in place of its state", () => {
  const closed = { how: "merged", into: "throttling" } as const;
  const workstream = workstreamView({ name: "rate-limit", status: "cancelled", merged: null, closed });
  const lines = renderShown({ kind: "workstream", workstream, decisions: [] }, OPTIONS, PAGE);
  expect(lines[1]).toBe("  – merged into throttling");
});

test("a workstream shows its owner, who signed, and what it is linked with", () => {
  const workstream = workstreamView({
    name: "rate-limit",
    owner: "sam",
    signOffs: [signOff, { ...signOff, decision: "D-3", outcome: "approved", reason: "", returnedTo: null }],
    links: [{ workstream: "throttling", how: "related", reason: "the same limits" }],
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
