import { expect, test } from "vitest";
import { ATTEMPT } from "../../../test/fixtures/fake-service.ts";
import { taskView, workstreamView } from "../../../test/fixtures/views.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderShown } from "./details.ts";

const page = { style: PLAIN_STYLE, width: 100 };
const criterion = { key: "tests", text: "the tests pass", how: "command", met: false, detail: null };

test("an attempt says which agent speaks there, how it began, and what was done about its failure", () => {
  const recovery = {
    failure: "rate_limit",
    step: "wait",
    nth: 1,
    until: "2026-01-05T11:00:01.000Z",
    reason: "the limit is lifted then, as the provider says",
  } as const;
  const agent = {
    attempt: "a-31",
    agent: "scripted-agent 1.0.0",

    turns: 2,
    how: "resumed",
  } as const;
  const failed = { ...ATTEMPT, agent, status: "failed", reason: "429", commit: null, recovery };
  const lines = renderShown({ kind: "attempt", attempt: failed, log: "" }, { now: 0 } as never, page);
  expect(lines).toMatchInlineSnapshot(`
    [
      "  a-31  token-format#T1",
      "    failed: 429 · command · 4.1 s",
      "    scripted-agent 1.0.0 · its conversation taken up again · 2 turns",
      "    after rate limit: waits until 2026-01-05 11:00:01 UTC: the limit is lifted then, as the provider",
      "      says",
      "    its output: osqr log a-31",
    ]
  `);
  const fresh = { ...ATTEMPT, agent: { ...agent, turns: 1, how: "fresh" } } as const;
  const shown = renderShown({ kind: "attempt", attempt: fresh, log: "" }, { now: 0 } as never, page);
  expect(shown[2]).toBe(
    "    scripted-agent 1.0.0 · a fresh conversation with a summary of the old one · 1 turn",
  );
  const none = renderShown({ kind: "attempt", attempt: ATTEMPT, log: "" }, { now: 0 } as never, page);
  expect(none.join("\n")).not.toContain("conversation");
});

test("a skipped task says who left it out, why, and what does not hold", () => {
  const skip = { by: "dana", reason: "no time" };
  const exit = [criterion as never];
  const task = taskView({ status: "skipped", files: [], workMs: 0, skip, exit });
  const options = { now: 0 } as never;
  const workstream = workstreamView({ name: "token-format", items: [task] });
  const lines = renderShown({ kind: "workstream", workstream, decisions: [] }, options, page);
  expect(lines.join(" ").replace(/\s+/g, " ")).toContain("skipped by dana: no time; not met: the tests pass");
  const one = {
    kind: "task",
    task,
    workstream: "token-format",
    attempts: [],
    handoff: null,
    messages: [],
  } as const;
  expect(renderShown(one, options, page).join("\n")).toContain(
    "skipped by dana: no time; not met: the tests pass",
  );
  const old = taskView({ status: "skipped", files: [], workMs: 0, skip: null });
  expect(renderShown({ ...one, task: old }, options, page)[1]?.trim()).toMatch(/skipped$/);
});
