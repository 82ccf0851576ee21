import { describe, expect, test } from "vitest";
import { Terminal } from "../../../test/fixtures/terminal.ts";
import { embeddingsView, plan, runReport } from "../../../test/fixtures/views.ts";
import type { Event, EventBody } from "../../core/model/event.ts";
import type { AttemptId, DecisionId, TaskId, WorkstreamId } from "../../core/model/ids.ts";
import { toPlanView } from "../../server/schemas/plan.ts";
import { LiveScreen } from "../terminal/live.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { displayWidth } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { renderFooter } from "./footer.ts";
import { renderLine, toLines } from "./lines.ts";
import { RunView } from "./run-view.ts";

const START = 1_767_607_200_000;
const WIDE: Page = { width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE };
const page = (width: number): Page => ({ width, style: PLAIN_STYLE });

const ws = (name: string) => name as WorkstreamId;
const task = (id: string) => id as TaskId;
const attempt = (n: number) => `a-${n}` as AttemptId;
const decision = (n: number) => `D-${n}` as DecisionId;
const COMMIT = "a1b2c3d4e5f60123456789abcdef0123456789ab";

/** A view of run r-7 at its start: nothing is known but the plan. */
function createView(): RunView {
  return new RunView("r-7", toPlanView(plan()), runReport({ workstreams: [] }));
}

/** Feeds events and gives the lines that they made. */
function feed(view: RunView, bodies: readonly EventBody[], target: Page = WIDE): string[] {
  return bodies.flatMap((body, index) => {
    const event: Event = { ...body, seq: index + 1, at: START + index * 1_000 };
    const lines = toLines(view, event);
    view.take(event);
    return lines.flatMap((line) => renderLine(line, view, target));
  });
}

const claimed = (n: number, id: string): EventBody => ({
  kind: "attempts_claimed",
  launches: [{ task: task(id), attempt: attempt(n), fence: n, executor: "command", reason: "ready" }],
  ready: [],
  readyTotal: 1,
  held: [],
  slots: 4,
});
const started = (n: number): EventBody => ({
  kind: "attempt_started",
  attempt: attempt(n),
  fence: n,
  sandbox: "bubblewrap",
});
const made = (n: number): EventBody => ({
  kind: "attempt_completed",
  attempt: attempt(n),
  fence: n,
  commit: COMMIT,
  files: ["src/token.ts"],
  added: 48,
  deleted: 0,
  workMs: 4_100,
  warnings: [],
});
const done = (n: number, id: string): EventBody => ({
  kind: "task_completed",
  task: task(id),
  attempt: attempt(n),
  how: "done",
  tip: COMMIT,
  handoff: null,
  artifacts: [],
});
const landed = (name: string, held: string | null = null): EventBody => ({
  kind: "workstream_landed",
  workstream: ws(name),
  commit: COMMIT,
  held,
});
const gates = (name: string): EventBody => ({
  kind: "gates_run",
  workstream: ws(name),
  tree: COMMIT,
  ms: 2_000,
  reports: [
    {
      name: "tests",
      command: "npm test",
      status: "passed",
      newFailures: [],
      oldFailures: [],
      counts: { passed: 14, failed: 0, total: 14 },
      countsOnBase: { passed: 8, failed: 0, total: 8 },
      durationMs: 900,
      tail: [],
      recommendation: null,
    },
  ],
});
const opened = (n: number, workstream: string, changes: object = {}): EventBody => ({
  kind: "decision_opened",
  decision: {
    id: decision(n),
    contentKey: `q${n}`,
    workstream: ws(workstream),
    type: "architectural",
    priority: "critical",
    subject: { kind: "question", key: "MODEL" },
    question: "which model?",
    context: "",
    location: null,
    options: [
      { id: "a", label: "local", description: "", implications: [], recommended: true },
      { id: "b", label: "hosted", description: "", implications: [], recommended: false },
    ],
    askers: [task(`${workstream}#T3`)],
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveAt: null,
    ...changes,
  },
});

describe("finished lines", () => {
  test("tell what was done, how long it took and what it changed", () => {
    const view = createView();
    const lines = feed(view, [
      claimed(1, "token-format#T1"),
      started(1),
      made(1),
      done(1, "token-format#T1"),
      opened(1, "embeddings"),
      gates("token-format"),
      landed("token-format"),
      { kind: "decision_resolved", decision: decision(1), option: "a", by: "user", reasoning: "private" },
      { kind: "base_followed", project: "p-1" as never, commit: COMMIT },
    ]);
    expect(`\n${lines.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      ● 1 token-format    T1 write the encoder   started
      ✓ 1 token-format    T1 write the encoder   4.1 s   +48 −0   src/token.ts
      ? 2 embeddings      D-1 which model?       osqr decide D-1 a|b   T3 waits
      ✓ 1 token-format    merged to main         tests 14/14 (+6)   main a1b2c3d
      ✓ 2 embeddings      D-1 answered a: private
      ✓ main              followed to a1b2c3d
      "
    `);
  });

  test("tell a failure with its output, where the work is, and what can be done", () => {
    const view = createView();
    const lines = feed(view, [
      claimed(31, "session-store#T2"),
      started(31),
      {
        kind: "attempt_ended",
        attempt: attempt(31),
        fence: 31,
        outcome: "failed",
        reason: "npm test failed (exit 1)",
        workMs: 8_200,
        salvage: "refs/osqr/salvage/a-31",
      },
      opened(2, "session-store", {
        subject: { kind: "task_failed", task: "session-store#T2", attempt: "a-31" },
        context: "test/session.test.ts:41  expected 'expired', got 'valid'",
        options: ["retry", "skip", "cancel"].map((id) => ({
          id,
          label: id,
          description: "",
          implications: [],
          recommended: false,
        })),
      }),
      {
        kind: "task_failed",
        task: task("session-store#T2"),
        attempt: attempt(31),
        decision: decision(2),
        reason: "npm test failed (exit 1)",
      },
    ]);
    expect(`\n${lines.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      ● 3 session-store   T2                     started
      ✗ 3 session-store   T2: npm test failed (exit 1) · after 8.2 s
        D-2  retry · skip · cancel   osqr decide D-2 retry|skip|cancel
        The work is kept: refs/osqr/salvage/a-31 · log: osqr log a-31
          │ test/session.test.ts:41  expected 'expired', got 'valid'
      "
    `);
  });

  test("tell a merge that stopped, a branch that did not move, and what people do", () => {
    const view = createView();
    const lines = feed(view, [
      opened(3, "rate-limit", {
        subject: { kind: "integration", workstream: "rate-limit" },
        context: "1 test fails",
      }),
      {
        kind: "integration_stopped",
        workstream: ws("rate-limit"),
        decision: decision(3),
        reason: "npm test fails on the combined tree",
      },
      landed("session-store", "local changes in src/session.ts"),
      { kind: "intent_set", workstream: ws("embeddings"), intent: "paused", by: "user", reason: "" },
      {
        kind: "task_completed",
        task: task("embeddings#T1"),
        attempt: null,
        how: "skipped",
        tip: null,
        handoff: null,
        artifacts: [],
      },
    ]);
    expect(`\n${lines.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      ✗ 4 rate-limit      not merged: npm test fails on the combined tree
        D-3  local · hosted   osqr decide D-3 a|b
        the work: refs/osqr/work/rate-limit
          │ 1 test fails
      ! 3 session-store   merged, main follows later   not verified   main a1b2c3d
        main did not move: local changes in src/session.ts
      – 2 embeddings      paused
      – 2 embeddings      T1 write the encoder   skipped
      "
    `);
  });

  test("leave out what is of another run or another project", () => {
    const view = createView();
    expect(
      feed(view, [claimed(5, "p-12345678/other#T1"), landed("p-12345678/other"), opened(9, "other")]),
    ).toEqual([]);
  });

  test("know workstreams by their ids with the project, and leave out the same name of another", () => {
    const own = plan();
    const withIds = {
      ...own,
      workstreams: own.workstreams.map((each) => ({ ...each, id: ws(`p-11111111/${each.name}`) })),
    };
    const view = new RunView("r-7", toPlanView(withIds), runReport({ workstreams: [embeddingsView()] }));
    expect(view.workstreams.size).toBe(4);
    expect(feed(view, [landed("p-22222222/token-format")])).toEqual([]);
    expect(feed(view, [landed("p-11111111/token-format")])).toHaveLength(1);
  });

  test("fit a narrow terminal", () => {
    const lines = feed(
      createView(),
      [claimed(1, "token-format#T1"), made(1), done(1, "token-format#T1"), opened(1, "embeddings")],
      page(40),
    );
    expect(`\n${lines.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      ● 1 token-format  T1 write the encoder
          started
      ✓ 1 token-format  T1 write the encoder
          4.1 s  +48 −0  src/token.ts
      ? 2 embeddings  D-1 which model?
          osqr decide D-1 a|b  T3 waits
      "
    `);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
  });

  test("keep their columns, the time and the change beside a long title and many paths", () => {
    const view = createView();
    const event = { ...claimed(1, "token-format#T1"), seq: 1, at: START } as Event;
    view.take(event);
    const files = ["src/token.ts", "src/a-very-long-name-of-a-file-indeed.ts", "src/b.ts"];
    const lines = feed(view, [{ ...made(1), files } as EventBody, done(1, "token-format#T1")], page(80));
    expect(lines).toEqual([
      "✓ 1 token-format    T1 write the encoder   4.1 s   +48 −0   src/token.ts src/a-…",
    ]);
  });

  test("show titles of specs as text, whatever they hold", () => {
    const view = createView();
    const [line = ""] = feed(view, [opened(1, "embeddings", { question: "two\n✓ 9 fake   merged to main" })]);
    expect(line).toContain("two ✓ 9 fake");
    expect(line.split("\n")).toHaveLength(1);
  });
});

describe("the footer", () => {
  const at = (now: number) => ({ now: START + now, startedAt: START, rowsMax: 12 });

  test("shows what runs, what waits and for what, and the totals", () => {
    const view = createView();
    feed(view, [
      opened(1, "embeddings"),
      gates("token-format"),
      landed("token-format"),
      {
        ...claimed(2, "session-store#T1"),
        held: [{ task: task("rate-limit#T1"), reason: "after session-store (src/session.ts)" }],
      } as EventBody,
      started(2),
      { kind: "attempt_progressed", attempt: attempt(2), fence: 2, text: "running: npm test" },
    ]);
    expect(`\n${renderFooter(view, at(16_000), page(80)).join("\n")}\n`).toMatchInlineSnapshot(`
      "
      ───────────────────────────────────────────────────────────────────────────────
      ● 3 session-store  T1 write the encoder  12 s  running: npm test
      ○ 4 rate-limit     after session-store (src/session.ts)
      1 of 4 built · 1 running · 1 needs you · 16 s
      "
    `);
    for (const width of [20, 40, 61]) {
      const lines = renderFooter(view, at(16_000), page(width));
      expect(Math.max(...lines.map(displayWidth))).toBeLessThan(width);
    }
  });

  test("stays aligned with one long name, and uses the width that is there", () => {
    const view = createView();
    const added = "a-workstream-with-quite-a-long-name";
    view.take({
      kind: "workstream_added",
      workstream: { id: ws(`p-00000001/${added}`), name: added, number: 5 },
      tasks: [],
      seq: 1,
      at: START,
    } as never);
    view.take({ kind: "run_extended", run: "r-7", workstreams: [`p-00000001/${added}`] } as never);
    feed(view, [claimed(2, "session-store#T1"), started(2), claimed(3, "rate-limit#T1")]);
    expect(`\n${renderFooter(view, at(16_000), page(70)).join("\n")}\n`).toMatchInlineSnapshot(`
      "
      ─────────────────────────────────────────────────────────────────────
      ● 3 session-store          T1 write the encoder      15 s
      ● 4 rate-limit             T1 write the encoder  starting
      ○ 1 token-format           queued
      ○ 2 embeddings             waits for D-1
      ○ 5 a-workstream-with-qu…  queued
      0 of 5 built · 2 running · 16 s
      "
    `);
  });

  test("counts what it has no room for", () => {
    const lines = renderFooter(createView(), { ...at(0), rowsMax: 4 }, page(60));
    expect(`\n${lines.join("\n")}\n`).toMatchInlineSnapshot(`
      "
      ───────────────────────────────────────────────────────────
      ○ 1 token-format  queued
        and 3 more
      0 of 4 built · 0.0 s
      "
    `);
  });

  test("counts no duplicates: they are none of the work", () => {
    const view = createView();
    view.take({
      kind: "workstream_closed",
      workstream: "p-00000001/rate-limit",
      how: "duplicate",
      into: "p-00000001/session-store",
      seq: 1,
      at: START,
    } as never);
    expect(renderFooter(view, at(1_000), page(60)).at(-1)).toBe("0 of 3 built · 1.0 s");
  });

  test("of a run that is joined later knows what was done before", () => {
    const view = new RunView("r-7", toPlanView(plan()), runReport());
    expect(renderFooter(view, at(1_000), page(60)).at(-1)).toBe("3 of 4 built · 1 needs you · 1.0 s");
  });
});

test("an attempt that began before is asked for once", () => {
  const view = createView();
  const event: Event = { ...made(4), seq: 1, at: START };
  expect(view.findUnknownAttempt(event)).toBe("a-4");
  view.learnAttempt("a-4", "token-format#T1", START);
  expect(view.findUnknownAttempt(event)).toBeNull();
  view.take({ ...claimed(4, "token-format#T1"), seq: 2, at: START } as Event);
  expect(view.attempts.get("a-4")?.startedAt).toBe(START);
});

describe("a live screen", () => {
  const open = (terminal: Terminal) => new LiveScreen(terminal, () => terminal.columns);

  test("scrolls finished lines above a footer that stands", () => {
    const terminal = new Terminal(40);
    const live = open(terminal);
    live.setFooter(["────", "● one", "0 of 2"]);
    live.print(["✓ one done"], ["────", "● two", "1 of 2"]);
    expect(terminal.screen).toBe("✓ one done\n────\n● two\n1 of 2");
    live.setFooter(["────", "2 of 2"]);
    expect(terminal.screen).toBe("✓ one done\n────\n2 of 2");
    live.print(["✓ two done"]);
    live.clear();
    expect(terminal.screen).toBe("✓ one done\n✓ two done");
  });

  test("writes nothing while nothing changes", () => {
    const terminal = new Terminal(40);
    const live = open(terminal);
    live.setFooter(["a", "b"]);
    const before = terminal.written;
    live.setFooter(["a", "b"]);
    expect(terminal.written).toBe(before);
  });

  test("leaves nothing behind when the terminal becomes narrower", () => {
    const terminal = new Terminal(40);
    const live = open(terminal);
    live.print(["✓ done"], ["─".repeat(38), "● a line of thirty-five characters."]);
    terminal.resize(20);
    live.setFooter(["────", "● short"]);
    expect(terminal.screen).toBe("✓ done\n────\n● short");
  });
});
