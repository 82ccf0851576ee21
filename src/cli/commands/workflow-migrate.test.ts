/** `osqr workflow migrate` and `rollback` against a daemon on real HTTP whose service is in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestHost } from "../../../test/fixtures/cli-host.ts";
import { FakeService } from "../../../test/fixtures/fake-service.ts";
import { statusReport, workstreamView } from "../../../test/fixtures/views.ts";
import { VERSION } from "../../core/version.ts";
import { type Daemon, startDaemon } from "../../server/daemon.ts";
import { runCli } from "../main.ts";

let home: string;
let service: FakeService;
let daemon: Daemon;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "osqr-migrate-"));
  service = new FakeService();
  service.currentStatus = statusReport({ workstreams: [workstreamView({ name: "rate-limit", number: 4 })] });
  const createService = async () => service;
  const rest = { port: 0, version: VERSION, idleMs: null, createService, log: () => undefined };
  daemon = await startDaemon({ home, ...rest });
});
afterEach(async () => {
  daemon.stop("test");
  await daemon.stopped;
  rmSync(home, { recursive: true });
});

async function run(...argv: readonly string[]) {
  const host = createTestHost({ home, cwd: home });
  const code = await runCli(["workflow", ...argv], host);
  return { code, out: host.out(), err: host.err() };
}

test("a dry run shows what would become of each task", async () => {
  const { code, out } = await run(
    "migrate",
    "--all",
    "--to",
    "feature@2",
    "--map",
    "review=sign-off",
    "--dry-run",
  );
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "1 workstream would change over.

    #4 rate-limit  feature@1 → feature@2
      task    goes on as                      was        title
      T1      T1          stays               completed  Count requests
      T2      T2          to do again         completed  Refuse the rest
      review  sign-off    another definition  pending    Sign it off
      –       audit       new                 –          Audit it
      note    –           dropped             completed  Write a note
      done again: T2 (what it runs)
      dropped, but what it made stays in the work: note
      step: the spec's tasks → sign-off

    Nothing has changed. To carry it out: the same without --dry-run.
    "
  `);
  expect(service.calls.at(-1)).toEqual([
    "migrate",
    {
      names: null,
      to: "feature@2",
      takeSpec: false,
      map: ["review=sign-off"],
      dryRun: true,
      because: "",
      signer: null,
    },
  ]);
});

test("what was carried out says how to take it back", async () => {
  const { out } = await run(
    "migrate",
    "#4",
    "--to",
    "feature@2",
    "--because",
    "two signatures",
    "--as",
    "sam",
  );
  expect(out).toContain("1 workstream changed over.");
  expect(out).toContain("to take it back: osqr workflow rollback M-1 --because <text>");
  expect(service.calls.at(-1)?.[1]).toMatchObject({
    names: ["rate-limit"],
    because: "two signatures",
    signer: "sam",
  });
});

test("one that cannot says why, and the exit code tells it", async () => {
  service.migrationResult = {
    rows: [],
    migration: null,
    refusal: { code: "workstream-busy", message: "T2 would change", hints: ["osqr pause rate-limit"] },
  };
  const { code, out } = await run("migrate", "--all", "--to", "feature", "--because", "x");
  expect(code).toBe(1);
  expect(out).toContain("0 workstreams changed over, 1 cannot.");
  expect(out).toContain("hint: osqr pause rate-limit");
});

test.each([[["migrate", "--to", "feature"]], [["migrate", "rate-limit", "--all", "--to", "feature"]]])(
  "either names or --all (%j)",
  async (argv) => {
    const { code, err } = await run(...argv);
    expect(code).toBe(2);
    expect(err).toContain("expected workstreams or --all");
  },
);

test("a rollback is shown or carried out, and JSON for programs", async () => {
  expect((await run("rollback", "M-1", "--dry-run")).out).toContain("feature@2 → feature@1");
  const { out } = await run("rollback", "M-1", "--because", "too early", "--json");
  expect(JSON.parse(out)).toMatchObject({ migration: "M-2", from: "feature@2", to: "feature@1" });
  const done = await run("rollback", "M-1", "--because", "too early");
  expect(done.out).toMatch(/carried out as M-2$/m);
  expect((await run("rollback", "M-9", "--because", "x")).code).toBe(1);
});

test("each row is a record for programs", async () => {
  const { out } = await run("migrate", "--all", "--to", "feature@2", "--dry-run", "--json");
  expect(JSON.parse(out).migrations[0].rows[0]).toEqual({
    from: "T1",
    to: "T1",
    title: "Count requests",
    was: "completed",
    fate: "kept",
    changes: [],
  });
});

test("of what has landed nothing would become anything: no table", async () => {
  const refusal = {
    code: "not-in-flight",
    message: "rate-limit has landed: what is done stays as it was done",
    hints: ["the next version counts for new work"],
  };
  const migrate = service.migrate;
  service.migrate = async (...args) =>
    (await migrate(...args)).map((each) => ({ ...each, migration: null, refusal }));
  const { code, out } = await run("migrate", "rate-limit", "--to", "feature@2", "--dry-run");
  expect([code, `\n${out}`]).toEqual([
    1,
    `
0 workstreams would change over, 1 cannot.

#4 rate-limit  feature@1 → feature@2
  rate-limit has landed: what is done stays as it was done
  hint: the next version counts for new work
`,
  ]);
});
