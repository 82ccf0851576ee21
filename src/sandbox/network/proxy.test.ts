import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isPublicAddress, type Resolve } from "./addresses.ts";
import type { NetworkDecision } from "./dial.ts";
import { type NetworkProxy, openProxy } from "./proxy.ts";

describe("the proxy for allowed hosts", () => {
  let folder: string;
  let upstream: Server;
  let port: number;
  let proxy: NetworkProxy | null;
  let decisions: NetworkDecision[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "osqr-proxy-"));
    decisions = [];
    proxy = null;
    upstream = createServer((request, response) => {
      response.setHeader(
        "x-seen",
        JSON.stringify([request.url, request.headers.host, Object.keys(request.headers)]),
      );
      request.pipe(response);
    });
    port = await listen(upstream);
  });
  afterEach(async () => {
    await proxy?.close();
    upstream.closeAllConnections();
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(
    allow: readonly string[],
    more: { resolve?: Resolve; idleMsMax?: number } = {},
  ): Promise<void> {
    proxy = await openProxy({ folder, allow, onDecision: (decision) => decisions.push(decision), ...more });
  }
  /** Sends bytes as they are, and reads to the end. */
  async function send(bytes: string): Promise<string> {
    const socket = connect({ path: proxy!.socketPath, allowHalfOpen: true });
    socket.write(Buffer.from(bytes, "latin1"));
    let reply = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      reply += chunk;
    });
    return new Promise((resolve) => {
      // Whoever is refused while still sending may see the connection reset behind the reply.
      socket.on("error", () => socket.destroy()).once("close", () => resolve(reply));
      socket.once("end", () => socket.destroy());
    });
  }
  const tunnel = (target: string, inner: string) =>
    send(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n${inner}`);
  const get = (url: string) => send(`GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const status = async (reply: Promise<string>) => Number((await reply).split(" ")[1]);

  it("carries a tunnel to a listed host, and tells of it once", async () => {
    await open([`127.0.0.1:${port}`]);
    const inner = "POST /a HTTP/1.1\r\nHost: y\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    for (const reply of [
      await tunnel(`127.0.0.1:${port}`, inner),
      await tunnel(`127.0.0.1:${port}`, inner),
    ]) {
      expect(reply).toMatch(/^HTTP\/1\.1 200 Connection Established\r\n\r\nHTTP\/1\.1 200 OK/);
      expect(reply).toMatch(/hello/);
    }
    expect(decisions).toEqual([{ host: "127.0.0.1", port, isAllowed: true, reason: null }]);
    expect(statSync(proxy!.socketPath).mode & 0o777).toBe(0o600);
  });

  it("carries bytes both ways exactly, also after one side has ended", async () => {
    const echo = createTcpServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const target = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
    await open([target]);
    const bytes = Buffer.alloc(3_000_000, (Math.random() * 1e9).toString(36));
    const socket = connect({ path: proxy!.socketPath, allowHalfOpen: true });
    socket.write(`CONNECT ${target} HTTP/1.1\r\n\r\n`);
    socket.end(bytes);
    const head = "HTTP/1.1 200 Connection Established\r\n\r\n";
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    const got = Buffer.concat(chunks);
    expect(got.subarray(0, head.length).toString()).toBe(head);
    expect(got.subarray(head.length).equals(bytes)).toBe(true);
    echo.close();
  });

  it("carries plain requests, without what is between neighbours", async () => {
    await open([`127.0.0.1:${port}`]);
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { "proxy-authorization": "Basic x", "x-mine": "1", host: "evil.com" };
      const options = {
        socketPath: proxy!.socketPath,
        method: "PUT",
        path: `http://127.0.0.1:${port}/a?b=1`,
        headers,
      };
      request(options, resolve).on("error", reject).end("body");
    });
    expect(await text(reply)).toBe("body");
    const [url, host, names] = JSON.parse(String(reply.headers["x-seen"]));
    expect([url, host]).toEqual(["/a?b=1", `127.0.0.1:${port}`]);
    expect(names).toContain("x-mine");
    expect(names).not.toContain("proxy-authorization");
  });

  it("denies what is not listed, and says which host and why", async () => {
    await open(["good.com"]);
    const reply = await tunnel("evil.com:443", "");
    expect(reply).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(reply).toMatch(/osqr: evil\.com:443 cannot be reached: it is not in the list of allowed hosts\n$/);
    expect(await status(get("http://good.com.evil.com/"))).toBe(403);
    expect(decisions.map(({ host, isAllowed }) => [host, isAllowed])).toEqual([
      ["evil.com", false],
      ["good.com.evil.com", false],
    ]);
  });

  it("takes no host that can be read in two ways", async () => {
    await open(["good.com", `127.0.0.1:${port}`]);
    const wrong = [
      ...[
        "evil\0.good.com:443",
        "good.com.:443",
        "x@good.com:443",
        "good.com:443:443",
        "good.com",
        "127.1:80",
      ],
      ...["2130706433:80", "g\xf6\xf6d.com:443", "[::ffff:127.0.0.1]:80", "http://good.com:443", "/", ""],
    ];
    for (const target of wrong) expect([target, await status(tunnel(target, ""))]).toEqual([target, 400]);
    const urls = [
      "/",
      "good.com",
      "https://good.com/",
      "http://x@good.com/",
      "http://good.com./",
      "http:///x",
    ];
    for (const url of urls) expect([url, await status(get(url))]).toEqual([url, 400]);
    expect(decisions.filter(({ isAllowed }) => isAllowed)).toEqual([]);
    expect(decisions.every(({ host }) => /^[\x20-\x7e]*$/.test(host))).toBe(true);
  });

  it("goes to no private address behind an allowed name, unless the address is listed too", async () => {
    const resolve: Resolve = async () => [{ address: "127.0.0.1", family: 4 }];
    await open([`good.com:${port}`], { resolve });
    expect(await status(get(`http://good.com:${port}/`))).toBe(403);
    expect(decisions[0]?.reason).toBe(
      "its address is none of the public internet, and is not in the list itself",
    );
    await proxy?.close();
    await open([`good.com:${port}`, `127.0.0.1:${port}`], { resolve });
    expect(await status(get(`http://good.com:${port}/`))).toBe(200);
  });

  it("asks for a name once per connection, and connects to what it judged", async () => {
    let asked = 0;
    const resolve: Resolve = async () => {
      asked += 1;
      return [{ address: asked === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    };
    await open([`good.com:${port}`, `127.0.0.1:${port}`], { resolve });
    expect(
      await status(tunnel(`good.com:${port}`, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")),
    ).toBe(200);
    expect(asked).toBe(1);
  });

  it("tells names without an address, and hosts that do not answer, from those that are denied", async () => {
    await open(["good.com", `127.0.0.1:1`], {
      resolve: () => Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND" })),
    });
    expect(await tunnel("good.com:443", "")).toMatch(/502 .*ENOTFOUND\n$/s);
    expect(await tunnel("127.0.0.1:1", "")).toMatch(/502 .*ECONNREFUSED\n$/s);
    expect(await get("http://127.0.0.1:1/")).toMatch(/502 .*ECONNREFUSED\n/s);
  });

  it("bounds headers and silence, and what it tells", async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const target = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await open([target], { idleMsMax: 50 });
    expect(await status(send(`CONNECT ${target} HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`))).toBe(400);
    expect(await tunnel(target, "")).toBe("HTTP/1.1 200 Connection Established\r\n\r\n");
    for (let n = 0; n < 250; n += 1) await tunnel(`h${n}.evil.com:443`, "");
    expect(decisions).toHaveLength(200);
    silent.close();
  });

  it("ends all connections when it is closed", async () => {
    const silent = createTcpServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const target = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await open([target]);
    const replies = [tunnel(target, ""), tunnel(target, "")];
    while (decisions.length === 0) await new Promise(setImmediate);
    await proxy!.close();
    for (const reply of replies) await reply;
    expect(() => statSync(proxy!.socketPath)).toThrow();
    silent.close();
  });
});

it("knows which addresses are on the public internet", () => {
  const isPublic = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::8"];
  const special = [
    ...["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"],
    ...[
      "0.0.0.0",
      "224.0.0.1",
      "255.255.255.255",
      "::1",
      "::",
      "fe80::1",
      "fc00::1",
      "fd00:ec2::254",
      "ff02::1",
    ],
    ...[
      "::ffff:127.0.0.1",
      "::ffff:8.8.8.8",
      "::7f00:1",
      "64:ff9b::7f00:1",
      "2002:7f00:1::",
      "2001:0:1::",
      "x",
      "",
    ],
  ];
  expect(isPublic.filter((address) => !isPublicAddress(address))).toEqual([]);
  expect(special.filter(isPublicAddress)).toEqual([]);
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
