import { expect, test } from "vitest";
import { UsageError } from "../usage-error.ts";
import { understand } from "./understand.ts";

const meaning = (line: string) => understand(line.split(" ")).argv.join(" ");

test.each([
  ["what needs me", "inbox"],
  ["what needs me?", "inbox"],
  ["anything that needs my attention", "inbox"],
  ["what do you need", "inbox"],
  ["what should I decide", "inbox"],
  ["open questions", "inbox"],
  ["what are you waiting for", "inbox"],
  ["go build it", "go"],
  ["build it", "go"],
  ["build everything", "go"],
  ["please go build all the specs", "go"],
  ["continue", "go"],
  ["keep going", "go"],
  ["build token-format", "go --only token-format"],
  ["go build the rate limit and embeddings", "go --only rate-limit --only embeddings"],
  ["proceed with recommendations", "accept"],
  ["Proceed with the recommendations, please.", "accept"],
  ["take your recommendations", "accept"],
  ["accept everything", "accept"],
  ["pause embeddings", "pause embeddings"],
  ["pause the embeddings", "pause embeddings"],
  ["pause everything", "pause --all"],
  ["hold all workstreams", "pause --all"],
  ["stop embeddings", "pause embeddings"],
  ["resume everything now", "resume --all"],
  ["carry on with embeddings", "resume embeddings"],
  ["cancel rate-limit and the session store", "cancel rate-limit session store"],
  ["prioritize the rate limit", "prioritize rate limit"],
  ["prioritise rate-limit please", "prioritize rate-limit"],
  ["do the rate limit first", "prioritize rate limit"],
  ["blockers", "blocker list"],
  ["what is in the way?", "blocker list"],
  ["status please", "status"],
  ["how is it going", "status"],
  ["what's going on?", "status"],
  ["where are we", "status"],
  ["are we done yet", "status"],
  ["what did you build", "report"],
  ["what was built", "report"],
  ["why is rate-limit waiting", "why rate-limit"],
  ["why did token-format fail", "why token-format"],
  ["why rate-limit", "why rate-limit"],
  ["tell me about embeddings", "show embeddings"],
  ["what's the plan", "plan"],
  ["what would you build", "plan"],
  ["D-1 a", "decide D-1 a"],
  ["d-2: b", "decide D-2 b"],
  ["answer D-1 with b because recall matters", "decide D-1 b --because recall matters"],
  ["decide D-1 b because recall matters", "decide D-1 b --because recall matters"],
  ["revert the rate-limit because it rejects users", "revert rate-limit --because it rejects users"],
  ["roll back embeddings", "revert embeddings"],
  ["what happened", "log"],
  ["is the history ok", "verify"],
  ["shut down", "stop"],
  ["help me", "--help"],
  ["whats next", "status"],
  ["what's next?", "status"],
  ["list", "status"],
  ["ps", "status"],
  ["retry delta", "decide delta retry"],
  ["retry the rate limit please", "decide rate limit retry"],
  ["pause the delta thing", "pause delta thing"],
])("%s means: osqr %s", (said, meant) => {
  expect(meaning(said)).toBe(meant);
});

test.each([
  ["go", false],
  ["go --only a", false],
  ["status --json", false],
  ["decide D-1 a", false],
  ["log a-31", false],
  ["stop", false],
  ["show rate-limit#T2", false],
  ["pause rate-limit", false],
  ["add make the tests pass first", false],
  ["--version", false],
])("%s is a command as it is", (line) => {
  expect(understand(line.split(" "))).toEqual({ argv: line.split(" "), isSpeech: false });
});

test("one quoted sentence is read as words, and options stay with what was meant", () => {
  expect(understand(["what needs me"]).argv).toEqual(["inbox"]);
  expect(understand(["what", "needs", "me", "--json"]).argv).toEqual(["inbox", "--json"]);
});

test.each([
  ["stauts", ["osqr status   Show how things stand.", "all commands: osqr --help"]],
  [
    "frobnicate",
    [
      "osqr go   Build what is planned: plan, run, check, merge, report.",
      "osqr status   Show how things stand.",
      "osqr inbox   Show what needs you.",
      "all commands: osqr --help",
    ],
  ],
  [
    "shell integration",
    ["osqr completion   Print the completion script for a shell.", "all commands: osqr --help"],
  ],
])("%s is not understood, and the nearest commands are named", (said, hints) => {
  try {
    understand(said.split(" "));
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).hints).toEqual(hints);
  }
});

test("hostile input is only words", () => {
  const long = "a ".repeat(20_000);
  expect(() => understand(["why", long, "?"])).not.toThrow();
  expect(() => understand([long])).toThrow(UsageError);
  expect(understand(["pause", "; rm -rf /"]).argv).toEqual(["pause", "rm -rf /"]);
});

test.each([
  "who paused embeddings",
  "how do I pause embeddings",
  "why not cancel everything?",
  "pause embeddings?",
  "cancel all?",
  "go?",
  "what if we cancel rate-limit",
  "when will you build it",
])("%s is a question, and changes nothing", (said) => {
  let meant = "";
  try {
    meant = meaning(said);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
  }
  expect(meant).toMatch(/^$|^(?:why|show|status|plan) ?/);
});

test.each([
  ["undo", "one workstream at a time is taken back"],
  ["revert everything", "one workstream at a time is taken back"],
  ["approve everything", "commands are approved, not everything at once"],
])("%s is told what to do in its place", (said, message) => {
  expect(() => understand(said.split(" "))).toThrow(message);
});
