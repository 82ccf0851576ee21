import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { FakeService, HANDOFF } from "../../test/fixtures/fake-service.ts";
import { errorOf, send } from "../../test/fixtures/http.ts";
import { ROOT } from "../../test/fixtures/views.ts";
import type { HandoffDetail, HandoffView } from "../engine/flow-service.ts";
import type { HandoffRepair } from "../engine/handoffs/repair.ts";
import type { DeepReadonly } from "./schemas/common.ts";
import {
  handoffDetailSchema,
  type handoffSchema,
  handoffsSchema,
  type repairsSchema,
} from "./schemas/handoffs.ts";
import { type RunningServer, startServer } from "./start.ts";

const TOKEN = "t".repeat(43);
const service = new FakeService();
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ service, port: 0, token: TOKEN, version: "1" });
});
afterAll(() => server.close());

const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };
const get = (path: string) => send({ port: server.port, path, headers });
const root = encodeURIComponent(ROOT);

type Described<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;

test("the description is the contract", () => {
  expectTypeOf<Described<typeof handoffSchema>>().toEqualTypeOf<HandoffView>();
  expectTypeOf<Described<typeof handoffDetailSchema>>().toEqualTypeOf<HandoffDetail>();
  expectTypeOf<Described<typeof repairsSchema>>().toEqualTypeOf<readonly HandoffRepair[]>();
});

test("handoffs of a workstream or of all, and one in full", async () => {
  const all = await get(`/handoffs?root=${root}`);
  expect([all.status, handoffsSchema.parse(JSON.parse(all.text))]).toEqual([200, [HANDOFF]]);
  expect(JSON.parse((await get(`/handoffs?root=${root}&name=embeddings`)).text)).toEqual([]);
  const one = await get(`/handoffs/one?root=${root}&what=${encodeURIComponent("token-format#T1")}`);
  expect(handoffDetailSchema.parse(JSON.parse(one.text))).toEqual({
    ...HANDOFF,
    content: { schemaVersion: 2 },
    text: "# Handoff\n",
  });
  const none = await get(`/handoffs/one?root=${root}&what=nothing`);
  expect([none.status, errorOf(none).code]).toEqual([404, "unknown-handoff"]);
});

test("a repair names what it is for, or means everything", async () => {
  const repair = (body: object) =>
    send({
      port: server.port,
      path: "/handoffs/repair",
      headers,
      method: "POST",
      body: JSON.stringify(body),
    });
  const some = await repair({ root: ROOT, names: ["token-format#T1"] });
  expect([some.status, JSON.parse(some.text)]).toEqual([
    200,
    [{ what: HANDOFF.what, path: HANDOFF.path, fault: "it is not JSON" }],
  ]);
  await repair({ root: ROOT });
  expect(service.calls.slice(-2)).toEqual([
    ["repairHandoffs", ["token-format#T1"]],
    ["repairHandoffs", null],
  ]);
  expect((await repair({ root: ROOT, name: "x" })).status).toBe(400);
});
