import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestDaemon, type TestDaemon } from "../../../test/fixtures/cli-daemon.ts";
import { flowReport } from "../../../test/fixtures/flow-report.ts";
import { renderExport } from "../../core/report/flow/export.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await openTestDaemon();
});
afterEach(() => daemon.close());

test("metrics: the first line is the answer, then figures, steps and workstreams", async () => {
  const { code, out, err } = await daemon.run("metrics");
  expect([code, err]).toEqual([0, ""]);
  expect(`\n${out}`).toMatchInlineSnapshot(`
    "
    1 built in 2 days; median lead time 4 h; 33 % rework; 1 in progress.

      lead time        4 h (of 1)
      flow time        3 h 50 min (of 1)
      throughput       0.5 a day, 3.5 a week
      in progress      1 now, 1.1 on average
      rework           33 %: 1 of 3 completed tasks did not hold; 1 workstream sent back (50 %); 20 min of work refused
      wait for people  1 h 30 min over 2 decisions, median 45 min, 0 open
      blocked          1 h, 2 % of the time: external 1 h; 0 open
      work             40 min
      flow efficiency  17 %
      reverts          0

      step   workflow  cycle time         per task    in it now  sent back  work
      build  delivery  1 h 50 min (of 1)  1 h 50 min  –          1          40 min
      check  delivery  1 h (of 1)         1 h         –          –          –
      merge  delivery  50 min (of 1)      –           –          –          –
      tasks  tasks     –                  –           1          –          –

      #  workstream    state             owner  lead time  tasks  rework  waited      blocked
      1  token-format  completed         dana   4 h        2/2    33 %    1 h 30 min  1 h
      2  embeddings    queued, in tasks  –      –          0/1    –       –           –

      what the figures mean: docs/metrics.md
    "
  `);
});

test("metrics --by shows one row per part", async () => {
  const { out } = await daemon.run("metrics --by owner");
  expect(out.split("\n").filter((line) => /^ {2}(?:owner|dana|–)/.test(line))).toMatchInlineSnapshot(`
    [
      "  owner  built  in progress  lead time   a week  rework  waited      blocked",
      "  dana   1      0            4 h (of 1)  3.5     33 %    1 h 30 min  1 h",
      "  –      0      1            –           0       –       –           –",
    ]
  `);
});

test("metrics of a name shows what stands behind its figures", async () => {
  const { out } = await daemon.run("metrics token-format");
  expect(out.slice(out.indexOf("#1 token-format"), out.indexOf("#2"))).toMatchInlineSnapshot(`
    "#1 token-format · completed · delivery@2 · owner dana
      lead time 4 h · flow time 3 h 50 min · work 40 min · efficiency 17 % · 1 done again · waited 1 h 30 min · blocked 1 h
      step   role      tasks  cycle time
      build  –         1/1    1 h 50 min
      check  reviewer  1/1    1 h
      merge  –         –      50 min
      time (UTC)        what      id   by
      2026-01-05 00:00  blocker   B-1  kim   external, gone: it is in the way
      2026-01-05 01:30  decision  D-1  user  a: which?
      2026-01-05 01:30  return         sam   back to build, 1 to do again: not yet
      2026-01-05 03:10  decision  D-2  user  a: which?
      2 handoffs in refs/osqr/handoffs: T1.json, check.json · output: osqr log a-1, osqr log a-2, osqr log a-3 · all: osqr export --format json

    "
  `);
});

test("filters reach the service; --all and --project look beyond this project", async () => {
  const line = "metrics --since 7d --until 2026-02-01 --owner dana --workflow delivery@2 --status active";
  await daemon.run(line);
  const filter = {
    since: "7d",
    until: "2026-02-01",
    owner: "dana",
    workflow: "delivery@2",
    status: "active",
    project: null,
  };
  expect(daemon.service.calls).toEqual([
    ["metrics", daemon.home, { ...filter, names: [], detail: false, isBrief: true }],
  ]);
  await daemon.run("metrics --project shop");
  await daemon.run("export --all");
  const none = {
    since: null,
    until: null,
    owner: null,
    workflow: null,
    status: null,
    project: null,
    names: [],
  };
  expect(daemon.service.calls.slice(1)).toEqual([
    ["metrics", null, { ...none, project: "shop", detail: false, isBrief: true }],
    ["export", null, { ...none, format: "json", rows: "workstreams" }],
  ]);
  expect(await daemon.run("metrics --all --project shop")).toMatchObject({ code: 2, out: "" });
  expect(await daemon.run("metrics --status done")).toMatchObject({ code: 2, out: "" });
});

test("metrics --json is the report", async () => {
  expect(JSON.parse((await daemon.run("metrics --json")).out)).toEqual(flowReport());
});

test("export writes the file to stdout as it is", async () => {
  const detailed = flowReport({ detail: true });
  expect((await daemon.run("export --format csv")).out).toBe(renderExport(detailed, "csv", "workstreams"));
  expect((await daemon.run("export --format csv --rows attempts")).out).toBe(
    renderExport(detailed, "csv", "attempts"),
  );
  expect((await daemon.run("export --format md")).out).toBe(renderExport(detailed, "md", "workstreams"));
  expect(JSON.parse((await daemon.run("export --json")).out)).toEqual(detailed);
});

test("export --out writes a file in the format that its ending says, and says where", async () => {
  const path = join(daemon.home, "flow.csv");
  const { code, out, err } = await daemon.run("export --out flow.csv");
  expect([code, out, err]).toEqual([0, "", `Written: ${path}\n`]);
  expect(readFileSync(path, "utf8").startsWith("project,workstream,number,")).toBe(true);
});

test("export that cannot be carried out says why", async () => {
  const rows = await daemon.run("export --rows tasks");
  expect([rows.code, rows.err.split("\n")[0]]).toEqual([
    2,
    "error: --rows: expected the format csv, found json",
  ]);
  const lost = await daemon.run("export --out no/such/folder.json");
  expect([lost.code, lost.err.split(":")[1]?.trim()]).toEqual([
    1,
    `--out ${daemon.home}/no/such/folder.json`,
  ]);
});
