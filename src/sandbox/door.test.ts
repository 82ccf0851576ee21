import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Door, openDoor } from "./door.ts";
import type { DoorQuestion } from "./door-protocol.ts";
import { waitUntil } from "./testing.ts";

const ASK = {
  op: "ask",
  key: "MODEL",
  question: "Which model?",
  options: [
    { id: "a", label: "local", recommended: true },
    { id: "b", label: "hosted", recommended: false },
  ],
  default: "a",
  after_minutes: 30,
};

describe("the door", () => {
  let folder: string;
  let door: Door;
  let asked: { ask: string; question: DoorQuestion }[];
  let progress: string[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "osqr-door-"));
    asked = [];
    progress = [];
    door = await openDoor({
      folder,
      onAsk: (ask, question) => asked.push({ ask, question }),
      onProgress: (note) => progress.push(note),
    });
  });
  afterEach(async () => {
    await door.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends bytes and reads until the other side closes. */
  async function send(bytes: string): Promise<string> {
    const socket = connect(door.path);
    socket.on("error", () => socket.destroy());
    socket.write(bytes);
    return text(socket).catch(() => "connection lost");
  }
  const ask = (value: unknown): Promise<string> => send(`${JSON.stringify(value)}\n`);

  it("brings a question to the daemon and the answer back", async () => {
    const reply = ask(ASK);
    await waitUntil("the question came", () => asked.length === 1);
    expect(asked[0]).toMatchInlineSnapshot(`
      {
        "ask": "ask-1",
        "question": {
          "autoResolveMinutes": 30,
          "defaultOption": "a",
          "key": "MODEL",
          "options": [
            {
              "description": "",
              "id": "a",
              "implications": [],
              "label": "local",
              "recommended": true,
            },
            {
              "description": "",
              "id": "b",
              "implications": [],
              "label": "hosted",
              "recommended": false,
            },
          ],
          "question": "Which model?",
        },
      }
    `);
    expect(door.answer("ask-1", "b")).toBe(true);
    expect(await reply).toBe('{"ok":true,"option":"b"}\n');
    expect(door.answer("ask-1", "b")).toBe(false);
  });

  it("keeps two questions apart, answered in any order", async () => {
    const first = ask(ASK);
    await waitUntil("the first question came", () => asked.length === 1);
    const second = ask({ ...ASK, key: "STORE" });
    await waitUntil("the second question came", () => asked.length === 2);
    door.answer("ask-2", "a");
    door.answer("ask-1", "b");
    expect(await Promise.all([first, second])).toEqual([
      '{"ok":true,"option":"b"}\n',
      '{"ok":true,"option":"a"}\n',
    ]);
  });

  it("forgets a question whose asker went away", async () => {
    const socket = connect(door.path);
    socket.write(`${JSON.stringify(ASK)}\n`);
    await waitUntil("the question came", () => asked.length === 1);
    socket.destroy();
    await waitUntil("it is forgotten", () => !door.answer("ask-1", "a"));
  });

  it("takes progress", async () => {
    expect(await ask({ op: "progress", text: " half way " })).toBe('{"ok":true}\n');
    expect(progress).toEqual(["half way"]);
  });

  it("keeps no half characters: the history could not hold them", async () => {
    expect(await send('{"op":"progress","text":"half \\ud800"}\n')).toBe('{"ok":true}\n');
    expect(progress).toEqual(["half \ufffd"]);
  });

  it("tells an asker why its question is not taken", async () => {
    const reply = ask(ASK);
    await waitUntil("the question came", () => asked.length === 1);
    door.refuse("ask-1", "the workstream is cancelled");
    expect(await reply).toBe('{"ok":false,"code":"refused","message":"the workstream is cancelled"}\n');
    expect(door.answer("ask-1", "a")).toBe(false);
  });

  it("tells who waits that the attempt is parked, and takes no new questions", async () => {
    const reply = ask(ASK);
    await waitUntil("the question came", () => asked.length === 1);
    door.park();
    expect(await reply).toBe('{"ok":false,"code":"parked"}\n');
    expect(await ask(ASK)).toBe('{"ok":false,"code":"parked"}\n');
    expect(asked).toHaveLength(1);
  });

  const refused: readonly (readonly [string, unknown, string])[] = [
    ["an unknown op", { op: "decide", option: "a" }, "Invalid discriminator value"],
    ["more fields than known", { ...ASK, urgent: true }, 'Unrecognized key: "urgent"'],
    ["a bad key", { ...ASK, key: "model; rm" }, "keys are 1 to 64 of A-Z, 0-9 and _, e.g. MODEL"],
    ["one option", { ...ASK, options: ASK.options.slice(0, 1) }, "a question needs at least two options"],
    ["an option twice", { ...ASK, options: [ASK.options[0], ASK.options[0]] }, "the option a is there twice"],
    ["an unknown default", { ...ASK, default: "c" }, "the default c is not one of the options a, b"],
    ["no object", [1, 2], "Invalid input"],
  ];
  it.each(refused)("refuses %s", async (_, value, message) => {
    const reply = JSON.parse(await ask(value)) as { ok: boolean; message: string };
    expect(reply).toMatchObject({ ok: false, code: "refused", message: expect.stringContaining(message) });
    expect(asked).toEqual([]);
  });

  it("refuses what is no JSON, and a line without an end", async () => {
    expect(await send("{nonsense\n")).toContain("expected one line of JSON");
    expect(await send(`${"[".repeat(60_000)}\n`)).toContain('"code":"refused"');
    const flood = await send(`{"op":"progress","text":"${"x".repeat(5_000_000)}`);
    expect([
      "connection lost",
      '{"ok":false,"code":"refused","message":"a request is above 65536 bytes"}\n',
    ]).toContain(flood);
    expect(progress).toEqual([]);
  });

  it("bounds open questions and connections, and goes on serving", async () => {
    const sockets: Socket[] = [];
    for (let n = 0; n < 200; n += 1) {
      const socket = connect(door.path);
      socket.on("error", () => socket.destroy());
      socket.write(`${JSON.stringify(ASK)}\n`);
      sockets.push(socket);
    }
    await waitUntil("the door is full", () => asked.length === 32);
    expect(await ask(ASK)).toContain("32 questions are open already");
    expect(await ask({ op: "progress", text: "still here" })).toBe('{"ok":true}\n');
    for (const socket of sockets) socket.destroy();
    await waitUntil(
      "the askers are forgotten",
      () => !door.answer("ask-1", "a") && !door.answer("ask-32", "a"),
    );
    expect(asked.length).toBe(32);
  });

  it("is only for its owner, and is gone after closing", async () => {
    expect(statSync(door.path).mode & 0o777).toBe(0o600);
    await door.close();
    expect(existsSync(door.path)).toBe(false);
  });

  it("finds a short path where the attempt's own is too long for a socket", async () => {
    const long = join(folder, "x".repeat(120));
    const other = await openDoor({ folder: long, onAsk: () => undefined, onProgress: () => undefined });
    expect(other.path.length).toBeLessThan(100);
    await other.close();
    expect(existsSync(other.path)).toBe(false);
  });
});
