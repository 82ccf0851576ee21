import { expect, test } from "vitest";
import { decisionView, OPENED_AT, runReport } from "../../../test/fixtures/views.ts";
import type { DecisionView } from "../../core/report/types.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { displayWidth } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { renderDecision, toDecisionOptions } from "./decisions.ts";
import { renderReport } from "./report.ts";

const NOW = Date.parse(OPENED_AT) + 8_000;
const page = (width: number): Page => ({ width, style: PLAIN_STYLE });
const show = (lines: readonly string[]) => `\n${lines.join("\n")}\n`;
const option = (id: string, description: string) => ({
  id,
  label: id,
  description,
  implications: [],
  recommended: false,
});

const failed: Partial<DecisionView> = {
  id: "D-2",
  workstream: "session-store",
  type: "error",
  priority: "high",
  group: "blocking",
  question: "T2 failed: npm test failed (exit 1)",
  context: Array.from({ length: 30 }, (_, index) => `output ${index + 1} ${"x".repeat(60)}`).join("\n"),
  location: null,
  options: [option("retry", "run the task again as a new attempt"), option("cancel", "stop the workstream")],
  blocks: ["session-store#T2"],
  waitingBehind: 0,
};

test("a failed task says first what can be done, then where to look, then its last words", () => {
  const evidence = new Map([["D-2", { id: "a-31", salvage: "refs/osqr/salvage/a-31" }]]);
  const options = toDecisionOptions(NOW, { evidence, contextLinesMax: 3 });
  const lines = renderDecision(decisionView(failed), options, page(60));
  expect(show(lines)).toMatchInlineSnapshot(`
    "
      D-2  blocking · session-store · blocks T2 · since 8 s
           T2 failed: npm test failed (exit 1)
           retry   run the task again as a new attempt
           cancel  stop the workstream
           without an answer: 1 task waits
           osqr decide D-2 retry|cancel
           attempt a-31: osqr log a-31
           its work is kept: refs/osqr/salvage/a-31
           │ … 27 lines before
           │ output 28 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
           │ output 29 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
           │ output 30 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    "
  `);
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(60);
});

test("a merge that stopped says where the work is, and recommends nothing by itself", () => {
  const stopped = decisionView({
    ...failed,
    question: "npm test fails on the combined tree",
    context: "1 test fails",
    blocks: [],
    options: [option("retry", "merge and run the gates again"), option("redo", "run all its tasks again")],
  });
  expect(show(renderDecision(stopped, toDecisionOptions(NOW), page(100)))).toMatchInlineSnapshot(`
    "
      D-2  blocking · session-store · since 8 s
           npm test fails on the combined tree
           retry  merge and run the gates again
           redo   run all its tasks again
           without an answer: the workstream waits
           osqr decide D-2 retry|redo
           the work: refs/osqr/work/session-store
           │ 1 test fails
    "
  `);
});

test("an approval of commands names the way to see them in full", () => {
  const approval = decisionView({
    type: "approval",
    location: null,
    question: "2 commands are new or changed: run them on this machine?",
    context: "docs/a.md:12: npm test … (4 lines)",
    options: [option("approve", "run them now"), option("reject", "the tasks stay blocked")],
  });
  const lines = renderDecision(approval, toDecisionOptions(NOW), page(100));
  expect(lines.at(-1)?.trim()).toBe("every command in full: osqr plan --commands");
});

test("the rest goes on only where something is under way", () => {
  const say = (isRestRunning: boolean) =>
    renderDecision(decisionView(), toDecisionOptions(NOW, { isRestRunning }), page(100)).join("\n");
  expect([say(true).includes("the rest goes on"), say(false).includes("the rest")]).toEqual([true, false]);
});

test("a report names osqr go as a step only where it does something", () => {
  const say = (changes: object) =>
    renderReport(runReport(changes), toDecisionOptions(NOW), page(100)).filter((line) =>
      /osqr go|next:/.test(line),
    );
  const steps = ["osqr decide D-1 a|b", "osqr accept --critical", "osqr go"];
  expect(say({ nextSteps: steps })).toEqual([
    "  The work goes on by itself once you answer; follow it with osqr go.",
  ]);
  expect(say({ decisions: [], nextSteps: ["osqr resume embeddings", "osqr go"] })).toEqual([
    "  next: osqr resume embeddings",
  ]);
  expect(say({ decisions: [], nextSteps: ["osqr go"] })).toEqual(["  next: osqr go"]);
});

test("the speed is told only where it is one", () => {
  const { metrics } = runReport();
  const say = (changes: object) =>
    renderReport(runReport({ metrics: { ...metrics, ...changes } }), toDecisionOptions(NOW), page(200)).at(
      -1,
    );
  expect(say({ workMs: 400, gatesMs: 0 })).toBe("  0.4 s of work in 19 s · 3 at once · no tokens used");
  expect(say({ workMs: 9_000, gatesMs: 0 })).toBe("  9.0 s of work in 19 s · 3 at once · no tokens used");
  expect(say({ gatesMs: 0, lowerBoundMs: 20 })).toBe(
    "  41 s of work in 19 s (2.2×) · 3 at once · no tokens used",
  );
});

test("when it is settled by itself is said once, as the time that is left", () => {
  const at = new Date(NOW + 33_000).toISOString();
  const waiting = decisionView({ defaultOption: "b", autoResolveAt: at, deadline: at });
  const silence = renderDecision(waiting, toDecisionOptions(NOW), page(100)).filter((line) =>
    line.includes("without an answer"),
  );
  expect(silence.map((line) => line.trim())).toEqual(["without an answer: b is taken in 33 s"]);
});
