import { expect, test } from "vitest";
import type { Event } from "../../../src/core/model/event.ts";
import type { Shown } from "../../../src/engine/service.ts";
import { openCli, workflow } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

/** Walks through the history: what was claimed while somebody else held it, and what came back with an old fence. */
function findDoubleClaims(events: readonly Event[]): readonly string[] {
  const holders = new Map<string, string>();
  const tasks = new Map<string, string>();
  const problems: string[] = [];
  let fence = 0;
  const claim = (claimed: { task: string; attempt: string; fence: number }): void => {
    const holder = holders.get(claimed.task);
    if (holder !== undefined) problems.push(`${claimed.attempt} took ${claimed.task} from ${holder}`);
    if (claimed.fence <= fence) problems.push(`${claimed.attempt} has fence ${claimed.fence} after ${fence}`);
    if (tasks.has(claimed.attempt)) problems.push(`${claimed.attempt} was given away twice`);
    fence = claimed.fence;
    holders.set(claimed.task, claimed.attempt);
    tasks.set(claimed.attempt, claimed.task);
  };
  for (const event of events) {
    if (event.kind === "attempts_claimed") for (const launch of event.launches) claim(launch);
    if (event.kind === "review_opened") claim(event);
    if (event.kind === "attempt_completed" || event.kind === "attempt_ended")
      holders.delete(tasks.get(event.attempt) ?? "");
  }
  return problems;
}

const isAbout = (event: Event, key: string): boolean =>
  "task" in event && typeof event.task === "string" && event.task.endsWith(`#${key}`);

/** What happened to one task, in order. */
const listSteps = (events: readonly Event[], key: string): readonly string[] =>
  events.flatMap((event) => {
    if (event.kind === "attempts_claimed")
      return event.launches.flatMap(({ task, attempt }) =>
        task.endsWith(`#${key}`) ? [`claimed ${attempt}`] : [],
      );
    if (event.kind === "attempt_ended") return [`${event.attempt} ${event.outcome}`];
    return isAbout(event, key) && event.kind !== "review_opened" ? [event.kind] : [];
  });

test("scenario 4: a claim is held by one alone until it ends, a second one is refused, and a retry is a new attempt that was queued", async () => {
  const steps = [
    { key: "build", kind: "work", run: '[ "$OSQR_ATTEMPT" != a-1 ] || exit 7\necho built > built.txt' },
    { key: "sign", review: true, returns_to: "build" },
  ];
  const cli = openCli({
    ".osqr/workflows/flow.yaml": workflow("flow", steps),
    "docs/a.md": spec({ "T1 Write one": "echo one > one.txt" }, ["workflow: flow"]),
  });
  // Two at the same time: one of them finds that all is given away.
  const [first, second] = await Promise.all([cli.ok("go", "--yes"), cli.ok("go", "--yes")]);
  expect([first.code, second.code]).toEqual([3, 3]);
  const [failed] = await cli.inbox();
  await cli.ok("decide", failed?.id ?? "", "retry");
  const [review] = await cli.go();
  await cli.ok("decide", review?.id ?? "", "approve", "--as", "dana", "--because", "it builds");
  // The review was dana's: nobody else can sign it.
  const late = await cli.osqr("decide", review?.id ?? "", "approve", "--as", "kim", "--json");
  expect(late.code).toBe(1);
  expect(late.stdout + late.stderr).toContain("decision-closed");
  expect(await cli.go()).toEqual([]);
  const events = await cli.log();
  expect(findDoubleClaims(events)).toEqual([]);
  expect(listSteps(events, "build").slice(0, 5)).toEqual([
    "claimed a-1",
    "a-1 failed",
    "task_failed",
    "task_requeued",
    "claimed a-2",
  ]);
  const shown = await cli.ask<Extract<Shown, { kind: "task" }>>("show", "a#build");
  expect(shown.attempts.map(({ id, status, fence }) => ({ id, status, fence }))).toEqual([
    { id: "a-1", status: "failed", fence: 1 },
    { id: "a-2", status: "completed", fence: 2 },
  ]);
});

test("edge case 6: an attempt that dies ends as failed and is kept; the step's retry is another attempt, queued by name", async () => {
  const steps = [
    {
      key: "build",
      kind: "work",
      retries: 1,
      run: 'echo "try $OSQR_ATTEMPT"\n[ "$OSQR_ATTEMPT" != a-1 ] || kill -9 $$\necho built > built.txt',
    },
  ];
  const cli = openCli({
    ".osqr/workflows/flow.yaml": workflow("flow", steps),
    "docs/a.md": spec({ "T1 Write one": "echo one > one.txt" }, ["workflow: flow"]),
  });
  expect(await cli.go()).toEqual([]);
  const events = await cli.log();
  expect(findDoubleClaims(events)).toEqual([]);
  expect(listSteps(events, "build")).toEqual([
    "claimed a-1",
    "a-1 failed",
    "task_requeued",
    "claimed a-2",
    "task_completed",
  ]);
  const shown = await cli.ask<Extract<Shown, { kind: "task" }>>("show", "a#build");
  expect(shown.attempts.map(({ status }) => status)).toEqual(["failed", "completed"]);
  expect(shown.attempts[0]?.reason).toMatch(/137|SIGKILL/);
  expect((await cli.ok("log", "a-1")).stdout).toContain("try a-1");
  expect(cli.read("built.txt")).toBe("built\n");
});
