import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readRecorded } from "../../../test/fixtures/agents/recorded.ts";
import { CallLines } from "./call-lines.ts";
import { readUpdate } from "./updates.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const said: string[] = [];
  return { said, lines: new CallLines((line) => said.push(line)) };
}

it("Claude's calls are told by what they do, not by a word for any call", () => {
  const { said, lines } = open();
  const turn = readRecorded("claude").turns.find(({ what }) => what === "work");
  for (const { params } of turn?.messages ?? []) {
    const update = readUpdate(params, null);
    if (update?.kind === "call") lines.begin(update.id, update.call);
    if (update?.kind === "call-change") lines.change(update.id, update.call);
  }
  expect(said.slice(0, 4)).toEqual([
    "→ Read notes.txt",
    "→ Write hello.txt",
    "→ Edit notes.txt",
    "→ echo shell-ran > shell.txt && cat shell.txt",
  ]);
});

it("a call that failed is told as such, by its name; one that never began is not", () => {
  const { said, lines } = open();
  lines.begin("c-1", { title: "osqr: report_decision", status: "in_progress" });
  lines.change("c-1", { status: "failed" });
  lines.change("c-2", { title: "ls", status: "failed" });
  lines.begin("c-3", { title: "ls", status: "pending" });
  lines.change("c-3", { status: "completed" });
  expect(said).toEqual(["→ osqr: report_decision", "✗ osqr: report_decision", "→ ls"]);
});

it("one whose input does not come is told as it is, before what follows it and within a second", () => {
  const { said, lines } = open();
  const pending = { title: "Terminal", status: "pending", rawInput: {} };
  lines.begin("c-1", pending);
  expect(said).toEqual([]);
  lines.flush();
  expect(said).toEqual(["→ Terminal"]);
  lines.begin("c-2", { ...pending, title: "Edit" });
  vi.advanceTimersByTime(1_000);
  lines.change("c-2", { title: "Edit a.js" });
  expect(said).toEqual(["→ Terminal", "→ Edit"]);
});
