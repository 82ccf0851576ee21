import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FlowReport } from "../../../src/core/report/flow/types.ts";
import type { WorkstreamView } from "../../../src/core/report/types.ts";
import { type CliRepo, listLaunches, openCli, workflow } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

const BUILD = { key: "build", kind: "work", role: "contributor", run: "echo built >> built.txt" };
const SIGN = { key: "sign", review: true, role: "approver", returns_to: "build" };

const openFlow = (
  steps: readonly Readonly<Record<string, unknown>>[],
  more: Readonly<Record<string, string>> = {},
) =>
  openCli({
    ".osqr/workflows/flow.yaml": workflow("flow", steps),
    "docs/a.md": spec({ "T1 Write one": "echo one > one.txt" }, ["workflow: flow", "owner: kim"]),
    ...more,
  });

const show = async (cli: CliRepo): Promise<WorkstreamView> =>
  (await cli.ask<{ workstream: WorkstreamView }>("show", "a")).workstream;

test("FR-010: what is merged is done again only after a revert that somebody wants; unchanged inputs make nothing twice", async () => {
  const cli = openFlow([BUILD]);
  expect(await cli.go()).toEqual([]);
  const landed = cli.git("rev-parse", "main^{tree}");
  // Nothing is left to do, so nothing is done.
  expect(await cli.go()).toEqual([]);
  expect(listLaunches(await cli.log())).toEqual(["build"]);
  const silent = await cli.osqr("revert", "a", "--json");
  expect(silent.code).not.toBe(0);
  await cli.ok("revert", "a", "--because", "too early", "--as", "dana");
  await cli.go();
  expect(cli.git("ls-files", "built.txt")).toBe("");
  expect((await show(cli)).reverts).toMatchObject([{ by: "dana", reason: "too early" }]);
  await cli.ok("resume", "a");
  expect(await cli.go()).toEqual([]);
  expect(cli.git("rev-parse", "main^{tree}")).toBe(landed);
  // The recorded result was taken again: no second process ran.
  const done = await cli.ofKind("attempt_completed");
  expect(done.map(({ attempt, reused }) => [attempt, reused ?? null])).toEqual([
    ["a-1", null],
    ["a-2", "a-1"],
  ]);
});

test("FR-011, FR-012: who has the work, what is in its way and what that costs is declared, handed over and kept", async () => {
  const cli = openFlow([BUILD, SIGN], { ".osqr/config.yaml": "roles:\n  approver: [dana]\n" });
  await cli.go();
  await cli.ok("edit", "a", "--owner", "sam", "--because", "kim is away");
  const [moved] = await cli.ofKind("ownership_transferred");
  expect(moved).toMatchObject({ from: "kim", to: "sam", reason: "kim is away", at: expect.any(Number) });
  const reason = ["--because", "the certificate is missing"];
  await cli.ok("blocker", "declare", "a", "--type", "external", "--owner", "kim", ...reason);
  expect(await show(cli)).toMatchObject({
    owner: "sam",
    openBlockers: [{ id: "B-1", type: "external", owner: "kim", reason: "the certificate is missing" }],
  });
  await cli.ok("decide", "a/sign", "approve", "--as", "dana", "--because", "good");
  // Signed, but it is not merged while something is in the way.
  await cli.go();
  expect(cli.git("ls-files", "built.txt")).toBe("");
  expect((await cli.ok("blocker")).stdout).toContain("the certificate is missing");
  await cli.ok("blocker", "resolve", "B-1", "--because", "it has come");
  expect(await cli.go()).toEqual([]);
  expect(cli.read("built.txt")).toBe("built\n");
  const { items } = await cli.ask<FlowReport>("metrics", "a");
  expect(items[0]?.blocked).toMatchObject({ count: 1, open: 0, byType: [{ type: "external", count: 1 }] });
  expect(items[0]?.blocked.sumMs).toBeGreaterThan(0);
});

test("FR-013, FR-017, FR-026: figures and exports are filtered on demand, from all work down to one attempt", async () => {
  const other = spec({ "T1 Write two": "echo two > two.txt" }, ["owner: dana"]);
  const cli = openFlow([BUILD], { "docs/b.md": other });
  await cli.go();
  const all = await cli.ask<FlowReport>("metrics");
  expect(all.total).toMatchObject({ workstreams: 2, completed: 2, leadTime: { count: 2 }, wip: { now: 0 } });
  expect(all.byOwner.map(({ key, figures }) => [key, figures.completed])).toEqual([
    ["dana", 1],
    ["kim", 1],
  ]);
  const namesOf = async (...filter: string[]) =>
    (await cli.ask<FlowReport>("metrics", ...filter)).items.map(({ name }) => name);
  expect(await namesOf("--owner", "dana")).toEqual(["b"]);
  expect(await namesOf("--workflow", "flow@1")).toEqual(["a"]);
  expect(await namesOf("--status", "active")).toEqual([]);
  expect(await namesOf("--since", "1d")).toEqual(["a", "b"]);
  const csv = (await cli.ok("export", "--format", "csv", "--rows", "attempts")).stdout.trim().split("\r\n");
  expect(csv).toHaveLength(3);
  const attempt = csv
    .find((line) => line.includes(",a,"))
    ?.split(",")
    .find((cell) => /^a-\d+$/.test(cell));
  expect((await cli.ok("show", attempt ?? "")).stdout).toContain("a#build");
});

test("FR-009: the history names the first event that was changed, and a correction is an event of its own", async () => {
  const cli = openFlow([BUILD, SIGN]);
  await cli.go();
  await cli.ok("decide", "a/sign", "reject", "--as", "dana", "--because", "wrong");
  const [again] = await cli.go();
  await cli.ok("decide", again?.id ?? "", "approve", "--as", "dana", "--because", "right");
  expect(await cli.go()).toEqual([]);
  // The rejected signature stands beside the one that came after it, and names what it was about.
  const [signed, corrected] = await cli.ofKind("review_signed");
  expect([signed?.outcome, corrected?.outcome]).toEqual(["rejected", "approved"]);
  const returned = (await cli.ofKind("workstream_returned"))[0];
  expect(returned?.from).toBe(signed?.task);
  const events = await cli.log();
  expect(await cli.ask("verify")).toMatchObject({ ok: true, events: events.at(-1)?.seq, firstBad: null });
  await cli.ok("stop");
  const file = join(cli.home, "log.db");
  const bytes = readFileSync(file, "latin1");
  writeFileSync(file, bytes.replaceAll(`"reason":"wrong"`, `"reason":"great"`), "latin1");
  const tampered = await cli.osqr("verify", "--json");
  expect(tampered.code).toBe(1);
  const firstBad = events.find((event) => "reason" in event && event.reason === "wrong")?.seq;
  expect(tampered.json()).toMatchObject({ ok: false, firstBad });
});
