import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Door, openDoor } from "./door.ts";
import { waitUntil } from "./testing.ts";

const TOKEN = "t".repeat(32);

describe("a connection that is to carry MCP", () => {
  let folder: string;
  let door: Door;
  let streams: Duplex[];
  let sockets: Socket[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "osqr-door-"));
    streams = [];
    sockets = [];
    const mcp = { token: TOKEN, onStream: (stream: Duplex) => streams.push(stream) };
    door = await openDoor({ folder, onAsk: () => undefined, onProgress: () => undefined, mcp });
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await door.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends a text and gives back what comes, as it comes. */
  function open(text: string): { socket: Socket; read: () => string; isClosed: () => boolean } {
    const socket = connect(door.path);
    let received = "";
    sockets.push(socket);
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      received += chunk;
    });
    socket.write(text);
    return { socket, read: () => received, isClosed: () => socket.closed };
  }
  const request = (token: unknown) => `${JSON.stringify({ op: "mcp", token })}\n`;

  async function readRefusal(text: string): Promise<string> {
    const { read, isClosed } = open(text);
    await waitUntil("it is refused", isClosed);
    return read();
  }

  it("carries bytes both ways, those that came with the request first", async () => {
    const { socket, read } = open(`${request(TOKEN)}first`);
    await waitUntil("it is taken", () => streams.length === 1);
    const [stream] = streams;
    let received = "";
    stream?.resume().on("data", (chunk: Buffer) => {
      received += chunk.toString();
    });
    await waitUntil("what came with it is there", () => received === "first");
    socket.write(", then\nmore");
    await waitUntil("the rest is there", () => received === "first, then\nmore");
    stream?.write("back");
    await waitUntil("the reply is there", () => read() === '{"ok":true}\nback');
  });

  it("is refused with another token, of whatever length, and without one", async () => {
    const wrong = '{"ok":false,"code":"refused","message":"the token is not that of this attempt"}\n';
    for (const token of ["u".repeat(32), TOKEN.slice(1), `${TOKEN} `]) {
      expect(await readRefusal(request(token))).toBe(wrong);
    }
    expect(await readRefusal(request(""))).toContain("the token is empty");
    expect(await readRefusal(request("t".repeat(201)))).toContain("the token is above 200 characters");
    expect(await readRefusal('{"op":"mcp"}\n')).toContain('"code":"refused"');
    expect(await readRefusal(request(null))).toContain('"code":"refused"');
    expect(streams).toEqual([]);
  });

  it("is refused where there is no token at all", async () => {
    await door.close();
    door = await openDoor({ folder, onAsk: () => undefined, onProgress: () => undefined });
    expect(await readRefusal(request(TOKEN))).toContain("this attempt takes no MCP");
  });

  it("is one of 8 at once; when one ends there is room", async () => {
    const first = open(request(TOKEN));
    for (let count = 1; count < 8; count += 1) open(request(TOKEN));
    await waitUntil("8 are open", () => streams.length === 8);
    expect(await readRefusal(request(TOKEN))).toContain("8 connections are open already");
    first.socket.destroy();
    for (const stream of streams) stream.resume();
    await waitUntil("one has ended", () => streams.some((stream) => stream.destroyed));
    open(request(TOKEN));
    await waitUntil("another is taken", () => streams.length === 9);
  });

  it("is not taken once the attempt is parked, and ends with the door though nobody reads", async () => {
    const { socket, isClosed } = open(request(TOKEN));
    socket.pause();
    await waitUntil("it is taken", () => streams.length === 1);
    streams[0]?.write("x".repeat(5_000_000));
    door.park();
    expect(await readRefusal(request(TOKEN))).toBe('{"ok":false,"code":"parked"}\n');
    await door.close();
    socket.resume();
    await waitUntil("it has ended", isClosed);
  });
});
