/** What a client is told when it asks for something that is not there, or not so. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeService } from "../../test/fixtures/fake-service.ts";
import { type RunningServer, startServer } from "./start.ts";

const TOKEN = "t".repeat(43);
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ service: new FakeService(), port: 0, token: TOKEN, version: "1" });
});
afterAll(() => server.close());

async function ask(method: string, path: string, body?: object) {
  const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return `${response.status} ${error.code}: ${error.message}`;
}

test.each([
  ["DELETE", "/status", "405 wrong-method: /status: expected GET, found DELETE"],
  ["GET", "/go", "405 wrong-method: /go: expected POST, found GET"],
  ["PUT", "/attempts/a-1/log", "405 wrong-method: /attempts/a-1/log: expected GET, found PUT"],
  ["POST", "/nothing", "404 unknown-route: no route POST /nothing"],
  ["GET", "/nothing", "404 unknown-route: no route GET /nothing"],
])("%s %s is %s", async (method, path, expected) => {
  expect(await ask(method, path)).toBe(expected);
});

test("fields that are wrong are named with what was expected and found", async () => {
  const root = "/home/ann/shop";
  const edit = (changes: object) => ask("POST", "/edit", { root, name: "a", changes });
  expect([
    await edit({ due: "tomorrow" }),
    await edit({ priority: "urgent" }),
    await edit({ title: "", colour: 1 }),
    await ask("POST", "/go", { root, maxParallel: 0 }),
    await ask("POST", "/go", { maxParallel: "two" }),
    await ask("GET", `/history?after=x`),
  ]).toMatchInlineSnapshot(`
    [
      "400 bad-request: changes.due: expected a date like 2026-12-01, found "tomorrow"",
      "400 bad-request: changes.priority: expected critical, high, medium or low, found "urgent"",
      "400 bad-request: changes.title: expected a text that is not empty, found ""; body.changes: unknown field "colour"",
      "400 bad-request: maxParallel: expected at least 1, found 0",
      "400 bad-request: root: expected a text, found nothing; maxParallel: expected a number, found "two"",
      "400 bad-request: after: expected a number, found "x"",
    ]
  `);
});
