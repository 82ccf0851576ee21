import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { FakeService } from "../../test/fixtures/fake-service.ts";
import type { MigrationResult, MigrationView } from "../engine/migration-service.ts";
import { homePaths } from "../store/home.ts";
import { readOrCreateToken } from "../store/token.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import type { DeepReadonly } from "./schemas/common.ts";
import type { migrationListSchema, migrationResultSchema } from "./schemas/migrations.ts";

let home: string;
let service: FakeService;
let daemon: Daemon;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "osqr-migrations-"));
  service = new FakeService();
  const createService = async () => service;
  daemon = await startDaemon({
    home,
    port: 0,
    version: "1",
    idleMs: null,
    createService,
    log: () => undefined,
  });
});
afterEach(async () => {
  daemon.stop("test");
  await daemon.stopped;
  rmSync(home, { recursive: true });
});

async function call(path: string, body?: object): Promise<{ status: number; json: unknown }> {
  const token = readOrCreateToken(homePaths(home));
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(`http://127.0.0.1:${daemon.port}${path}`, { ...init, headers });
  return { status: response.status, json: await response.json() };
}

test("what is described is what comes", () => {
  type Described<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;
  expectTypeOf<Described<typeof migrationListSchema>["migrations"][number]>().toEqualTypeOf<MigrationView>();
  expectTypeOf<Omit<Described<typeof migrationResultSchema>, "workstream">>().toEqualTypeOf<
    Omit<MigrationResult, "workstream">
  >();
});

test("migrations are listed, tried, carried out and taken back", async () => {
  const list = await call(`/migrations?root=${encodeURIComponent(home)}`);
  expect(list).toMatchObject({ status: 200, json: { migrations: [{ id: "M-1", canRollBack: true }] } });
  const tried = await call("/migrations", { root: home, names: ["a"], to: "feature@2", dryRun: true });
  expect(tried).toMatchObject({ status: 200, json: { migrations: [{ name: "a", migration: null }] } });
  const back = await call("/migrations/rollback", { root: home, migration: "M-1", because: "too early" });
  expect(back).toMatchObject({ status: 200, json: { migration: "M-2" } });
});

test.each([[{ names: [], to: "feature" }], [{ to: "feature" }], [{ names: null, to: "feature", dry: true }]])(
  "a body that means nothing is refused (%j)",
  async (body) => {
    const { status, json } = await call("/migrations", { root: home, ...body });
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: { code: "bad-request" } });
    expect(service.calls).toEqual([]);
  },
);
