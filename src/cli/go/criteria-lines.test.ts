import { expect, test } from "vitest";
import { plan, runReport } from "../../../test/fixtures/views.ts";
import type { Event, EventBody } from "../../core/model/event.ts";
import { toPlanView } from "../../server/schemas/plan.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderLine, toLines } from "./lines.ts";
import { RunView } from "./run-view.ts";

const PAGE = { width: 90, style: PLAIN_STYLE };
const task = "p-12345678/token-format#T1";
const reason = "its result does not hold: it builds (exit 2)";

const claim = (attempt: string) => ({
  kind: "attempts_claimed",
  launches: [{ task, attempt, fence: 1, executor: "command", reason: "" }],
  ready: [],
  readyTotal: 0,
  held: [],
  slots: 1,
});
const miss = (attempt: string) => [
  claim(attempt),
  {
    kind: "criteria_checked",
    task,
    attempt,
    side: "exit",
    results: [{ key: "ok", met: false, detail: "exit 2" }],
  },
  {
    kind: "attempt_ended",
    attempt,
    fence: 1,
    outcome: "rejected",
    reason,
    workMs: 4_000,
    salvage: `refs/osqr/salvage/${attempt}`,
  },
];
const retry = {
  kind: "task_requeued",
  task,
  reason: `attempt a-1 failed (${reason}): retry 1 of 1`,
  retry: 1,
};
const failed = { kind: "task_failed", task, attempt: "a-2", decision: "D-4", reason };
const done = { fence: 1, commit: "c0ffee", files: ["a.ts"], added: 1, deleted: 0, workMs: 0, warnings: [] };
const taken = [
  claim("a-3"),
  { kind: "attempt_completed", attempt: "a-3", ...done, reused: "a-0" },
  { kind: "task_completed", task, attempt: "a-3", how: "done", tip: null, handoff: null, artifacts: [] },
];

test("a result that does not hold is told once, with what becomes of its task; a taken one says whose it is", () => {
  const view = new RunView("r-7", toPlanView(plan()), runReport({ workstreams: [] }));
  const running: number[] = [];
  const story = [...miss("a-1"), retry, ...miss("a-2"), failed, ...taken] as unknown as EventBody[];
  const lines = story.flatMap((body, index) => {
    const event = { ...body, seq: index + 1, at: 0 } as Event;
    const told = toLines(view, event).filter(({ isStart }) => !isStart);
    view.take(event);
    running.push(view.listRunning().length);
    return told.flatMap((line) => renderLine(line, view, PAGE));
  });
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "○ 1 token-format  T1 write the encoder  queued again: attempt a-1 failed (its result does
        not hold: it builds (exit 2)): retry 1 of 1
      The work is kept: refs/osqr/salvage/a-1 · log: osqr log a-1
    ✗ 1 token-format  T1 write the encoder: its result does not hold: it builds (exit 2) ·
        after 4.0 s
      osqr inbox  shows D-4
      The work is kept: refs/osqr/salvage/a-2 · log: osqr log a-2
    ✓ 1 token-format    T1 write the encoder   as a-0   +1 −0   a.ts"
  `);
  // Nothing that has ended stays in the footer.
  expect([running[3], running[7], running.at(-1)]).toEqual([0, 0, 0]);
});
