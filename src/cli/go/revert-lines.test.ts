import { expect, test } from "vitest";
import { plan, runReport } from "../../../test/fixtures/views.ts";
import type { Event, EventBody } from "../../core/model/event.ts";
import type { WorkstreamId } from "../../core/model/ids.ts";
import { toPlanView } from "../../server/schemas/plan.ts";
import { describeEvent } from "../render/event-text.ts";
import { PLAIN_STYLE } from "../text/style.ts";
import { renderLine, toLines } from "./lines.ts";
import { RunView } from "./run-view.ts";

const COMMIT = "a1b2c3d4e5f60123456789abcdef0123456789ab";
const workstream = "p-12345678/token-format" as WorkstreamId;
const decision = "D-4" as never;
const WIDE = { width: Number.POSITIVE_INFINITY, style: PLAIN_STYLE };

/** A revert that stops, is tried again and is done; then one that is given up. */
const STORY: readonly EventBody[] = [
  { kind: "revert_requested", workstream, to: "build", by: "dana", reason: "it broke\nthe index" },
  { kind: "integration_started", workstream, onto: COMMIT, revert: true },
  { kind: "integration_stopped", workstream, decision, reason: "it conflicts", revert: true },
  { kind: "integration_queued", workstream, arrival: 9, resolution: null, revert: true },
  { kind: "landing_intended", workstream, from: COMMIT, to: COMMIT, revert: true },
  { kind: "workstream_reverted", workstream, commit: COMMIT, held: null },
  { kind: "workstream_reverted", workstream, commit: COMMIT, held: "local changes in a.ts" },
  { kind: "revert_abandoned", workstream, reason: "it is fine" },
];
const EVENTS = STORY.map((body, index): Event => ({ ...body, seq: index + 1, at: 1_767_607_200_000 }));

test("the history tells of each step of a revert", () => {
  expect(EVENTS.map(describeEvent).join("\n")).toMatchInlineSnapshot(`
    "token-format is to be reverted and to go on at build, as dana wants: it broke the index
    token-format is taken out of a1b2c3d
    token-format was not reverted, D-4 asks what to do: it conflicts
    token-format waits to be reverted
    token-format is about to go out of the base: a1b2c3d to a1b2c3d
    token-format reverted as a1b2c3d
    token-format reverted as a1b2c3d; the branch did not move: local changes in a.ts
    token-format stays in the base, its revert was given up: it is fine"
  `);
});

test("a follower hears of what matters of it, and its phase goes along", () => {
  const view = new RunView("r-7", toPlanView(plan()), runReport({ workstreams: [] }));
  const phases: string[] = [];
  const lines = EVENTS.flatMap((event) => {
    const told = toLines(view, event);
    view.take(event);
    phases.push(view.find("p-12345678/token-format")?.phase ?? "unknown");
    return told.flatMap((line) => renderLine(line, view, WIDE));
  });
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "○ 1 token-format    to be reverted: it broke the index
    ✗ 1 token-format    not reverted: it conflicts
    – 1 token-format    taken out of main      main a1b2c3d
    ! 1 token-format    reverted, main follows later   main a1b2c3d
      main did not move: local changes in a.ts
    – 1 token-format    stays in main: it is fine"
  `);
  expect(phases).toEqual(["merging", "merging", "open", "merging", "merging", "open", "open", "built"]);
});
