import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPlace, findProcesses, runScript, type TestPlace, toRequest, waitUntil } from "./testing.ts";
import { testLevels } from "./testing-levels.ts";
import type { Mount, Sandbox } from "./types.ts";

for (const { level, isHere, title, create } of testLevels) {
  describe.skipIf(!isHere)(`any command at level ${title}`, () => {
    let place: TestPlace;
    let sandbox: Sandbox;
    /** Unique among processes, so that a test finds its own only. */
    let nap: string;
    beforeEach(() => {
      place = createPlace();
      sandbox = create(place);
      nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
    });
    afterEach(() => {
      expect(findProcesses(nap)).toEqual([]);
      place.remove();
    });

    it("gives back the exit code and the last lines", async () => {
      const result = await runScript(sandbox, place, "echo one; printf '\\e[31mtwo\\e[0m\\n' >&2; exit 3");
      expect({ ...result, durationMs: 0, memoryPeakBytes: null }).toMatchInlineSnapshot(`
        {
          "durationMs": 0,
          "exitCode": 3,
          "isCanceled": false,
          "limitHit": null,
          "memoryPeakBytes": null,
          "outputTruncated": false,
          "signal": null,
          "tail": [
            "one",
            "two",
          ],
          "timedOut": false,
        }
      `);
      expect(readFileSync(join(place.root, "output.log"), "utf8")).toBe("one\n\u001b[31mtwo\u001b[0m\n");
    });

    it("tells the memory that all its processes had", async () => {
      const node: Mount = { source: process.execPath, target: process.execPath, mode: "read" };
      const eat =
        "const b = Buffer.alloc(80e6, 1); process.stdin.resume().on('end', () => process.exit(b.length > 9 ? 0 : 1))";
      const script = `exec 3<&0; for n in 1 2; do '${process.execPath}' -e "${eat}" <&3 & done; wait`;
      const started = await sandbox.start(toRequest(place, script, { stdio: "pipes", mounts: [node] }));
      await waitUntil("both were seen", () => (started.memoryPeakBytes ?? 0) > 160e6);
      started.pipes?.stdin.end();
      const { memoryPeakBytes } = await started.result;
      expect(memoryPeakBytes).toBeGreaterThan(160e6);
      expect(memoryPeakBytes).toBeLessThan(2e9);
    });

    it("speaks a protocol over its pipes; only stderr and what is said of it go to the log", async () => {
      const script =
        'echo "ready" >&2; while read -r line; do echo "heard $line"; done; echo "bye" > /dev/stderr';
      const started = await sandbox.start(toRequest(place, script, { stdio: "pipes" }));
      if (started.pipes === null) throw new Error("it has no pipes");
      const { stdin, stdout } = started.pipes;
      let heard = "";
      stdout.setEncoding("utf8").on("data", (text: string) => {
        heard += text;
      });
      stdin.write("one\n");
      await waitUntil("an echo", () => heard === "heard one\n");
      started.log("between");
      stdin.end("two\n");
      const result = await started.result;
      await waitUntil("the rest", () => heard === "heard one\nheard two\n");
      expect(result).toMatchObject({ exitCode: 0, tail: ["ready", "between", "bye"] });
    });

    it("ends with all that it has started while its pipes are open", async () => {
      const script = `( setsid ${nap} & ); cat > /dev/null`;
      const started = await sandbox.start(toRequest(place, script, { stdio: "pipes" }));
      await waitUntil("it sleeps", () => findProcesses(nap, { isExact: true }).length === 1);
      await started.terminate("cancel");
      expect(await started.result).toMatchObject({ isCanceled: true });
    });

    it("finds nothing to read on stdin", async () => {
      const result = await runScript(sandbox, place, 'cat; read -r line || echo "end of input"');
      expect(result.tail).toEqual(["end of input"]);
    });

    it("can write to /dev/stdout and /dev/stderr by name", async () => {
      const result = await runScript(sandbox, place, "echo out > /dev/stdout; echo err > /dev/stderr");
      expect(result.tail).toEqual(["out", "err"]);
    });

    it("gets the given environment, less what could hijack a program", async () => {
      const hostile = {
        LD_PRELOAD: "/tmp/evil.so",
        NODE_OPTIONS: "--require /tmp/evil.js",
        GIT_DIR: "/tmp/evil",
        GIT_SSH_COMMAND: "evil",
        PAGER: "evil",
        BASH_ENV: "/tmp/evil.sh",
        ENV: "/tmp/evil.sh",
        "BASH_FUNC_ls%%": "() { evil; }",
      };
      const env = { PATH: "/usr/bin:/bin", HOME: place.home, GREETING: "a b\n$(id)", ...hostile };
      const result = await runScript(sandbox, place, "env -0 | sort -z | tr '\\0' '|'", { env });
      const names = [...(result.tail.join("\n").matchAll(/(?:^|\|)([A-Z_]+)=/g) ?? [])].map(
        (match) => match[1],
      );
      expect(names).toEqual(["GREETING", "HOME", "OSQR_SANDBOX", "PATH", "PWD", "SHLVL", "_"]);
      expect(result.tail.join("\n")).toContain("GREETING=a b\n$(id)|");
    });

    it("is ended after its time, also when it ignores SIGTERM", async () => {
      const script = `trap '' TERM; ${nap} & while :; do wait || true; done`;
      const result = await runScript(sandbox, place, script, { limits: { timeoutMs: 300, graceMs: 100 } });
      expect(result).toMatchObject({ timedOut: true, isCanceled: false });
      expect(result.tail.at(-1)).toBe("osqr: ended: it ran longer than 0.3 s");
    });

    it("can tidy up when it is canceled", async () => {
      const script = `trap 'echo tidy; exit 0' TERM; echo ready; while :; do ${nap} & wait $!; done`;
      const lines: string[] = [];
      const request = toRequest(place, script, { onLine: (line) => lines.push(line) });
      const started = await sandbox.start(request);
      await waitUntil("the script is ready", () => lines.includes("ready"));
      await started.terminate("cancel");
      const result = await started.result;
      expect(result).toMatchObject({ isCanceled: true, timedOut: false });
      expect(result.tail).toContain("tidy");
    });

    it("may be terminated twice and after its end", async () => {
      const started = await sandbox.start(toRequest(place, nap));
      await Promise.all([started.terminate("cancel"), started.terminate("pause")]);
      await started.terminate("shutdown");
      expect((await started.result).isCanceled).toBe(true);
    });

    it("leaves no process behind that forked, forked twice, or left the session", async () => {
      const script = [
        `${nap} &`,
        `( ${nap} & )`,
        `setsid ${nap} &`,
        `( setsid bash -c '${nap} & ${nap}' > /dev/null 2>&1 & )`,
        `nohup setsid nohup ${nap} > /dev/null 2>&1 &`,
        "disown -a",
        "while [ ! -e go ]; do sleep 0.01; done",
      ].join("\n");
      const started = await sandbox.start(toRequest(place, script));
      await waitUntil("all six sleep", () => findProcesses(nap, { isExact: true }).length === 6);
      writeFileSync(join(place.tree, "go"), "");
      expect(await started.result).toMatchObject({ exitCode: 0, tail: [] });
      expect(findProcesses(nap)).toEqual([]);
    });

    it("is ended with all its processes when they become too many", async () => {
      // A bomb of at most 256 processes, so that a broken limit cannot take the machine down with it.
      const script = `bomb() { if [ "$1" -gt 0 ]; then bomb $(($1 - 1)) & bomb $(($1 - 1)) & fi; ${nap}; }; bomb 7`;
      const result = await runScript(sandbox, place, script, { limits: { processesMax: 60 } });
      expect(result.limitHit).toBe("processes");
      expect(result.tail.at(-1)).toBe("osqr: ended: it had more than 60 processes");
    });

    it("is ended when its files grow above the limit", async () => {
      const script = "for i in $(seq 100000); do head -c 1000000 /dev/zero > file-$i; done";
      const result = await runScript(sandbox, place, script, { limits: { diskBytesMax: 30_000_000 } });
      expect(result.limitHit).toBe("disk");
      expect(result.tail.at(-1)).toBe("osqr: ended: its files are larger than 30 MB");
    });

    it("cannot write a single file above the limit", async () => {
      const script = "head -c 200000000 /dev/zero > big";
      const result = await runScript(sandbox, place, script, { limits: { diskBytesMax: 20_000_000 } });
      expect(result.limitHit).toBe("disk");
      expect(statSync(join(place.tree, "big")).size).toBeLessThan(20_002_000);
    });

    it("may print far more than is kept: the log has the start and the end", async () => {
      const lines = level === "process" ? 27_000_000 : 1_000_000;
      const script = `echo START; head -c ${lines * 10} /dev/zero | tr '\\0' x | fold -w 10; echo; echo THE END`;
      const before = process.memoryUsage().rss;
      const result = await runScript(sandbox, place, script);
      const log = readFileSync(join(place.root, "output.log"), "utf8");
      const dropped = lines * 11 + "START\nTHE END\n".length - 100_000;
      expect(result).toMatchObject({ exitCode: 0, outputTruncated: true });
      expect(result.tail).toHaveLength(40);
      expect(result.tail.at(-1)).toBe("THE END");
      expect(log.length).toBeLessThan(100_100);
      expect(log.slice(0, 17)).toBe("START\nxxxxxxxxxx\n");
      expect(log).toContain(`\n… ${dropped.toLocaleString("en-US")} bytes dropped …\n`);
      expect(log.slice(-19)).toBe("xxxxxxxxxx\nTHE END\n");
      expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
      expect(existsSync(join(place.root, "output.log.tail"))).toBe(false);
    });

    it("says what is wrong when it cannot start at all", async () => {
      const request = toRequest(place, "true", { cwd: join(place.tree, "missing") });
      await expect(sandbox.start(request)).rejects.toMatchObject({
        code: "sandbox_start_failed",
        message: expect.stringContaining("a-1: the sandbox could not start bash in"),
      });
    });

    it("fails like in a shell when the program does not exist", async () => {
      const result = await runScript(sandbox, place, "", { argv: ["no-such-program", "x"] });
      expect(result.exitCode).toBe(127);
      expect(result.tail.join("\n")).toContain("no-such-program: not found");
    });

    it("takes hostile file names and arguments as they are", async () => {
      const name = "-n $(touch pwned) '\"\n`id`";
      const result = await runScript(sandbox, place, "", { argv: ["printf", "%s|", name, "--", "*"] });
      expect(result.tail.join("\n")).toBe(`${name}|--|*|`);
      expect(existsSync(join(place.tree, "pwned"))).toBe(false);
    });
  });
}
