import { describe, expect, test } from "vitest";
import {
  decisionView,
  embeddingsView,
  OPENED_AT,
  plan,
  plannedTask,
  plannedWorkstream,
  runReport,
  statusReport,
  taskView,
  workstreamView,
} from "../../../test/fixtures/views.ts";
import { OsqrError } from "../../core/errors.ts";
import type { Plan, PlannedTask } from "../../core/plan/types.ts";
import type { AgentFinding } from "../../executors/agent-finding.ts";
import { toPlanView } from "../../server/schemas/plan.ts";
import { describeAgents } from "../agent-checks.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { displayWidth } from "../text/width.ts";
import type { Page } from "../ui.ts";
import { renderAnswered, renderDecision, renderInbox, toDecisionOptions } from "./decisions.ts";
import { renderExplanation, renderShown, renderTrace, renderVerify } from "./details.ts";
import { renderFindings } from "./findings.ts";
import { renderCommands, renderNewCommands, renderPlan } from "./plan.ts";
import { renderDot } from "./plan-graph.ts";
import { renderError, renderErrorJson } from "./problems.ts";
import { renderReport } from "./report.ts";
import { renderRoutes } from "./routes.ts";
import { renderStatus } from "./status.ts";

const NOW = Date.parse(OPENED_AT) + 90_000;
const page = (width: number): Page => ({ width, style: PLAIN_STYLE });
const OPTIONS = toDecisionOptions(NOW);
const WIDE = page(Number.POSITIVE_INFINITY);
const show = (lines: readonly string[]) => `\n${lines.join("\n")}\n`;
const planView = (changes: Partial<Plan> = {}) => toPlanView(plan(changes));

describe("a plan", () => {
  test("says once why tasks cannot be done, and names nobody for them", () => {
    const [first] = planView().workstreams;
    const [task] = first?.tasks ?? [];
    if (first === undefined || task === undefined) throw new Error("the fixture has no task");
    const blocked = "no run block, and no agent is here that could do it: osqr doctor";
    const tasks = ["T1", "T2", "T3", "T4", "T5", "T6"].map((key) => ({ ...task, key, blocked }));
    const lines = renderPlan(planView({ workstreams: [{ ...first, tasks }] }), WIDE);
    expect(lines.filter((line) => line.includes(blocked))).toEqual([
      `  ! #1 token-format T1, T2, T3, T4, T5 and 1 more: ${blocked}`,
    ]);
    expect(lines.find((line) => line.startsWith("  1  token-format"))).toMatch(
      /^ {2}1 {2}token-format {2}– +– +src\/token\.ts +–$/,
    );
    expect(lines.some((line) => line.startsWith("  executors"))).toBe(false);
  });

  test("names gates that share a command together, and those that cannot be run here", () => {
    const shared = { command: "npm test", source: "package.json scripts.test" };
    const gates = [
      { name: "tests", ...shared },
      { name: "coverage", ...shared },
      { name: "security", command: "", source: "config gates.security", cannot: "No lockfile is there." },
    ];
    expect(renderPlan(planView({ gates }), WIDE)).toContain(
      "  gates      tests, coverage: npm test · security: cannot be run",
    );
  });

  test("says the answer first, then what was found, then the table", () => {
    expect(show(renderPlan(planView(), WIDE))).toMatchInlineSnapshot(`
      "
      4 to build, 4–12 min, at most 4 at once.
        base       main (c0ffee1)
        specs      4 found: 4 ready · 2 other documents
        gates      tests: npm test · lint: npm run lint
        executors  claude, command
        sandbox    bubblewrap, network off
        longest    #1 → #3 → #4 (~1.3 min)
        note       sandbox bubblewrap, network off

        #  workstream     executor  waits for  touches           est.
        1  token-format   command   –          src/token.ts      ~20 s
        2  embeddings     claude    D-1        src/embed/**      4–12 min
        3  session-store  command   #1         src/session.ts    ~30 s
        4  rate-limit     command   #1         src/session.ts ⚠  ~30 s     after #3 (same file)

        2 commands are new here: 1 from specs, 1 to check. See them: osqr plan --commands
      "
    `);
  });

  test("has the same content on a narrow terminal", () => {
    const lines = renderPlan(planView(), page(40));
    expect(show(lines)).toMatchInlineSnapshot(`
      "
      4 to build, 4–12 min, at most 4 at once.
        base       main (c0ffee1)
        specs      4 found: 4 ready · 2 other
                   documents
        gates      tests: npm test · lint: npm
                   run lint
        executors  claude, command
        sandbox    bubblewrap, network off
        longest    #1 → #3 → #4 (~1.3 min)
        note       sandbox bubblewrap, network
                   off

        1 token-format
          executor command
          touches src/token.ts
          est. ~20 s
        2 embeddings
          executor claude
          waits for D-1
          touches src/embed/**
          est. 4–12 min
        3 session-store
          executor command
          waits for #1
          touches src/session.ts
          est. ~30 s
        4 rate-limit
          executor command
          waits for #1
          touches src/session.ts ⚠
          est. ~30 s
          after #3 (same file)

        2 commands are new here: 1 from specs,
          1 to check. See them:
          osqr plan --commands
      "
    `);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
  });

  test("names what asks, what cannot be done, what is left out and what is wrong, each with its place", () => {
    const lines = renderPlan(
      planView({
        workstreams: [
          plannedWorkstream("embeddings", 2, {
            questions: [
              {
                contentKey: "q",
                type: "architectural",
                priority: "critical",
                subject: { kind: "question", key: "MODEL" },
                question: "Which model?",
                context: "",
                location: { path: "docs/embeddings.md", line: 31 },
                options: [],
                blocksProgress: true,
                deadline: null,
                defaultOption: null,
                autoResolveMinutes: null,
              },
            ],
            tasks: [
              plannedTask("embeddings", "T1", {
                blocked: "no run block, and no executor that works without",
              }),
            ],
          }),
        ],
        leftOut: [
          { name: "old", path: "docs/old.md", line: 1, reason: "done" },
          { name: "search", path: "docs/search.md", line: 4, reason: "future: osqr add docs/search.md" },
        ],
        problems: [
          {
            severity: "error",
            code: "unknown-dependency",
            message: 'depends_on names "session-stor", which no spec has',
            location: { path: "docs/auth.md", line: 3 },
            found: "session-store (docs/session-store.md), rate-limit",
            expected: null,
            hint: "did you mean session-store?",
          },
        ],
        commands: [],
        gates: [],
      }),
      WIDE,
    );
    expect(show(lines)).toMatchInlineSnapshot(`
      "
      1 to build, 4–12 min, at most 4 at once. 1 step cannot be done by any executor.
        base     main (c0ffee1)
        specs    3 found: 1 ready with an open question, 1 done, 1 left out · 2 other documents
        gates    none found: what is built is not verified
        sandbox  bubblewrap, network off
        longest  token-format → session-store → rate-limit (~1.3 min)
        note     sandbox bubblewrap, network off

        #  workstream  executor  waits for  touches  est.
        2  embeddings  –         –          –        –

        ? #2 embeddings asks: Which model? (docs/embeddings.md:31)
        ! #2 embeddings T1: no run block, and no executor that works without
        – docs/search.md:4 future: osqr add docs/search.md

      error: docs/auth.md:3: depends_on names "session-stor", which no spec has
        found: session-store (docs/session-store.md), rate-limit
        hint: did you mean session-store?
      "
    `);
  });

  test("of nothing says so", () => {
    expect(renderPlan(planView({ workstreams: [], commands: [] }), WIDE)[0]).toBe(
      "Nothing to build: no spec was found.",
    );
  });

  test("of work that waits for people says whose answer is missing", () => {
    const [first] = planView().workstreams;
    const waiting = (status: string, waitsFor: string[]) =>
      renderPlan(
        planView({ workstreams: first === undefined ? [] : [{ ...first, status, waitsFor }] }),
        WIDE,
      )[0];
    expect(waiting("blocked", ["D-8"])).toBe("Nothing starts now: D-8 waits for you (osqr inbox).");
    expect(waiting("failed", ["failed: D-8", "#2", "D-9"])).toBe(
      "Nothing starts now: D-8, D-9 wait for you (osqr inbox).",
    );
    expect(waiting("blocked", ["#2"])).toBe("Nothing can be built: see what is blocked.");
  });

  test("shows every command in full before it runs", () => {
    expect(show(renderCommands(planView(), WIDE))).toMatchInlineSnapshot(`
      "
      2 commands would run, 2 not approved yet.

      run  docs/token-format.md:12  not approved yet  aaaaaaaaaaaa
          node gen.js > src/token.ts

      gate  package.json scripts.test  not approved yet  bbbbbbbbbbbb
          npm test
      "
    `);
  });

  test("is a graph for Graphviz, whatever names hold", () => {
    const evil = plannedWorkstream('a"];\nevil [x="', 1);
    const view = planView({ workstreams: [evil], edges: [], criticalPath: { workstreams: [], ms: 0 } });
    expect(show(renderDot(view))).toMatchInlineSnapshot(`
      "
      digraph plan {
        rankdir=LR;
        node [shape=box];
        "a\\"]; evil [x=\\"" [label="#1 a\\"]; evil [x=\\" (~20 s)"];
      }
      "
    `);
    expect(show(renderDot(planView()))).toMatchInlineSnapshot(`
      "
      digraph plan {
        rankdir=LR;
        node [shape=box];
        "token-format" [label="#1 token-format (~20 s)", penwidth=2];
        "embeddings" [label="#2 embeddings (4–12 min)"];
        "session-store" [label="#3 session-store (~30 s)", penwidth=2];
        "rate-limit" [label="#4 rate-limit (~30 s)", penwidth=2];
        "token-format" -> "session-store" [label="completion: token-format"];
        "session-store" -> "rate-limit" [label="overlap: src/session.ts", style=dashed, dir=none];
      }
      "
    `);
  });
});

describe("a report", () => {
  test("says what was built, what proves it, and what needs you", () => {
    expect(show(renderReport(runReport(), OPTIONS, page(110)))).toMatchInlineSnapshot(`
      "
      Built 3 of 4. #2 embeddings needs you.

        ✓ token-format   a1b2c3d  3 tasks       tests 14/14 (+6) · lint  osqr trace docs/token-format.md
        ? embeddings     #2       2 of 3 tasks  waits for D-1 · blocked
        ✓ session-store  b2c3d4e  3 tasks       tests 14/14 (+6) · lint  osqr trace docs/session-store.md
        ✓ rate-limit     c3d4e5f  3 tasks       tests 14/14 (+6) · lint  osqr trace docs/rate-limit.md

        D-1  critical · embeddings · blocks T3 and 1 behind · since 1 min
             The spec asks for vector embeddings and names no model. Which one? (docs/embeddings.md:31)
             a  local model: private, slower  (recommended)
                – needs 2 GB of memory
             b  hosted model: better recall, costs
             without an answer: 2 tasks wait
             osqr decide D-1 a   or   osqr accept --critical

        The work goes on by itself once you answer; follow it with osqr go.

        49 s of work and checks in 19 s (2.6×; without checks at best 17 s) · 3 at once · no tokens used
      "
    `);
  });

  test("has the same content on a narrow terminal", () => {
    const lines = renderReport(runReport(), OPTIONS, page(40));
    expect(show(lines)).toMatchInlineSnapshot(`
      "
      Built 3 of 4. #2 embeddings needs you.

        ✓ token-format a1b2c3d
          3 tasks
          tests 14/14 (+6) · lint
        ? embeddings #2
          2 of 3 tasks
          waits for D-1 · blocked
        ✓ session-store b2c3d4e
          3 tasks
          tests 14/14 (+6) · lint
        ✓ rate-limit c3d4e5f
          3 tasks
          tests 14/14 (+6) · lint
        each clause and its proof:
          osqr trace docs/token-format.md

        D-1  critical · embeddings · blocks T3
             and 1 behind · since 1 min
             The spec asks for vector
             embeddings and names no model.
             Which one?
             (docs/embeddings.md:31)
             a  local model: private, slower
                (recommended)
                – needs 2 GB of memory
             b  hosted model: better recall,
                costs
             without an answer: 2 tasks wait
             osqr decide D-1 a   or
               osqr accept --critical

        The work goes on by itself once you
          answer; follow it with osqr go.

        49 s of work and checks in 19 s (2.6×;
          without checks at best 17 s) · 3 at
          once · no tokens used
      "
    `);
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
  });

  test("hides no trouble: failed gates, kept work, nothing verified, decisions taken for you", () => {
    const failing = workstreamView({
      name: "session-store",
      number: 3,
      status: "blocked",
      merged: null,
      decisions: ["D-2"],
      waitsFor: ["D-2"],
      salvage: ["refs/osqr/salvage/a-31"],
      gates: [
        {
          name: "tests",
          status: "failed",
          command: "npm test",
          counts: { passed: 13, failed: 1, total: 14 },
          countsOnBase: null,
          newFailures: ["expiry > ends a session"],
          oldFailures: [],
          recommendation: "look at test/session.test.ts:41",
        },
      ],
    });
    const report = runReport({
      summary: "Built 1 of 2. #3 session-store needs you.",
      workstreams: [workstreamView({ gates: [], executor: "claude" }), failing],
      decisions: [],
      madeForYou: [
        decisionView({
          id: "D-4",
          state: "resolved",
          answer: { option: "b", by: "timeout", signer: null, reasoning: "nobody answered within 30 min" },
        }),
      ],
      notes: ["token-format: not verified, no gate is configured"],
      nextSteps: [],
    });
    expect(show(renderReport(report, OPTIONS, page(100)))).toMatchInlineSnapshot(`
      "
      Built 1 of 2. #3 session-store needs you.

        ✓ token-format   a1b2c3d  3 tasks  not verified             osqr trace docs/token-format.md
        ? session-store  #3       3 tasks  waits for D-2 · blocked

        ! session-store: unmerged work is kept: refs/osqr/salvage/a-31
        ✗ session-store: npm test: expiry > ends a session
          look at test/session.test.ts:41

        decided for you, to review:
          D-4  b (hosted model) by timeout: nobody answered within 30 min

        token-format: not verified, no gate is configured

        49 s of work and checks in 19 s (2.6×; without checks at best 17 s) · 3 at once · no tokens used
      "
    `);
  });
});

describe("decisions", () => {
  test("are grouped, with what happens without an answer and what to type", () => {
    const timed = decisionView({
      id: "D-12",
      group: "background",
      priority: "low",
      question: "Which log level?",
      location: null,
      context: "line 1\nline 2",
      blocks: [],
      waitingBehind: 0,
      blocksProgress: false,
      defaultOption: "b",
      autoResolveAt: new Date(NOW + 25 * 60_000).toISOString(),
      deadline: "2026-02-01T00:00:00.000Z",
    });
    expect(show(renderInbox([decisionView(), timed], OPTIONS, page(100)))).toMatchInlineSnapshot(`
      "
      2 decisions need you: 1 critical, 1 background.

      critical
        D-1  critical · embeddings · blocks T3 and 1 behind · since 1 min
             The spec asks for vector embeddings and names no model. Which one? (docs/embeddings.md:31)
             a  local model: private, slower  (recommended)
                – needs 2 GB of memory
             b  hosted model: better recall, costs
             without an answer: 2 tasks wait
             osqr decide D-1 a   or   osqr accept --critical

      background
        D-12  background · embeddings · since 1 min
              Which log level?
              │ line 1
              │ line 2
              a  local model: private, slower  (recommended)
                 – needs 2 GB of memory
              b  hosted model: better recall, costs
              without an answer: b is taken in 25 min · needed by 2026-02-01
              osqr decide D-12 a   or   osqr accept
      "
    `);
  });

  test("are none, and that is said", () => {
    expect(renderInbox([], OPTIONS, WIDE)).toEqual(["Nothing needs you."]);
  });

  test("fit 40 columns", () => {
    const lines = renderInbox([decisionView()], OPTIONS, page(40));
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
  });

  test("show only the end of a long output", () => {
    const context = Array.from({ length: 50 }, (_, index) => `line ${index + 1}`).join("\n");
    const lines = renderDecision(
      decisionView({ context }),
      toDecisionOptions(NOW, { contextLinesMax: 3 }),
      WIDE,
    );
    expect(lines.filter((line) => line.includes("│"))).toEqual([
      "       │ … 47 lines before",
      "       │ line 48",
      "       │ line 49",
      "       │ line 50",
    ]);
  });

  test("once answered say how, by whom and why", () => {
    const answer = { option: "b", by: "user", signer: null, reasoning: "recall matters more" };
    expect(renderAnswered([decisionView({ state: "resolved", answer })], 0, WIDE)).toEqual([
      "D-1  b (hosted model) by user: recall matters more",
    ]);
  });
});

test("the status says how things stand in its first line", () => {
  const running = workstreamView({
    name: "session-store",
    number: 3,
    status: "active",
    merged: null,
    priority: "high",
    tasks: { total: 3, completed: 1, failed: 0, waiting: 0, running: 1 },
    items: [taskView({ key: "T2", status: "running", activity: "running npm test" })],
  });
  const status = statusReport({
    workstreams: [workstreamView(), embeddingsView(), running],
    sandbox: { level: "process", reason: "bubblewrap is not installed" },
    daemon: { pid: 42, port: 8765 },
  });
  expect(show(renderStatus(status, page(100)))).toMatchInlineSnapshot(`
    "
    1 of 3 built · 1 running · 1 decision needs you.

        #  workstream     tasks  state
      ✓ 1  token-format   3/3    completed · a1b2c3d · tests 14/14 (+6) · lint
      ? 2  embeddings     2/3    waits for D-1 · blocked
      ● 3  session-store  1/3    active · 1 running · T2 running npm test       high

      See what needs you: osqr inbox
      ! sandbox: process only, a weaker promise: bubblewrap is not installed
      2 workspaces use 12 MB, 80 GB free · daemon 42 on port 8765
    "
  `);
  expect(show(renderStatus(status, page(40)))).toMatchInlineSnapshot(`
    "
    1 of 3 built · 1 running · 1 decision needs you.

      ✓ 1 token-format
        tasks 3/3
        state completed · a1b2c3d · tests
          14/14 (+6) · lint
      ? 2 embeddings
        tasks 2/3
        state waits for D-1 · blocked
      ● 3 session-store
        tasks 1/3
        state active · 1 running · T2
          running npm test
        high

      See what needs you: osqr inbox
      ! sandbox: process only, a weaker
        promise: bubblewrap is not installed
      2 workspaces use 12 MB, 80 GB free ·
        daemon 42 on port 8765
    "
  `);
});

test("the status of a project without a plan says how to start", () => {
  expect(renderStatus(statusReport({ workstreams: [], decisions: 0 }), WIDE)[0]).toBe(
    "Nothing is planned yet. Start: osqr go",
  );
});

test("a workstream in full", () => {
  const shown = { kind: "workstream", workstream: embeddingsView(), decisions: [] } as const;
  expect(show(renderShown(shown, OPTIONS, page(90)))).toMatchInlineSnapshot(`
    "
    #2 embeddings  Find by meaning
      ? waits for D-1 · blocked
        2 of 3 tasks · priority medium
        docs/embeddings.md
      ✓  T1  chunk the text      4.1 s  +48 −0  src/token.ts
      ✓  T2  store vectors       4.1 s  +48 −0  src/token.ts
      ?  T3  compute embeddings         waiting · waits for D-1
    "
  `);
});

test("why, trace and verify start with the answer", () => {
  const why = renderExplanation({ subject: "x", sentences: ["It waits for D-1.", "D-1 is open."] }, WIDE);
  expect(why).toEqual(["It waits for D-1.", "  D-1 is open."]);
  const place = { kind: "clause", source: "docs/token-format.md", line: 12, signed: null } as const;
  const line = { ...place, text: "write\nthe encoder", status: "completed", attempt: "a-31" };
  const lines = [
    { ...line, commit: "c".repeat(40), merged: "a1b2c3d4".repeat(5), proof: "npm test" },
    { ...line, line: 13, status: "pending", attempt: null, commit: null, merged: null, proof: null },
  ];
  const trace = { spec: "docs/token-format.md", workstream: "token-format", lines };
  expect(show(renderTrace(trace, WIDE))).toMatchInlineSnapshot(`
    "
    docs/token-format.md: 1 of 2 clauses done (token-format).

        line  clause             attempt  merged   proof
      ✓ 12    write the encoder  a-31     a1b2c3d  npm test
      ○ 13    write the encoder  –        –        –
    "
  `);
  expect(renderVerify({ ok: true, events: 3, firstBad: null, reason: null }, WIDE)).toEqual([
    "The history is as it was written: 3 events, every hash fits.",
  ]);
  expect(
    renderVerify({ ok: false, events: 9, firstBad: 4, reason: "event 4: its hash is another" }, WIDE),
  ).toEqual([
    "The history is not as it was written from event 4 on.",
    "  event 4: its hash is another",
    "  9 events were read.",
  ]);
});

test("errors have one line each for the fault and for every hint", () => {
  const error = new OsqrError(
    "config-invalid",
    "config.yaml:3: unknown key\nconfig.yaml:9: \u001b[31mexpected\u001b[0m text",
    {
      hints: ["did you mean gates?"],
    },
  );
  expect(renderError(error, WIDE)).toEqual([
    "error: config.yaml:3: unknown key",
    "  config.yaml:9: expected text",
    "  hint: did you mean gates?",
  ]);
  expect(JSON.parse(renderErrorJson(error)).error.code).toBe("config-invalid");
});

test("why each task has its executor", () => {
  const route = (more: Partial<NonNullable<PlannedTask["route"]>>) => ({
    type: "testing" as const,
    reasons: [],
    fallbacks: [],
    ...more,
  });
  const tasks = [
    plannedTask("a", "T1", {
      executor: "claude",
      model: "opus",
      route: route({
        reasons: ["claude: the route for testing", "model opus: named with it", "testing: its title"],
        fallbacks: [
          { executor: "codex", model: null },
          { executor: "mine", model: "big" },
        ],
      }),
    }),
    plannedTask("a", "T2", { route: route({ reasons: ["command: it has a run block"] }) }),
    plannedTask("a", "T3", { blocked: "no run block, and no agent is here that could do it: osqr doctor" }),
    plannedTask("a", "T4", { kind: "review", executor: "person", title: "look at it" }),
    plannedTask("a", "T5", { already: true }),
  ];
  const view = planView({ workstreams: [plannedWorkstream("a", 1, { tasks, executor: "claude" })] });
  expect(show(renderRoutes(view, page(44)))).toMatchInlineSnapshot(`
    "
    #1 a
      T1 write the encoder · claude:opus
          claude: the route for testing
          model opus: named with it
          testing: its title
          then codex, mine:big
      T2 write the encoder · command
          command: it has a run block
      T3 write the encoder · nobody
          no run block, and no agent is here
            that could do it: osqr doctor
      T4 look at it · a person
    "
  `);
  expect(show(renderPlan(view, WIDE))).toContain("1  a           claude +1");
  expect(renderRoutes(planView({ workstreams: [] }), WIDE)).toEqual([
    "Nothing to build: no task needs anybody.",
  ]);
});

test("an agent that no config names is told beside the commands that are new", () => {
  const agent = {
    hash: "a",
    kind: "agent",
    source: "found on this machine",
    text: "claude",
    approved: false,
  } as const;
  const command = { hash: "b", kind: "run", source: "docs/a.md:3", text: "true", approved: false } as const;
  expect(renderNewCommands(planView({ commands: [agent, command] }), WIDE)).toMatchInlineSnapshot(`
    [
      "  1 command is new here: 1 from specs. See them: osqr plan --commands",
      "  claude was found and no config names it: it works here once you say so. Why: osqr plan --why",
    ]
  `);
  expect(renderNewCommands(planView({ commands: [agent] }), WIDE)).toHaveLength(1);
  expect(renderNewCommands(planView({ commands: [{ ...agent, approved: true }] }), WIDE)).toEqual([]);
});

test("agents that the doctor found", () => {
  const found: AgentFinding = {
    name: "codex",
    program: "/usr/bin/codex-acp",
    version: "2.6.0",
    floor: "2.6.0",
    answeredMs: 1234,
    problems: [],
    ok: true,
    isConfigured: false,
  };
  const bad = { ...found, answeredMs: null, ok: false, isConfigured: true };
  const findings = describeAgents([
    { ...bad, name: "qwen", program: null, version: null, problems: ["not found on PATH", "install it"] },
    { ...bad, name: "gemini", version: "0.50.0", floor: "0.61.0", problems: ["too old"] },
    { ...bad, name: "claude", problems: ["no login", "export ANTHROPIC_API_KEY"], isConfigured: false },
    found,
  ]);
  expect(show(renderFindings(findings, WIDE))).toMatchInlineSnapshot(`
    "
    osqr cannot work here yet: gemini, qwen.
      ! claude  2.6.0 (/usr/bin/codex-acp), needs 2.6.0 or later: no login
                hint: export ANTHROPIC_API_KEY
      ✓ codex   2.6.0 (/usr/bin/codex-acp), answers after 1.2 s
      ✗ gemini  0.50.0 (/usr/bin/codex-acp), needs 0.61.0 or later: too old
      ✗ qwen    not found on PATH
                hint: install it
    "
  `);
  expect(show(renderFindings(describeAgents([]), WIDE))).toMatchInlineSnapshot(`
    "
    osqr can work here.
      ! agents  none: only tasks with a run block can be done
                hint: install one, or name your own in the config: docs/agents.md
    "
  `);
});

test("findings of the doctor", () => {
  const lines = renderFindings(
    [
      { name: "node", status: "ok", found: "v24.1.0", hints: [] },
      { name: "sandbox", status: "warn", found: "process only", hints: ["install bubblewrap"] },
      { name: "git", status: "bad", found: "git was not found on PATH", hints: ["install git"] },
    ],
    WIDE,
  );
  expect(show(lines)).toMatchInlineSnapshot(`
    "
    osqr cannot work here yet: git.
      ✓ node     v24.1.0
      ! sandbox  process only
                 hint: install bubblewrap
      ✗ git      git was not found on PATH
                 hint: install git
    "
  `);
});
