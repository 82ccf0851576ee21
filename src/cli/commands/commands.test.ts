/** Command lines against a daemon on real HTTP whose service is in memory. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTestHost, type TestHost, type TestHostOptions } from "../../../test/fixtures/cli-host.ts";
import { FakeService } from "../../../test/fixtures/fake-service.ts";
import { Terminal } from "../../../test/fixtures/terminal.ts";
import { decisionView, runReport, statusReport, workstreamView } from "../../../test/fixtures/views.ts";
import { VERSION } from "../../core/version.ts";
import { type Daemon, startDaemon } from "../../server/daemon.ts";
import { runCli } from "../main.ts";

let home: string;
let service: FakeService;
let daemon: Daemon;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "osqr-cli-"));
  service = new FakeService();
  const createService = async () => service;
  daemon = await startDaemon({
    home,
    port: 0,
    version: VERSION,
    idleMs: null,
    createService,
    log: () => undefined,
  });
});
afterEach(async () => {
  daemon.stop("test");
  await daemon.stopped;
  rmSync(home, { recursive: true });
});

async function run(line: string | readonly string[], options: Partial<TestHostOptions> = {}) {
  const host = createTestHost({ home, cwd: home, ...options });
  const code = await runCli(typeof line === "string" ? line.split(" ") : line, host);
  return { code, out: host.out(), err: host.err(), host };
}

describe("results", () => {
  test("go to stdout, and nothing else does", async () => {
    const { code, out, err } = await run("status");
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n")[0]).toBe("3 of 4 built · 1 decision needs you.");
  });

  test("status --json is the contract, with the daemon that answers", async () => {
    const { out } = await run("status --json");
    const status = JSON.parse(out);
    expect(status.daemon).toEqual({ pid: process.pid, port: daemon.port });
    expect(status.workstreams).toEqual(statusReport().workstreams);
  });

  test("inbox --json is the array of decisions", async () => {
    expect(JSON.parse((await run("inbox --json")).out)).toEqual([decisionView()]);
  });

  test("verify --json is ok, events, firstBad", async () => {
    service.append("tested");
    expect(JSON.parse((await run("verify --json")).out)).toMatchObject({
      ok: true,
      events: 1,
      firstBad: null,
    });
    service.verify = async () => ({
      ok: false,
      events: 9,
      firstBad: 4,
      reason: "event 4: its hash is another",
    });
    const bad = await run("verify");
    expect([bad.code, bad.out.split("\n")[0]]).toEqual([
      1,
      "The history is not as it was written from event 4 on.",
    ]);
  });

  test("log --json is one event per line with seq and hash, log -n the last ones", async () => {
    for (let index = 0; index < 1_200; index += 1) {
      service.append("priority_raised", { workstream: "rate-limit", boost: index, by: "user" });
    }
    const lines = (await run("log --all --json")).out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_200 }, (_, index) => index + 1));
    expect(lines[0].hash).toMatch(/^[0-9a-f]{64}$/);
    expect((await run("log --all -n 2")).out).toBe(
      "  1199  2026-01-05 10:00:00  rate-limit prioritized by user\n" +
        "  1200  2026-01-05 10:00:00  rate-limit prioritized by user\n",
    );
    expect((await run("log --all --after 1199")).out.trim().split("\n")).toHaveLength(1);
  });

  test("log --follow goes on as the history grows, until Ctrl-C", async () => {
    service.append("tested");
    const host = createTestHost({ home, cwd: home });
    const ended = runCli(["log", "--all", "--follow"], host);
    await expect.poll(() => service.listenerCount).toBe(1);
    service.append("tested");
    await expect.poll(() => host.out().trim().split("\n").length).toBe(2);
    host.interrupt();
    expect(await ended).toBe(130);
  });

  test("log a-31 is what the attempt printed, without what could steer a terminal", async () => {
    service.attemptText = "ok\n\u001b]0;owned\u0007\u001b[2Jdone\u202e\n";
    expect((await run("log a-31")).out).toBe("ok\ndone\n");
    expect(JSON.parse((await run("log a-31 --json")).out).text).toBe(service.attemptText);
  });

  test("show --briefing is what an agent is told; what it lacks is said beside", async () => {
    const { out, err } = await run("show embeddings#T3 --briefing");
    expect(out).toBe(
      "# T3 write the model\n\n## How to ask\n\nosqr-ask\n\n────────────────────────────────────────\n" +
        "The next attempt goes on with a conversation; where that can be taken up again, it is told only this:\n\n" +
        "You were stopped: paused by the operator\n\nGo on with your task.\n",
    );
    expect(err).toBe("not in it: embeddings#T2: not done yet\n");
    expect((await run("show embeddings#T2 --briefing")).out).toBe(
      "# T3 write the model\n\n## How to ask\n\nosqr-ask\n",
    );
    expect(JSON.parse((await run("show embeddings#T3 --briefing --json")).out)).toEqual(
      await service.briefing("", "embeddings#T3"),
    );
  });

  test("text of specs and agents is cleaned in every view, and exact in JSON", async () => {
    const evil = "x\u001b[31m\u001b]8;;http://evil\u0007\u202e\n✓ 9 fake";
    service.currentStatus = statusReport({
      workstreams: [workstreamView({ status: "queued", waitsFor: [evil] })],
    });
    service.decisions.set("D-1", decisionView({ question: evil, context: `${evil}\n${evil}` }));
    for (const line of ["status", "inbox", "show D-1", "why embeddings"]) {
      const { out } = await run(line);
      expect([line, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(out)]).toEqual([line, false]);
      expect(out).not.toMatch(/^✓ 9 fake/m);
    }
    expect(JSON.parse((await run("inbox --json")).out)[0].question).toBe(evil);
  });
});

describe("words", () => {
  test("are understood, and what was understood is said", async () => {
    const { code, err, out } = await run("what needs me");
    expect([code, err, out.split("\n")[0]]).toEqual([
      0,
      "(osqr inbox)\n",
      "1 decision needs you: 1 critical.",
    ]);
  });

  test.each([
    ["prioritize the rate limit", ["steer", "prioritize", ["rate-limit"], ""]],
    ["pause #3", ["steer", "pause", ["session-store"], ""]],
    ["pause docs/rate-limit.md token-format", ["steer", "pause", ["rate-limit", "token-format"], ""]],
    ["resume everything", ["steer", "resume", null, ""]],
    ["cancel store", ["steer", "cancel", ["session-store"], ""]],
    ["cancel store --as kim", ["steer", "cancel", ["session-store"], "", "kim"]],
    ["prioritize rate-limit --as kim", ["steer", "prioritize", ["rate-limit"], "", "kim"]],
    ["remove rate-limit --because old --as kim", ["remove", "rate-limit", "old", "kim"]],
    ["edit rate-limit --title x --as kim", ["edit", "rate-limit", { title: "x" }, "", "kim"]],
    ["accept --as kim", ["accept", { critical: false, because: "", signer: "kim" }]],
    ["handoff repair --as kim", ["repairHandoffs", null, "kim"]],
    ["blocker own B-1 sam --because away --as kim", ["transferBlocker", "B-1", "sam", "away", "kim"]],
    ["blocker resolve B-1 --because done --as kim", ["resolveBlocker", "B-1", "done", "kim"]],
    ["decide D-1 b because recall matters", ["decide", "D-1", "b", "recall matters"]],
    ["proceed with recommendations", ["accept", { critical: false, because: "", signer: null }]],
  ])("%s", async (line, call) => {
    expect((await run(line)).code).toBe(0);
    expect(service.calls.at(-1)).toEqual(call);
  });

  test("that are misspelt are not guessed: what is near may be another one", async () => {
    expect((await run("pause embedings")).code).toBe(1);
    const { code, err } = await run("cancel embedings");
    expect([code, service.calls]).toEqual([1, []]);
    expect(err).toMatchInlineSnapshot(`
      "error: no workstream "embedings"
        hint: did you mean embeddings?
        hint: there are: token-format, embeddings, session-store, rate-limit
      "
    `);
  });

  test("that mean nothing end with 2 and the nearest commands", async () => {
    const { code, err, out } = await run("stauts");
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatchInlineSnapshot(`
      "error: "stauts" is not understood
        hint: osqr status   Show how things stand.
        hint: all commands: osqr --help
      "
    `);
  });

  test.each([
    "status --foo",
    "pause",
    "decide D-1",
    "go --max-parallel 0",
    "log --after x",
    "edit a --due tomorrow",
    "edit a --due 2026-02-30",
    "completion tcsh",
    "pause a --all",
  ])("%s is wrong usage", async (line) => {
    expect((await run(line)).code).toBe(2);
  });
});

describe("changes", () => {
  test("say what was done", async () => {
    expect(await run("accept")).toMatchObject({
      out: "0 recommendations accepted.\n",
      err: "Left for you (critical, or without a recommendation): D-1. See them: osqr inbox\n",
    });
    expect((await run("decide D-1 a --because private")).out).toBe("D-1  a (local model) by user: private\n");
    const again = await run("decide D-1 a");
    expect([again.code, again.err]).toEqual([1, "error: decision D-1 was answered already\n"]);
    expect((await run(["add", "format", "all", "sources", "--run", "npm run format"])).out).toBe(
      "Added #5 added: A token format.\n",
    );
    expect(service.calls.at(-1)).toEqual([
      "add",
      { what: "format all sources", run: "npm run format", priority: null, workflow: null, by: null },
    ]);
    await run("edit rate-limit --priority high --tag a,b --tag c --due 2026-01-31");
    expect(service.calls.at(-1)).toEqual([
      "edit",
      "rate-limit",
      { priority: "high", tags: ["a", "b", "c"], due: "2026-01-31" },
      "",
    ]);
    await run(["edit", "rate-limit#T2", "--owner", "sam", "--because", "kim is away"]);
    expect(service.calls.at(-1)).toEqual(["edit", "rate-limit#T2", { owner: "sam" }, "kim is away"]);
    expect((await run("remove rate-limit")).out).toBe("Removed: rate-limit.\n");
  });

  test("a duplicate is of a workstream that is named", async () => {
    await run(["decide", "D-1", "a", "--with", "search", "--because", "same"]);
    const signature = { signer: null, to: null, with: "search" };
    expect(service.calls).toContainEqual(["decide", "D-1", "a", "same", signature]);
  });

  test("a review is signed with a name and sent back to a step", async () => {
    await run(["decide", "D-1", "a", "--as", "dana", "--to", "build", "--because", "no tests"]);
    expect(service.calls).toContainEqual(["decide", "D-1", "a", "no tests", { signer: "dana", to: "build" }]);
  });

  test("blockers are declared, handed over and resolved", async () => {
    const because = ["--because", "no key"];
    const declared = await run([
      "blocker",
      "declare",
      "rate-limit#T2",
      "--type",
      "technical",
      "--owner",
      "kim",
      ...because,
    ]);
    expect(declared.out.split("\n")[0]).toBe("  B-1  embeddings#T3 · technical · kim · open 2 h");
    expect(service.calls.at(-1)).toEqual([
      "declareBlocker",
      { what: "rate-limit#T2", type: "technical", owner: "kim", because: "no key", signer: null },
    ]);
    expect((await run("blocker")).out.split("\n")[0]).toBe(
      "1 declared blocker. 1 resolved. All of them: osqr blocker --all",
    );
    await run(["blocker", "own", "B-1", "sam", ...because]);
    expect(service.calls.at(-1)).toEqual(["transferBlocker", "B-1", "sam", "no key"]);
    expect((await run(["blocker", "resolve", "B-1", ...because])).out).toContain(
      "resolved 2026-01-05: sam has time",
    );
    expect(service.calls.at(-1)).toEqual(["resolveBlocker", "B-1", "no key"]);
    const wrong = await run("blocker declare rate-limit --owner kim");
    expect([wrong.code, wrong.err.split("\n")[0]]).toEqual([
      2,
      "error: --type, --because: needed, found nothing",
    ]);
    expect(wrong.err).toContain("for example: osqr blocker declare rate-limit --type external --owner kim");
    expect((await run("blocker own B-9 sam")).code).toBe(2);
    expect((await run(["blocker", "own", "B-9", "sam", ...because])).code).toBe(1);
    const blank = await run(["decide", "D-1", "a", "--as", ""]);
    expect([blank.code, blank.err.includes("Expected a name")]).toEqual([2, true]);
  });

  test("that are refused are JSON on stderr where JSON was asked for", async () => {
    const { code, out, err } = await run("decide D-9 a --json");
    expect([code, out]).toEqual([1, ""]);
    expect(JSON.parse(err)).toEqual({
      error: { code: "unknown-decision", message: "no decision D-9", hints: [] },
    });
  });
});

describe("go", () => {
  const rest = (status: string) => () => {
    service.append("run_started", {
      run: { id: "r-7", project: "p", workstreams: [], planningMs: 1, maxParallel: 4, approveAll: false },
      by: null,
    });
    service.currentReport = runReport({ status: "active" });
    setTimeout(() => {
      service.append("workstream_landed", {
        workstream: "token-format",
        commit: "a1b2c3d4".repeat(5),
        held: null,
      });
      service.currentReport = runReport({ status: status as "completed" });
      service.append("run_rested", { run: "r-7", status });
    }, 5);
  };

  test.each([
    ["completed", 0],
    ["needs_you", 3],
    ["failed", 1],
    ["cancelled", 1],
  ])("that ends as %s ends with %i, and prints the report", async (status, expected) => {
    service.onGo = rest(status);
    const { code, out, err } = await run("go --only a,b --skip c --max-parallel 2");
    expect(code).toBe(expected);
    expect(out.split("\n")[0]).toBe("Built 3 of 4. #2 embeddings needs you.");
    expect(err).toContain("4 to build, 4–12 min, at most 4 at once.");
    expect(err).toContain("✓ 1 token-format    merged to main");
    const options = {
      only: ["a", "b"],
      skip: ["c"],
      approve: [],
      approveAll: false,
      maxParallel: 2,
      executor: null,
      by: null,
    };
    expect(service.calls).toEqual([["go", home, options]]);
  });

  test("--json prints the report alone, and keeps a pipe quiet", async () => {
    service.onGo = rest("needs_you");
    const { code, out, err } = await run("go --yes --json");
    expect([code, err]).toEqual([3, ""]);
    expect(JSON.parse(out)).toEqual(runReport());
  });

  test("of a run that rests already shows what came since, and ends", async () => {
    service.goResult = { attached: true };
    const { code, err } = await run("go");
    expect(code).toBe(3);
    expect(err).toContain("Run r-7 goes on.");
  });

  test("with nothing to build says so", async () => {
    service.goResult = { run: null, plan: { ...service.currentPlan, workstreams: [] } };
    const { code, out } = await run("go");
    expect([code, out]).toEqual([0, "Nothing to build.\n"]);
  });

  test("on a terminal shows the plan and asks; edit leaves some out", async () => {
    service.onGo = rest("needs_you");
    const { code, err } = await run("go", { answers: ["what?", "c", "edit", "4, #2", "y"] });
    expect(code).toBe(3);
    expect(err).toContain(
      "Start? [Y/n/edit/c: show the commands] what?\n" +
        "Please answer y (start), n (do not), edit (leave some out) or c (show every command).",
    );
    expect(err).toMatch(/^2 commands would run, 2 not approved yet\.$/m);
    expect(err).toContain("2 to build");
    expect(service.calls.at(-1)).toEqual([
      "go",
      home,
      {
        only: null,
        skip: ["rate-limit", "embeddings"],
        approve: ["a".repeat(64), "b".repeat(64)],
        approveAll: false,
        maxParallel: null,
        executor: null,
        by: null,
      },
    ]);
  });

  test("on a terminal scrolls finished lines above a footer, and leaves only them", async () => {
    service.onGo = rest("needs_you");
    const terminal = new Terminal(100);
    const { out } = await run("go --yes", { terminal });
    expect(terminal.written).toContain("3 of 4 built");
    expect(terminal.screen.split("\n").slice(-3)).toEqual([
      "  2 commands are new here: 1 from specs, 1 to check. See them: osqr plan --commands",
      "",
      "✓ 1 token-format    merged to main          not verified   main a1b2c3d",
    ]);
    expect(out).toContain("Built 3 of 4.");
  });

  test("on a dumb terminal prints plain lines", async () => {
    service.onGo = rest("needs_you");
    const terminal = new Terminal(100);
    await run("go --yes", { terminal, env: { TERM: "dumb" } });
    expect(terminal.written).not.toContain("\u001b");
    expect(terminal.written).toContain("✓ 1 token-format    merged to main");
  });

  test.each([[["n"]], [[]]])("on a terminal starts nothing after %j", async (answers) => {
    const { code, err, out } = await run("go", { answers });
    expect([code, out, err.endsWith("Nothing was started.\n")]).toEqual([1, "", true]);
    expect(service.calls.map(([method]) => method)).toEqual(["plan"]);
  });

  test("does not ask again for what is known and approved", async () => {
    const { currentPlan } = service;
    service.currentPlan = {
      ...currentPlan,
      workstreams: currentPlan.workstreams.map((each) => ({ ...each, known: true })),
      commands: currentPlan.commands.map((each) => ({ ...each, approved: true })),
    };
    service.onGo = rest("needs_you");
    const { code, err } = await run("go", { answers: [] });
    expect([code, err.includes("Start?")]).toEqual([3, false]);
  });

  /** Runs `go` on a run that does not end, and calls back when it is followed. */
  async function interrupted(onFollow: (host: TestHost) => void) {
    service.onGo = () => {
      service.currentReport = runReport({ status: "active" });
      service.append("tested");
    };
    const host = createTestHost({ home, cwd: home });
    const ended = runCli(["go"], host);
    const wait = setInterval(() => {
      if (service.listenerCount < 1) return;
      clearInterval(wait);
      onFollow(host);
    }, 5);
    return { code: await ended, err: host.err() };
  }

  test("detaches on Ctrl-C and says how to come back; the run goes on", async () => {
    const { code, err } = await interrupted((host) => host.interrupt());
    expect(code).toBe(130);
    expect(err).toContain("Detached: the run goes on. Come back: osqr go · look: osqr status");
    expect(service.calls.map(([method]) => method)).toEqual(["go"]);
  });

  test("cancels what is open on a second Ctrl-C", async () => {
    const { code, err } = await interrupted((host) => {
      host.interrupt();
      host.interrupt();
    });
    expect([code, service.calls.at(-1)]).toEqual([
      130,
      ["steer", "cancel", ["embeddings"], "cancelled by Ctrl-C"],
    ]);
    expect(err).toContain("Cancelled: embeddings.\nNothing had to be kept.");
  });

  test("says so when somebody stops the daemon, and does not start it again", async () => {
    const { code, err } = await interrupted(() => daemon.stop("test"));
    expect([
      code,
      err.includes("error: the daemon was stopped; runs stand still\n  hint: go on: osqr go"),
    ]).toEqual([1, true]);
  });
});

test("stop ends the daemon; without one that is said", async () => {
  daemon.stop("test");
  await daemon.stopped;
  expect(await run("stop")).toMatchObject({ code: 0, out: "No daemon is running.\n" });
});

test("init writes a config that says nothing, and never over one that is there", async () => {
  mkdirSync(join(home, "repo", ".git"), { recursive: true });
  mkdirSync(join(home, "repo", "src"));
  const cwd = join(home, "repo", "src");
  const path = join(home, "repo", ".osqr", "config.yaml");
  expect((await run("init", { cwd })).out).toBe(`Written: ${path}\n`);
  expect(readFileSync(path, "utf8")).toMatch(/^# osqr works without this file/);
  expect((await run("init", { cwd })).out).toBe(`There already: ${path} (left as it is)\n`);
  expect(await run("init", { cwd: tmpdir() })).toMatchObject({ code: 1 });
});
