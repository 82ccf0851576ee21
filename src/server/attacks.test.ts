/** What a hostile page, program or body can try on the API, over real HTTP. */
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FakeService } from "../../test/fixtures/fake-service.ts";
import { errorOf, send } from "../../test/fixtures/http.ts";
import { ROOT } from "../../test/fixtures/views.ts";
import { BODY_BYTES_MAX } from "./guards/guard.ts";
import { type RunningServer, startServer } from "./start.ts";

const TOKEN = "s3cret-s3cret-s3cret-s3cret-s3cret-s3cret-x";
const AUTH = { Authorization: `Bearer ${TOKEN}` };
const JSON_TYPE = { "Content-Type": "application/json" };
const STATUS = `/status?root=${encodeURIComponent(ROOT)}`;

let service: FakeService;
let server: RunningServer;
const bugs: unknown[] = [];

beforeAll(async () => {
  service = new FakeService();
  server = await startServer({
    service,
    port: 0,
    token: TOKEN,
    version: "1.2.3",
    onBug: (error) => bugs.push(error),
  });
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = AUTH) =>
  send({ port: server.port, path, headers });
const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  send({ port: server.port, path, method: "POST", headers: { ...AUTH, ...JSON_TYPE, ...headers }, body });

/** Every route of the API, from its own description. */
async function listRoutes(): Promise<{ method: string; path: string }[]> {
  const document = JSON.parse((await get("/openapi.json")).text);
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => ({ method: method.toUpperCase(), path })),
  );
  return [...routes, { method: "GET", path: "/openapi.json" }, { method: "GET", path: "/no-such-route" }];
}

describe("callers", () => {
  test.each([
    ["evil.com"],
    ["127.0.0.1.evil.com"],
    ["127.0.0.1"],
    ["127.0.0.1:1"],
    ["localhost.evil.com:PORT"],
    ["evil.com:PORT"],
    ["0.0.0.0:PORT"],
  ])("Host %s is refused on every route", async (host) => {
    for (const { method, path } of await listRoutes()) {
      const headers = { ...AUTH, Host: host.replace("PORT", String(server.port)) };
      const response = await send({ port: server.port, method, path, headers });
      expect([path, response.status, errorOf(response).code]).toEqual([path, 403, "forbidden-host"]);
    }
  });

  test("the loopback's own names are let in", async () => {
    for (const name of ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]) {
      const response = await get(STATUS, { ...AUTH, Host: `${name}:${server.port}` });
      expect([name, response.status]).toEqual([name, 200]);
    }
  });

  test("a Host that is none is a bad request in JSON", async () => {
    const response = await get(STATUS, { ...AUTH, Host: "a b" });
    expect([response.status, errorOf(response).code]).toEqual([400, "bad-request"]);
    expect(response.headers["x-content-type-options"]).toBe("nosniff");
  });

  test.each([
    ["null"],
    ["https://evil.com"],
    ["http://127.0.0.1:1"],
    ["https://127.0.0.1:PORT"],
    ["http://127.0.0.1:PORT.evil.com"],
    ["http://evil.com/?127.0.0.1:PORT"],
    ["file://"],
  ])("Origin %s is refused on every route and gets no CORS header", async (origin) => {
    for (const { method, path } of await listRoutes()) {
      const headers = { ...AUTH, Origin: origin.replace("PORT", String(server.port)) };
      const response = await send({ port: server.port, method, path, headers });
      expect([path, response.status]).toEqual([path, 403]);
      const cors = Object.keys(response.headers).filter((name) => name.startsWith("access-control"));
      expect(cors).toEqual([]);
    }
  });

  test("a preflight gets no CORS header from the own origin either", async () => {
    const headers = { Origin: `http://127.0.0.1:${server.port}`, "Access-Control-Request-Method": "POST" };
    const response = await send({ port: server.port, method: "OPTIONS", path: "/go", headers });
    expect(response.status).toBe(401);
    expect(response.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("the daemon's own pages are let in", async () => {
    expect((await get(STATUS, { ...AUTH, Origin: `http://localhost:${server.port}` })).status).toBe(200);
  });

  test("every route but /health asks for the token", async () => {
    for (const { method, path } of await listRoutes()) {
      for (const headers of [{}, { Authorization: "Bearer wrong" }, { Authorization: `Basic ${TOKEN}` }]) {
        const response = await send({ port: server.port, method, path, headers });
        expect([path, response.status]).toEqual([path, path === "/health" ? 200 : 401]);
      }
    }
  });

  test("the event stream is refused before it opens", async () => {
    const before = service.listenerCount;
    expect((await get("/events", {})).status).toBe(401);
    expect((await get("/events", { ...AUTH, Origin: "https://evil.com" })).status).toBe(403);
    expect(service.listenerCount).toBe(before);
  });

  test("a token in the address is refused, with the header too", async () => {
    for (const query of [`token=${TOKEN}`, `access_token=x`, `what=${TOKEN}`]) {
      const response = await get(`${STATUS}&${query}`);
      expect([query, response.status]).toEqual([query, 400]);
      expect(response.text).not.toContain(TOKEN);
    }
  });

  test("/health says little, and proves that it holds the token", async () => {
    const nonce = "0123456789abcdef0123456789abcdef";
    const health = JSON.parse((await get(`/health?nonce=${nonce}`, {})).text);
    expect(Object.keys(health)).toEqual(["ok", "version", "proof"]);
    expect(health.proof).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.parse((await get("/health", {})).text)).toEqual({ ok: true, version: "1.2.3", proof: null });
  });
});

describe("bodies", () => {
  const decide = (changes: object = {}) =>
    JSON.stringify({ root: ROOT, decision: "D-9", option: "a", because: "", ...changes });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])(
    "content type %j is refused",
    async (type) => {
      const response = await post("/decide", decide(), { "Content-Type": type });
      expect([response.status, errorOf(response).code]).toEqual([415, "not-json"]);
    },
  );

  test("no content type is refused", async () => {
    const response = await send({
      port: server.port,
      path: "/decide",
      method: "POST",
      headers: AUTH,
      body: decide(),
    });
    expect(response.status).toBe(415);
  });

  test("a body above 1 MiB is refused by its announced length, unread", async () => {
    const socket = await rawPost(`Content-Length: ${1 << 30}`, "{");
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 413 [\s\S]*"code":"body-too-large"/);
  });

  test("a chunked body above 1 MiB is refused while it comes", async () => {
    const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
    const socket = await rawPost("Transfer-Encoding: chunked", chunk.repeat(BODY_BYTES_MAX / 65_536 + 2));
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 413 /);
  });

  test.each([
    ["cut short", '{"root": "/x"'],
    ["100,000 arrays deep", "[".repeat(100_000)],
    ["100,000 objects deep", '{"a":'.repeat(100_000)],
    ["33 deep", `${"[".repeat(33)}${"]".repeat(33)}`],
    ["a key twice", '{"root":"/x","root":"/y"}'],
    ["a key twice, once escaped", '{"root":"/x","r\\u006fot":"/y"}'],
    ["a number that a double rounds", '{"a":9007199254740993}'],
    ["a number that is too large", '{"a":1e999}'],
    ["half of a surrogate pair", '{"a":"\\ud800"}'],
    ["nothing", ""],
  ])("JSON with %s is a bad request", async (_name, body) => {
    const response = await post("/decide", body);
    expect([response.status, errorOf(response).code]).toEqual([400, "bad-json"]);
  });

  test("what does not fit the schema names the field, and unknown fields are refused", async () => {
    const wrong = await post("/decide", JSON.stringify({ root: "relative", decision: 3, option: "a" }));
    expect(wrong.status).toBe(400);
    expect(errorOf(wrong).message).toMatchInlineSnapshot(
      `"root: expected an absolute path; decision: expected a text, found 3"`,
    );
    const unknown = await post("/go", JSON.stringify({ root: ROOT, argv: ["/tmp/evil"] }));
    expect([unknown.status, errorOf(unknown).message]).toMatchInlineSnapshot(`
      [
        400,
        "body: unknown field "argv"",
      ]
    `);
    const program = await post("/go", JSON.stringify({ root: ROOT, executor: "/tmp/evil" }));
    expect([program.status, errorOf(program).message]).toMatchInlineSnapshot(`
      [
        400,
        "executor: expected another form, found "/tmp/evil"",
      ]
    `);
  });

  test("parameters of an address are checked too", async () => {
    expect((await get("/status")).status).toBe(400);
    expect((await get("/history?after=-1")).status).toBe(400);
    expect((await get("/history?limit=100000")).status).toBe(400);
  });
});

describe("answers", () => {
  const body = (changes: object) =>
    JSON.stringify({ root: ROOT, decision: "D-1", option: "a", because: "", ...changes });

  test("an answer given twice is a conflict", async () => {
    expect((await post("/decide", body({}))).status).toBe(200);
    const again = await post("/decide", body({ option: "b" }));
    expect([again.status, errorOf(again).code]).toEqual([409, "decision-closed"]);
  });

  test("what nobody knows is not found", async () => {
    expect((await post("/decide", body({ decision: "D-9" }))).status).toBe(404);
    expect((await get("/attempts/a-99/log")).status).toBe(404);
    expect((await get("/no-such-route")).status).toBe(404);
  });

  test("a bug is told without its stack", async () => {
    service.status = () => Promise.reject(new Error("boom at /home/me/secret"));
    const response = await get(STATUS);
    expect([response.status, errorOf(response).code]).toEqual([500, "internal"]);
    expect(response.text).not.toMatch(/boom|secret|at .*\.ts/);
    expect(bugs).toHaveLength(1);
  });

  test("carry headers that keep browsers out", async () => {
    for (const path of ["/health", STATUS, "/no-such-route"]) {
      const { headers } = await get(path);
      expect(headers["content-security-policy"]).toMatch(/^default-src 'none'/);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["cache-control"]).toBe("no-store");
    }
  });
});

test("a thousand connections that say nothing do not lock others out", async () => {
  const sockets: Socket[] = [];
  for (let index = 0; index < 1_000; index += 1) {
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => undefined);
    sockets.push(socket);
    await new Promise((resolve) => socket.once("connect", resolve));
  }
  expect((await get("/health", {})).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

async function rawPost(lengthHeader: string, body: string): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => undefined);
  const head = [
    "POST /decide HTTP/1.1",
    `Host: 127.0.0.1:${server.port}`,
    `Authorization: Bearer ${TOKEN}`,
    "Content-Type: application/json",
    lengthHeader,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  return socket;
}

function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("close", () => resolve(text));
  });
}
