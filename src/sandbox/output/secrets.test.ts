import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createPlace, createTestSandbox, runScript } from "../testing.ts";
import { Output } from "./output.ts";

const SECRET = "p@ss/wörd+of-the-provider=42";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "osqr-secrets-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("stores and shows no secret, however its output is cut, coloured or encoded", () => {
  const around = fc.string({ unit: fc.constantFrom(..."p@ss ö\n\r\u001b[31m\u0007x"), maxLength: 20 });
  const size = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(around, around, size, fc.nat(SECRET.length), (before, after, sizes, at) => {
      const logPath = join(folder, "log");
      const lines: string[] = [];
      const output = new Output({
        logPath,
        bytesMax: 10_000,
        onLine: (line) => lines.push(line),
        secrets: [SECRET],
      });
      const parted = `${SECRET.slice(0, at)}\u001b[1m${SECRET.slice(at)}`;
      const hidden = `${SECRET.slice(0, at)}\u0007${SECRET.slice(at)}`;
      const encoded = Buffer.from(`user:${SECRET}`).toString("base64");
      const bytes = Buffer.from([before, SECRET, after, parted, before, hidden, after, encoded].join("|"));
      for (let from = 0, n = 0; from < bytes.length; n += 1) {
        const length = sizes[n % sizes.length] ?? 1;
        output.write(bytes.subarray(from, from + length));
        from += length;
      }
      const { tail } = output.close();
      const stored = readFileSync(logPath, "utf8");
      for (const text of [stored, stored.replace(/\u001b\[1m/g, ""), ...lines, ...tail]) {
        expect(text).not.toContain(SECRET);
        expect(text).not.toContain(encoded.slice(8, -2));
      }
    }),
    { numRuns: 300 },
  );
});

it("is as it was where nothing is to be masked", () => {
  const logPath = join(folder, "plain");
  const bytes = Buffer.from([0, 255, 254, 10, 195, 40]);
  for (const secrets of [undefined, [], [SECRET]]) {
    const output = new Output({ logPath, bytesMax: 100, onLine: undefined, secrets });
    for (const byte of bytes) output.write(Buffer.from([byte]));
    output.close();
    expect(readFileSync(logPath).equals(bytes)).toBe(true);
  }
});

it("masks what a process prints", async () => {
  const place = createPlace();
  const lines: string[] = [];
  const result = await runScript(
    createTestSandbox("process", place),
    place,
    'printf %s "$FIRST"; printf "%s\\n" "$LAST"; printf %s "$KEY" | base64 -w 20; echo sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaa',
    {
      env: { PATH: "/usr/bin:/bin", KEY: SECRET, FIRST: SECRET.slice(0, 9), LAST: SECRET.slice(9) },
      secrets: [SECRET],
      onLine: (line) => lines.push(line),
    },
  );
  const stored = readFileSync(join(place.root, "output.log"), "utf8");
  expect(result.tail[0]).toBe("[masked]");
  expect(result.tail.at(-1)).toBe("[masked]");
  expect(lines).toEqual(result.tail);
  expect(stored).not.toContain(Buffer.from(SECRET).toString("base64").slice(0, 20));
  place.remove();
});
