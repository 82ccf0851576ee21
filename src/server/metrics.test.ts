import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeService } from "../../test/fixtures/fake-service.ts";
import { flowReport } from "../../test/fixtures/flow-report.ts";
import { errorOf, send } from "../../test/fixtures/http.ts";
import { ROOT } from "../../test/fixtures/views.ts";
import { flowReportSchema } from "./schemas/metrics.ts";
import { type RunningServer, startServer } from "./start.ts";

const TOKEN = "t".repeat(43);
const service = new FakeService();
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ service, port: 0, token: TOKEN, version: "1" });
});
afterAll(() => server.close());

const get = (path: string) =>
  send({ port: server.port, path, headers: { Authorization: `Bearer ${TOKEN}` } });
const root = encodeURIComponent(ROOT);

test("metrics answer with the report; without a root over all projects", async () => {
  const { status, text } = await get(`/metrics?root=${root}&names=a&names=b&since=7d&owner=dana&detail=true`);
  const report = JSON.parse(text);
  expect([status, flowReportSchema.parse(report)]).toEqual([200, flowReport({ detail: true })]);
  await get("/metrics");
  const none = { since: null, until: null, owner: null, workflow: null, status: null, project: null };
  expect(service.calls.slice(-2)).toEqual([
    [
      "metrics",
      ROOT,
      { ...none, names: ["a", "b"], since: "7d", owner: "dana", detail: true, isBrief: false },
    ],
    ["metrics", null, { ...none, names: [], detail: false, isBrief: false }],
  ]);
});

test.each([
  ["csv", "text/csv; charset=utf-8; header=present", "project,workstream,"],
  ["json", "application/json", "{\n"],
  ["md", "text/markdown; charset=utf-8", "# Flow\n"],
])("an export as %s is a file of that type", async (format, type, start) => {
  const { status, headers, text } = await get(`/export?root=${root}&format=${format}`);
  expect([status, headers["content-type"], text.startsWith(start)]).toEqual([200, type, true]);
});

test("what is asked for in a wrong way is named", async () => {
  const messages = [
    "/export?format=xml",
    "/metrics?status=done",
    "/metrics?root=shop",
    "/metrics?detail=maybe",
  ];
  const answers = await Promise.all(messages.map(get));
  expect(answers.map((each) => [each.status, errorOf(each).message])).toMatchInlineSnapshot(`
    [
      [
        400,
        "format: expected csv, json or md, found "xml"",
      ],
      [
        400,
        "status: expected queued, blocked, active, integrating, paused, completed, failed or cancelled, found "done"",
      ],
      [
        400,
        "root: expected an absolute path",
      ],
      [
        400,
        "detail: expected true or false, found "maybe"",
      ],
    ]
  `);
  expect((await send({ port: server.port, path: "/export" })).status).toBe(401);
});
