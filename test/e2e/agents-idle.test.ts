import { expect, onTestFinished, test } from "vitest";
import { findProcesses, waitUntil } from "../../src/sandbox/testing.ts";
import { ChatServer } from "../fixtures/chat-server.ts";
import { makeAgentsRepo, QUESTION } from "../support/agents-repo.ts";
import { openService } from "../support/e2e-repo.ts";

test("while all waits for a person no model is called, no connection stays open and no process lives", async () => {
  const server = await ChatServer.start([
    { calls: [{ name: "ask_operator", args: QUESTION }], usage: [1000, 0, 50] },
    { say: "I wait for the answer.", usage: [1000, 0, 10] },
    { calls: [{ name: "write_file", args: { path: "a.txt", content: "{}\n" } }], usage: [1200, 0, 20] },
    { say: "Done.", usage: [1300, 0, 10] },
  ]);
  onTestFinished(() => server.stop());
  const repo = makeAgentsRepo({ a: ["T1"] });
  const config = `executors:\n  small:\n    model: gpt-5\n    api: { baseUrl: "${server.url}" }\n`;
  const osqr = await openService(repo, { config, askWaitMs: 100 });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 0 of 1");
  await osqr.until("turn_ended");
  const called = server.requests.length;
  await waitUntil("the connection to be closed", () => server.connections === 0);
  // What people and the clock make the engine do meanwhile is no reason to call a model either.
  for (let looks = 0; looks < 20; looks += 1) await osqr.service.status(repo.root);
  await osqr.service.steer(repo.root, "pause", ["a"], "later");
  await osqr.service.steer(repo.root, "resume", ["a"], "now");
  expect(server.requests).toHaveLength(called);
  expect(findProcesses(repo.folder)).toEqual([]);
  const done = await osqr.decide("D-1", "local");
  expect(done.summary).toContain("Built 1 of 1");
  await osqr.quiet();
  expect(server.requests).toHaveLength(4);
});
