import { expect, test } from "vitest";
import type { FlowReport } from "../../../src/core/report/flow/types.ts";
import type { WorkstreamView } from "../../../src/core/report/types.ts";
import type { Shown } from "../../../src/engine/service.ts";
import { listLaunches, openCli, workflow } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

const STEPS = [
  {
    key: "build",
    kind: "work",
    entry: [{ key: "budget", text: "the budget is there", command: "grep -q yes budget.txt" }],
    exit: [{ artifact: "built.txt" }],
    run: 'echo "by $OSQR_ATTEMPT" > built.txt',
  },
  { key: "polish", kind: "work", run: "sed s/by/polished/ built.txt > polished.txt" },
  { key: "release", review: true, role: "approver", returns_to: ["polish", "build"] },
];

test("scenario 6: a rejection with a reason sends the work back to the step that it names; its entry is checked again and the rework is counted", async () => {
  const cli = openCli({
    ".osqr/config.yaml": "roles:\n  approver: [dana]\n",
    ".osqr/workflows/flow.yaml": workflow("flow", STEPS),
    "budget.txt": "yes\n",
    "docs/a.md": spec({ "T1 Write one": "echo one > one.txt" }, ["workflow: flow"]),
  });
  const [first] = await cli.go();
  const id = first?.id ?? "";
  // Nobody signs for another one, and nobody rejects without a reason.
  const foreign = await cli.osqr("decide", id, "approve", "--as", "kim", "--json");
  expect([foreign.code, foreign.stdout + foreign.stderr]).toEqual([
    1,
    expect.stringContaining("not-allowed"),
  ]);
  const silent = await cli.osqr("decide", id, "reject", "--as", "dana", "--json");
  expect([silent.code, silent.stdout + silent.stderr]).toEqual([
    1,
    expect.stringContaining("reason-missing"),
  ]);
  await cli.ok(
    "decide",
    id,
    "reject-build",
    "--as",
    "dana",
    "--because",
    "built against the wrong interface",
  );
  const [second] = await cli.go();
  await cli.ok("decide", second?.id ?? "", "approve", "--as", "dana", "--because", "now it fits");
  expect(await cli.go()).toEqual([]);

  const events = await cli.log();
  expect(listLaunches(events)).toEqual(["build", "polish", "build", "polish"]);
  expect(cli.read("polished.txt")).toBe("polished a-4\n");
  const entries = events.filter((event) => event.kind === "criteria_checked" && event.side === "entry");
  expect(entries).toMatchObject([
    { attempt: "a-1", results: [{ key: "budget", met: true }] },
    { attempt: "a-4", results: [{ key: "budget", met: true }] },
  ]);
  const returned = events.find(({ kind }) => kind === "workstream_returned");
  expect(returned).toMatchObject({ to: "build", by: "dana", reason: "built against the wrong interface" });
  const { workstream } = await cli.ask<{ workstream: WorkstreamView }>("show", "a");
  expect(workstream.signOffs).toMatchObject([
    { step: "release", outcome: "rejected", by: "dana", role: "approver", returnedTo: "build" },
    { step: "release", outcome: "approved", by: "dana", role: "approver", returnedTo: null },
  ]);
  const times = workstream.signOffs.map(({ at }) => Date.parse(at));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const built = await cli.ask<Extract<Shown, { kind: "task" }>>("show", "a#build");
  expect(built.attempts.map(({ id, status }) => [id, status])).toEqual([
    ["a-1", "rework"],
    ["a-4", "completed"],
  ]);
  const { items } = await cli.ask<FlowReport>("metrics", "a");
  expect(items[0]?.rework).toMatchObject({ returns: 1, tasks: 2, completions: 5, rate: 0.4 });
});
