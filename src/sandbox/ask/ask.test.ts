import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../door.ts";
import type { DoorQuestion } from "../door-protocol.ts";
import { waitUntil } from "../testing.ts";
import { installAsk } from "./install.ts";

describe("osqr-ask", () => {
  let folder: string;
  let bin: string;
  let door: Door;
  let asked: { ask: string; question: DoorQuestion }[];
  let progress: string[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "osqr ask's "));
    bin = (await installAsk(join(folder, "bin"), process.execPath)).folder;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    asked = [];
    progress = [];
    door = await openDoor({
      folder,
      onAsk: (ask, question) => asked.push({ ask, question }),
      onProgress: (note) => progress.push(note),
    });
  });
  afterEach(() => door.close());

  async function run(
    program: string,
    args: readonly string[],
    env: Record<string, string> = { OSQR_DOOR: door.path },
  ) {
    const child = spawn(join(bin, program), args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const code = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: await code, out, err };
  }
  const question = ["MODEL", "Which model?", "a=local: private", "b=hosted = better"];

  it("prints the id of the chosen option", async () => {
    const done = run("osqr-ask", [...question, "--recommend", "a", "--default", "b", "--after", "90s"]);
    await waitUntil("the question came", () => asked.length === 1);
    expect(asked[0]?.question).toMatchObject({
      key: "MODEL",
      question: "Which model?",
      options: [
        { id: "a", label: "local: private", recommended: true },
        { id: "b", label: "hosted = better", recommended: false },
      ],
      defaultOption: "b",
      autoResolveMinutes: 1.5,
    });
    door.answer("ask-1", "b");
    expect(await done).toEqual({ code: 0, out: "b\n", err: "" });
  });

  it("exits with 75 when the attempt is parked", async () => {
    const done = run("osqr-ask", question);
    await waitUntil("the question came", () => asked.length === 1);
    door.park();
    expect(await done).toEqual({
      code: 75,
      out: "",
      err: "osqr-ask: the attempt is parked; the answer comes to the next one\n",
    });
  });

  it("says in one line how it is used wrongly, and exits with 2", async () => {
    const wrong: readonly (readonly string[])[] = [
      [],
      ["MODEL"],
      ["model", "q", "a=x", "b=y"],
      ["MODEL", "q", "a=x"],
      ["MODEL", "q", "a", "b"],
      ["MODEL", "q", "A=x", "b=y"],
      ["MODEL", "q", "a=x", "a=y"],
      [...question, "--recommend", "c"],
      [...question, "--recommend"],
      [...question, "--default", "a"],
      [...question, "--default", "a", "--after", "soon"],
      [...question, "--force"],
    ];
    const results = await Promise.all(wrong.map((args) => run("osqr-ask", args)));
    expect(results.map(({ code }) => code)).toEqual(wrong.map(() => 2));
    expect(results.map(({ err }) => err.trimEnd())).toMatchInlineSnapshot(`
      [
        "osqr-ask: usage: osqr-ask KEY "question" a="label" b="label" [--recommend a] [--default b --after 30m]",
        "osqr-ask: usage: osqr-ask KEY "question" a="label" b="label" [--recommend a] [--default b --after 30m]",
        "osqr-ask: a KEY is 1 to 64 of A-Z, 0-9 and _, e.g. MODEL; got "model"",
        "osqr-ask: a question needs at least two options; usage: osqr-ask KEY "question" a="label" b="label" [--recommend a] [--default b --after 30m]",
        "osqr-ask: expected an option like a="label", got "a"",
        "osqr-ask: an option id is 1 to 32 of a-z, 0-9 and -, got "A"",
        "osqr-ask: the option a is there twice",
        "osqr-ask: --recommend c is not one of the options a, b",
        "osqr-ask: --recommend needs a value; usage: osqr-ask KEY "question" a="label" b="label" [--recommend a] [--default b --after 30m]",
        "osqr-ask: --default and --after go together: --default b --after 30m",
        "osqr-ask: --after takes a time like 90s, 30m, 2h or 1d, got "soon"",
        "osqr-ask: unknown flag --force; usage: osqr-ask KEY "question" a="label" b="label" [--recommend a] [--default b --after 30m]",
      ]
    `);
    expect(asked).toEqual([]);
  });

  it("says so outside an attempt, and where the door is closed", async () => {
    expect(await run("osqr-ask", question, {})).toMatchObject({
      code: 1,
      err: "osqr-ask: OSQR_DOOR is not set: this works only inside an attempt of osqr\n",
    });
    const gone = join(folder, "gone");
    expect(await run("osqr-ask", question, { OSQR_DOOR: gone })).toMatchObject({
      code: 1,
      err: `osqr-ask: the door ${gone} is closed\n`,
    });
  });

  it("has a sister that reports progress", async () => {
    expect(await run("osqr-progress", ["half", "way"])).toEqual({ code: 0, out: "", err: "" });
    expect(progress).toEqual(["half way"]);
    expect((await run("osqr-progress", [])).code).toBe(2);
  });
});
