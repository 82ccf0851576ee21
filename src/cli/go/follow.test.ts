/** `go` against a daemon on real HTTP: what it shows of a run that is under way, and how long it stays. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestDaemon, type TestDaemon } from "../../../test/fixtures/cli-daemon.ts";
import { ATTEMPT } from "../../../test/fixtures/fake-service.ts";
import { Terminal } from "../../../test/fixtures/terminal.ts";
import { decisionView, runReport, taskView, workstreamView } from "../../../test/fixtures/views.ts";

/** The clock of test hosts. */
const NOW = 1_767_607_290_000;
let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await openTestDaemon();
});
afterEach(() => daemon.close());

/** Calls back once somebody follows the events. */
function onceFollowed(callback: () => void): void {
  const timer = setInterval(() => {
    if (daemon.service.listenerCount < 1) return;
    clearInterval(timer);
    callback();
  }, 5);
}

function rest(status: "completed" | "needs_you"): void {
  daemon.service.currentReport = runReport({ status, decisions: [] });
  daemon.service.append("run_rested", { run: "r-7", status });
}

test.each([
  ["a pipe", undefined],
  ["a terminal", new Terminal(100)],
])("joins a run in %s with the work in progress", async (_, terminal) => {
  const { service } = daemon;
  const item = taskView({ id: "embeddings#T2", key: "T2", title: "index", status: "running" });
  const running = workstreamView({
    name: "embeddings",
    number: 2,
    status: "active",
    merged: null,
    items: [item],
  });
  service.goResult = { attached: true };
  service.currentReport = runReport({ status: "active", workstreams: [running], decisions: [] });
  const { show } = service;
  service.show = async (root, what) => {
    if (what !== "embeddings#T2") return show(root, what);
    const claimedAt = new Date(NOW - 12_000).toISOString();
    const attempt = { ...ATTEMPT, id: "a-9", task: "embeddings#T2", status: "running", claimedAt };
    return {
      kind: "task",
      task: item,
      workstream: "embeddings",
      attempts: [attempt],
      handoff: null,
      messages: [],
    };
  };
  let seen = "";
  onceFollowed(() => {
    seen = terminal?.screen ?? "";
    rest("completed");
  });
  const { code, err } = await daemon.run("go", terminal === undefined ? {} : { terminal });
  expect(code).toBe(0);
  if (terminal === undefined)
    expect(err).toContain("● 2 embeddings      T2 index               running since 12 s");
  else expect(seen).toContain("● 2 embeddings     T2 index  12 s");
});

test("stays where a decision takes its default soon, and follows what comes of it", async () => {
  const { service } = daemon;
  const autoResolveAt = new Date(NOW + 20_000).toISOString();
  const soon = decisionView({ autoResolveAt, defaultOption: "a" });
  service.currentReport = runReport({ status: "needs_you", decisions: [soon] });
  onceFollowed(() => rest("completed"));
  const { code, err } = await daemon.run("go");
  expect([code, err.includes("D-1 takes a in 20 s; the run goes on then.")]).toEqual([0, true]);
});

test("does not stay where nothing comes by itself", async () => {
  const autoResolveAt = new Date(NOW + 3_600_000).toISOString();
  daemon.service.currentReport = runReport({ decisions: [decisionView({ autoResolveAt })] });
  expect((await daemon.run("go")).code).toBe(3);
});
