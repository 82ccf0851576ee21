import { expect, test } from "vitest";
import { ATTEMPT } from "../../../test/fixtures/fake-service.ts";
import { taskView, workstreamView } from "../../../test/fixtures/views.ts";
import type { Event, EventBody } from "../../core/model/event.ts";
import type { CriterionView, StepView } from "../../core/report/step-views.ts";
import type { Shown } from "../../engine/service.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderShown } from "./details.ts";
import { describeEvent } from "./event-text.ts";
import { renderCriteria } from "./steps.ts";

const PAGE = { width: 100, style: PLAIN_STYLE };
const OPTIONS = { now: 0, contextLinesMax: 8 } as never;
const show = (shown: Shown): string => renderShown(shown, OPTIONS, PAGE).join("\n");

const step = (key: string, changes: Partial<StepView> = {}): StepView => ({
  key,
  title: `the ${key}`,
  order: 1,
  kind: "work",
  role: null,
  definitionOfDone: null,
  total: 1,
  completed: 0,
  status: "pending",
  ...changes,
});
const criterion = (text: string, changes: Partial<CriterionView> = {}): CriterionView => ({
  key: "ok",
  text,
  kind: "command",
  met: false,
  detail: null,
  ...changes,
});

const task = taskView({
  key: "T2",
  status: "failed",
  files: [],
  entry: [criterion("it is ready", { met: true, detail: "exit 0" })],
  exit: [
    criterion("it builds", { detail: "exit 2: no rule to make" }),
    criterion("somebody has read it", { kind: "tick" }),
  ],
});

test("a workstream shows its step, the next one, and what still has to hold", () => {
  const workstream = workstreamView({
    status: "active",
    merged: null,
    steps: [
      step("draft", { status: "active" }),
      step("site", { status: "active" }),
      step("sign"),
      step("merge"),
    ],
    currentStep: "draft",
    nextStep: "sign",
    items: [taskView(), task],
  });
  expect(show({ kind: "workstream", workstream, decisions: [] })).toMatchInlineSnapshot(`
    "#1 token-format  A token format
      ● active
        3 tasks · priority medium
        docs/token-format.md
        step 1 of 4: "the draft", beside "the site" · then "the sign"
      ✓  T1  write the encoder  4.1 s  +48 −0  src/token.ts
      ✗  T2  write the encoder  4.1 s  failed
      still to hold
        ✗ T2 of the result: it builds · exit 2: no rule to make
        ○ T2 of the result: somebody has read it (a person says so)"
  `);
});

test("with the spec's tasks alone nothing is said of steps", () => {
  const shown = show({
    kind: "workstream",
    workstream: workstreamView({ currentStep: "tasks" }),
    decisions: [],
  });
  expect(shown).not.toMatch(/step|hold/);
});

test("a task shows all its criteria, and the attempts whose results were taken again", () => {
  const attempt = { ...ATTEMPT, id: "a-7", reused: "a-3", workMs: 0 };
  expect(
    show({
      kind: "task",
      task,
      workstream: "token-format",
      attempts: [attempt],
      handoff: null,
      messages: [],
    }),
  ).toMatchInlineSnapshot(`
    "token-format#T2  write the encoder
      ✗ failed
        ✓ before the work: it is ready · exit 0
        ✗ of the result: it builds · exit 2: no rule to make
        ○ of the result: somebody has read it (a person says so)

      a-7  token-format#T1
        took the result of a-3: nothing it depends on has changed
        completed · command · 0.0 s
        result a1b2c3d  src/token.ts
        its output: osqr log a-7"
  `);
});

test("the history tells of looks at criteria and of taken results", () => {
  const body = {
    attempt: "a-7",
    fence: 7,
    commit: "a1b2c3d4e5",
    files: ["a.ts"],
    added: 1,
    deleted: 0,
    workMs: 0,
  };
  const bodies = [
    {
      kind: "criteria_checked",
      task: "a#T",
      attempt: "a-7",
      side: "exit",
      results: [{ key: "ok", met: false, detail: "exit 1" }],
    },
    { kind: "criteria_ticked", task: "a#T", side: "entry", decision: "D-1", by: "dana", reason: "seen" },
    { kind: "attempt_completed", ...body, warnings: [], reused: "a-3" },
  ] as unknown as EventBody[];
  const lines = bodies.map((each) => describeEvent({ ...each, seq: 1, at: 0 } as Event));
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "a#T exit criteria: not met: ok (exit 1)
    a#T entry criteria confirmed by dana: seen
    a-7 took the result of a-3 as a1b2c3d, nothing it depends on has changed +1 −0 a.ts"
  `);
});

test("what could not be verified has no tick", () => {
  const detail = "not verified: the project has no gates";
  const unverified = taskView({
    entry: [],
    exit: [criterion("the gate all passes", { kind: "gate", met: true, detail, unverified: true })],
  });
  expect(renderCriteria(unverified, PAGE).join("\n")).toBe(
    "    – of the result: the gate all passes · not verified: the project has no gates",
  );
});
