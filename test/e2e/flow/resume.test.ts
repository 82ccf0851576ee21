import { expect, test } from "vitest";
import type { DecisionView, WorkstreamView } from "../../../src/core/report/types.ts";
import type { Explanation, Shown } from "../../../src/engine/service.ts";
import { openCli, workflow } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

const STEPS = [
  {
    key: "build",
    kind: "work",
    entry: ["the interface is agreed"],
    exit: [{ artifact: "built.txt" }, "somebody has tried it"],
    // The first try does not end by itself.
    run: '[ "$OSQR_ATTEMPT" != a-1 ] || sleep 600\necho built > built.txt',
  },
  { key: "sign", review: true, returns_to: "build", definition_of_done: "a second person has read it" },
];

test("scenario 8: after a kill in the midst of a task and of a review all is as it was, and what has to be verified again is listed", async () => {
  const cli = openCli({
    ".osqr/workflows/flow.yaml": workflow("flow", STEPS),
    "docs/a.md": spec({ "T1 Write one": "echo one > one.txt" }, ["workflow: flow"]),
  });
  const confirm = async (): Promise<readonly DecisionView[]> => {
    for (const { id } of await cli.inbox()) await cli.ok("decide", id, "met", "--as", "dana");
    return cli.go();
  };
  await cli.go();
  await cli.ok("decide", "D-1", "met", "--as", "dana");
  const going = cli.osqr("go", "--yes", "--json");
  await cli.until("attempt_started");
  const before = await cli.daemon();
  await cli.killDaemon();

  // The command may have found the next daemon itself, or lost this one in the midst of a request.
  await going;
  // What dana had confirmed is open again, and nothing runs before it is confirmed.
  expect((await cli.go()).map(({ blocks }) => blocks)).toEqual([["a#build"]]);
  expect(await cli.daemon()).not.toBe(before);
  const { workstream } = await cli.ask<{ workstream: WorkstreamView }>("show", "a");
  expect(workstream).toMatchObject({
    status: "blocked",
    currentStep: "build",
    nextStep: "sign",
    remainingExit: [
      { task: "build", text: "built.txt exists", met: false },
      { task: "build", text: "somebody has tried it", met: false },
    ],
    items: [{ key: "build", entry: [{ text: "the interface is agreed", met: false }] }, { key: "sign" }],
  });
  const why = (await cli.ask<Explanation>("why", "a")).sentences;
  expect(why).toEqual(
    expect.arrayContaining([
      "Before a#build may start: the interface is agreed (a person says so).",
      "Before a#build is done: built.txt exists (osqr checks it); somebody has tried it (a person says so).",
      "All of them are looked at again, because a-1 was lost (osqr ended while it ran).",
    ]),
  );
  const [tried] = await confirm();
  expect(tried?.question).toContain("somebody has tried it");
  const [review] = await confirm();
  expect(review).toMatchObject({ type: "approval", blocks: ["a#sign"] });
  const shown = await cli.ask("show", "a");
  await cli.killDaemon();

  // An open review is the same after it: the same claim, the same question, the same work.
  expect(await cli.go()).toEqual([review]);
  expect(await cli.ask("show", "a")).toEqual(shown);
  await cli.ok("decide", review?.id ?? "", "approve", "--as", "dana", "--because", "read it");
  expect(await cli.go()).toEqual([]);
  expect(cli.read("built.txt")).toBe("built\n");
  const opened = await cli.ofKind("review_opened");
  const signed = await cli.ofKind("review_signed");
  expect(signed.map(({ attempt }) => attempt)).toEqual(opened.map(({ attempt }) => attempt));
  const { attempts } = await cli.ask<Extract<Shown, { kind: "task" }>>("show", "a#build");
  expect(attempts.map(({ status }) => status)).toEqual(["lost", "completed"]);
  // That another try follows is said by an event of its own.
  expect(await cli.ofKind("task_requeued")).toMatchObject([
    { reason: "a-1 was lost: osqr ended while it ran", lost: true },
  ]);
  expect((await cli.ok("verify")).stdout).not.toBe("");
});
