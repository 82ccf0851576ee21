import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createPlace,
  createTestSandbox,
  findProcesses,
  isBubblewrapWorking,
  type TestPlace,
  toRequest,
  waitUntil,
} from "../../../sandbox/testing.ts";
import type { SandboxLevel } from "../../../sandbox/types.ts";
import { type ServerReply, startToolServer, type ToolRequest, type ToolServer } from "./tool-server.ts";

const levels: readonly { level: SandboxLevel; isHere: boolean }[] = [
  { level: "bubblewrap", isHere: isBubblewrapWorking },
  { level: "process", isHere: true },
];

for (const { level, isHere } of levels) {
  const where = isHere ? "" : " (does not work on this machine)";
  describe.skipIf(!isHere)(`the tools of an agent at level ${level}${where}`, () => {
    let place: TestPlace;
    let tools: ToolServer;
    let lines: string[];
    let nap: string;

    beforeEach(async () => {
      place = createPlace();
      lines = [];
      nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
      const { argv: _, ...request } = toRequest(place, "", { onLine: (line) => lines.push(line) });
      tools = await startToolServer({
        sandbox: createTestSandbox(level, place),
        node: process.execPath,
        folder: place.root,
        request,
      });
    });
    afterEach(async () => {
      await tools.terminate("shutdown");
      expect(findProcesses(nap)).toEqual([]);
      place.remove();
    });

    const put = (name: string, text: string | Buffer): void => {
      mkdirSync(join(place.tree, name, ".."), { recursive: true });
      writeFileSync(join(place.tree, name), text);
    };
    const see = (name: string): string => readFileSync(join(place.tree, name), "utf8");
    const read = (path: string, offset = 1, limit = 2_000): Promise<ServerReply> =>
      tools.call({ op: "read", path, offset, limit });
    const write = (path: string, content: string): Promise<ServerReply> =>
      tools.call({ op: "write", path, content });
    const edit = (path: string, oldText: string, newText: string, all = false): Promise<ServerReply> =>
      tools.call({ op: "edit", path, oldText, newText, all });
    const list = (pattern: string, path = "."): Promise<ServerReply> =>
      tools.call({ op: "list", path, pattern });
    const search = (pattern: string, rest: Partial<ToolRequest> = {}): Promise<ServerReply> =>
      tools.call({
        op: "search",
        path: ".",
        pattern,
        glob: null,
        ignoreCase: false,
        ...rest,
      } as ToolRequest);
    const run = (command: string, timeoutMs = 20_000): Promise<ServerReply> =>
      tools.call({ op: "run", command, timeoutMs });

    it("read a file whole, in parts, and cut where it is long", async () => {
      put("a/b.txt", "one\ntwo\nthree\n");
      put("empty", "");
      put("long", `${"x".repeat(5_000)}\n${"y\n".repeat(60_000)}`);
      expect(await read("a/b.txt")).toEqual({ ok: true, text: "one\ntwo\nthree" });
      expect((await read(join(place.tree, "a/b.txt"), 2, 1)).text).toBe(
        "two\n[lines 2 to 2 of 3; read on with offset 3]",
      );
      expect((await read("empty")).text).toBe("[empty is empty]");
      const long = (await read("long", 1, 1_000_000)).text;
      expect(long.length).toBeLessThan(50_000);
      expect(long).toContain("x [line cut]\ny\n");
      expect(long).toMatch(/\n\[lines 1 to \d+ of 60001; read on with offset \d+\]$/);
    });

    it("make and change files, and say what they did", async () => {
      expect(await write("new/deep/file.txt", "käse\n")).toEqual({
        ok: true,
        text: "created new/deep/file.txt (6 bytes)",
      });
      expect((await write("new/deep/file.txt", "a b a\n")).text).toBe("replaced new/deep/file.txt (6 bytes)");
      expect(await edit("new/deep/file.txt", "a", "c")).toMatchObject({ ok: false });
      expect((await edit("new/deep/file.txt", "b", "$& $1")).text).toBe(
        "replaced 1 place in new/deep/file.txt",
      );
      expect((await edit("new/deep/file.txt", "a", "", true)).ok).toBe(true);
      expect(see("new/deep/file.txt")).toBe(" $& $1 \n");
      expect((await edit("new/deep/file.txt", "nowhere", "x")).text).toContain("the old text is not in");
    });

    it("refuse what lies outside of the tree, also behind links", async () => {
      writeFileSync(join(place.root, "secret"), "secret");
      symlinkSync(join(place.root, "secret"), join(place.tree, "link"));
      symlinkSync(place.root, join(place.tree, "folder"));
      symlinkSync(join(place.root, "nothing"), join(place.tree, "dangling"));
      const outside = ["../../../secret", join(place.root, "secret"), "link", "folder/secret", "folder/new"];
      for (const path of [...outside, "dangling", "dangling/x"]) {
        for (const reply of [await read(path), await write(path, "x"), await edit(path, "secret", "x")])
          expect(reply).toMatchObject({ ok: false, text: expect.stringMatching(/outside|link|reached/) });
      }
      expect(await search("secret", { path: "../../.." })).toMatchObject({ ok: false });
      expect(await list("**", "folder")).toMatchObject({ ok: false });
      expect(readFileSync(join(place.root, "secret"), "utf8")).toBe("secret");
      expect(existsSync(join(place.root, "new"))).toBe(false);
      expect(existsSync(join(place.root, "nothing"))).toBe(false);
    });

    it("refuse what is no text file, and say why", async () => {
      put("binary", Buffer.from([1, 0, 2]));
      put("latin", Buffer.from([0xe4, 10]));
      expect((await run("mkfifo pipe; mkdir folder")).ok).toBe(true);
      const texts = ["binary", "latin", "pipe", "folder", "missing", "binary/x", ".", "a\u0000b"].map(
        async (path) => (await read(path)).text,
      );
      expect(await Promise.all(texts)).toEqual([
        "binary is no UTF-8 text",
        "latin is no UTF-8 text",
        "pipe is no regular file",
        "folder is a folder; expected a file",
        "missing does not exist",
        "binary/x cannot be reached: ENOTDIR",
        ". is a folder; expected a file",
        expect.stringContaining("ERR_INVALID_ARG_VALUE"),
      ]);
      expect((await read("binary", 1, 1)).ok).toBe(false);
      expect((await edit("latin", "\ufffd", "x")).ok).toBe(false);
    });

    it("list and search without what is not the project's own", async () => {
      put("src/a.ts", "const one = 1;\n");
      put("src/deep/b.ts", "const Two = 2;\n");
      put("src/deep/c.json", "{}\n");
      put("node_modules/x/d.ts", "const one = 1;\n");
      put(".git/e.ts", "const one = 1;\n");
      expect((await list("*.ts")).text).toBe("src/a.ts\nsrc/deep/b.ts");
      expect((await list("src/*.ts")).text).toBe("src/a.ts");
      expect((await list("**/*.{json,md}")).text).toBe("src/deep/c.json");
      expect((await list("*", "src/deep")).text).toBe("src/deep/b.ts\nsrc/deep/c.json");
      expect((await list("*.rs")).text).toBe("[no file matches]");
      expect((await search(String.raw`const \w+`)).text).toBe(
        "src/a.ts:1: const one = 1;\nsrc/deep/b.ts:1: const Two = 2;",
      );
      expect((await search("TWO", { ignoreCase: true, glob: "*.ts" })).text).toBe(
        "src/deep/b.ts:1: const Two = 2;",
      );
      expect((await search("one", { path: "src/a.ts" })).text).toBe("src/a.ts:1: const one = 1;");
      expect((await search("nothing like it")).text).toBe("[no match]");
      expect(await search("(")).toMatchObject({
        ok: false,
        text: expect.stringContaining("not a regular expression"),
      });
    });

    it("bound what they find", async () => {
      for (let n = 0; n < 600; n += 1) put(`many/${n}.txt`, "a\n".repeat(10));
      expect((await list("*.txt")).text).toContain("[more than 500 files: narrow the pattern]");
      expect((await search("a")).text).toContain("[more than 200 matches: narrow the pattern]");
    });

    it("run a command and give back what it printed and how it ended", async () => {
      expect(await run("pwd; echo err > /dev/stderr; false | cat")).toEqual({
        ok: true,
        text: `${place.tree}\nerr\n[exit 1]`,
      });
      expect((await run('echo "$HOME"; cat; exit 7')).text).toBe(`${place.home}\n[exit 7]`);
      await waitUntil("the log has it too", () => lines.includes("err"));
      expect((await run("kill -9 $$")).text).toMatch(/\[exit 137\]$/);
    });

    it("bound what a command prints: the start and the end are there", async () => {
      const { text } = await run(
        "echo START; head -c 300000 /dev/zero | tr '\\0' x | fold -w 50; echo; echo THE END",
      );
      expect(text.length).toBeLessThan(34_000);
      expect(text.startsWith("START\nxxx")).toBe(true);
      expect(text).toMatch(/\n\[… \d+ bytes left out …\]\n/);
      expect(text.endsWith("\nTHE END\n[exit 0]")).toBe(true);
    });

    it("end a command after its time, with all in its group", async () => {
      const { text } = await run(`trap '' TERM; echo begun; ${nap} & ${nap} & wait; ${nap}`, 300);
      expect(text).toBe("begun\n[ended after 0.3 s: it ran too long]");
      await waitUntil("none is left", () => findProcesses(nap).length === 0);
    });

    it("do not wait for what a command leaves in the background, and end it", async () => {
      const { text } = await run(`${nap} & echo started`);
      expect(text).toBe("started\n[exit 0]");
      await waitUntil("it is ended", () => findProcesses(nap).length === 0);
    });

    it("end with all they have started", async () => {
      const running = run(`( setsid ${nap} & ) ; ${nap}`);
      const ended = expect(running).rejects.toMatchObject({ name: "ToolsEndedError" });
      await waitUntil("both sleep", () => findProcesses(nap, { isExact: true }).length === 2);
      await tools.terminate("cancel");
      await ended;
      expect(findProcesses(nap)).toEqual([]);
      expect(await tools.process.result).toMatchObject({ isCanceled: true });
      await expect(read("x")).rejects.toMatchObject({ name: "ToolsEndedError" });
    });

    it("exit with the code that they are told", async () => {
      expect(await tools.finish(3)).toMatchObject({ exitCode: 3, isCanceled: false });
    });

    it("take one request while another runs, and are ended by one that is no request", async () => {
      const slow = run("while [ ! -e go ]; do sleep 0.01; done");
      await write("go", "");
      expect((await slow).text).toBe("[exit 0]");
      await expect(tools.call({ op: "nonsense" } as unknown as ToolRequest)).resolves.toMatchObject({
        ok: false,
      });
    });
  });
}
