import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BoundedLog } from "./bounded-log.ts";
import { cleanLine, toTail } from "./clean.ts";
import { LiveLines } from "./live-lines.ts";
import { Output } from "./output.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "osqr-output-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the log", () => {
  it("has all bytes as long as they fit, however they come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        const path = join(folder, "fits.log");
        const log = new BoundedLog(path, 2_000);
        for (const chunk of chunks) log.write(Buffer.from(chunk));
        expect(log.close()).toEqual({ truncated: false, failure: null });
        expect(readFileSync(path).equals(Buffer.concat(chunks))).toBe(true);
      }),
    );
  });

  it("has exactly the first and the last half of more, and says how much is missing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 50, unit: "grapheme-ascii" }), { minLength: 40 }),
        fc.integer({ min: 2, max: 31 }),
        (chunks, half) => {
          const path = join(folder, "more.log");
          const log = new BoundedLog(path, half * 2);
          for (const chunk of chunks) log.write(Buffer.from(chunk));
          const text = chunks.join("");
          const dropped = text.length - half * 2;
          fc.pre(dropped > 0);
          expect(log.close()).toEqual({ truncated: true, failure: null });
          const note = `\n… ${dropped.toLocaleString("en-US")} bytes dropped …\n`;
          expect(readFileSync(path, "utf8")).toBe(`${text.slice(0, half)}${note}${text.slice(-half)}`);
        },
      ),
    );
    expect(readdirSync(folder).filter((name) => name.endsWith(".tail"))).toEqual([]);
  });

  it("goes on without a disk to write to, and says so", () => {
    const output = new Output({ logPath: "/dev/shm/osqr-none.log", bytesMax: 100, onLine: undefined });
    rmSync("/dev/shm/osqr-none.log");
    const log = new BoundedLog(join(folder, "gone/x.log"), 10);
    rmSync(join(folder, "gone"), { recursive: true });
    log.write(Buffer.from("0123456789 more than fits, so that the ring file is needed"));
    expect(log.close()).toEqual({ truncated: true, failure: "ENOENT" });
    output.write(Buffer.from("kept in memory"));
    expect(output.close().tail).toEqual(["kept in memory"]);
  });
});

describe("lines that tell nobody anything", () => {
  const NOISE = /^\[debug\] /;
  const lines = ["[debug] phase=a", "I write.", " [debug] kept", "", "[debug] phase=b", "é done"];

  it("are in neither the log nor the tail, however they come", () => {
    const text = Buffer.from(lines.join("\n"));
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const logPath = join(folder, "quiet.log");
        const output = new Output({ logPath, bytesMax: 10_000, onLine: undefined, noise: NOISE });
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        for (const [index, end] of places.entries())
          output.follow(text.subarray(places[index - 1] ?? 0, end));
        const { tail } = output.close();
        expect(tail).toEqual(["I write.", " [debug] kept", "", "é done"]);
        expect(readFileSync(logPath, "utf8")).toBe("I write.\n [debug] kept\n\né done");
      }),
    );
  });

  it("do not take others with them: osqr's own, one that is too long to be noise", () => {
    const logPath = join(folder, "own.log");
    const output = new Output({ logPath, bytesMax: 100_000, onLine: undefined, noise: NOISE });
    const long = `[debug] ${"x".repeat(5_000)}`;
    output.follow(Buffer.from("[debug] pha"));
    output.write(Buffer.from("→ Write a.js\n"));
    output.follow(Buffer.from(`se=a\n${long}`));
    output.follow(Buffer.from("y\n[debug] last"));
    output.note("ended: pause");
    output.close();
    expect(readFileSync(logPath, "utf8")).toBe(`→ Write a.js\n${long}y\nosqr: ended: pause\n`);
  });
});

describe("lines for people", () => {
  it("have no escape, control or bidirectional characters", () => {
    expect(
      cleanLine("\u001b[1;31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u0007\u0000\u202e!\r"),
    ).toBe("red link!");
    expect(cleanLine(" 10%\r 50%\r100%\tdone  ")).toBe("100%\tdone");
    expect(cleanLine("x".repeat(5_000))).toHaveLength(2_002);
  });

  it("are at most as many as asked for at the end, without blank ones after them", () => {
    const text = `${Array.from({ length: 100 }, (_, n) => `line ${n}`).join("\n")}\n\n\n`;
    expect(toTail(text, 3, 1_000)).toEqual(["line 97", "line 98", "line 99"]);
    expect(toTail(text, 40, 20)).toEqual(["line 98", "line 99"]);
    expect(toTail("", 40, 100)).toEqual([]);
  });

  it("come live, a last one without an end included", () => {
    const lines: string[] = [];
    const live = new LiveLines((line) => lines.push(line));
    live.write(Buffer.from("one\ntw"));
    live.write(Buffer.from("o\n\nthree ünd".slice(0, 9)));
    live.write(Buffer.from("nd"));
    live.close();
    expect(lines).toEqual(["one", "two", "", "three nd"]);
  });

  it("leave out the older ones of a flood, and say how much", () => {
    const lines: string[] = [];
    const live = new LiveLines((line) => lines.push(line));
    for (let n = 0; n < 1_000; n += 1) live.write(Buffer.from(`${"x".repeat(999)}\n`));
    live.write(Buffer.from("the end\n"));
    live.close();
    expect(lines.length).toBeLessThan(70);
    expect(lines[0]).toBe("… 935,000 bytes not shown …");
    expect(lines.at(-1)).toBe("the end");
  });
});
