import { Readable } from "node:stream";
import { assert, asyncProperty, array as listOf, nat, string } from "fast-check";
import { expect, it } from "vitest";
import { type Line, readLines } from "./lines.ts";

const BYTES_MAX = 300;

async function read(bytes: Buffer, cuts: readonly number[] = []): Promise<Line[]> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
  const lines: Line[] = [];
  for await (const line of readLines(Readable.from(chunks), BYTES_MAX)) lines.push(line);
  return lines;
}

it("lines are the same wherever the stream is cut, also within a character", async () => {
  const text = string({ unit: "binary", maxLength: 60 }).map((line) => line.replaceAll(/[\n\r]/g, " "));
  await assert(
    asyncProperty(listOf(text, { maxLength: 8 }), listOf(nat(), { maxLength: 12 }), async (lines, cuts) => {
      const bytes = Buffer.from(`${lines.map((line) => `${line}\n`).join("")}half a line`);
      const found = await read(bytes, cuts);
      const kept = lines.map((line) => Buffer.from(line).toString("utf8"));
      expect(found).toEqual(kept.map((line) => ({ kind: "line", text: line })));
    }),
  );
});

it("of a line that is too long both ends are kept, and what follows is read", async () => {
  const long = `${"a".repeat(150)}${"b".repeat(5_000)}${"c".repeat(150)}`;
  const bytes = Buffer.from(`first\r\n${long}\n${"d".repeat(BYTES_MAX)}\nlast\n`);
  for (const cuts of [
    [],
    [10, 200, 400, 401, 5_200],
    Array.from({ length: 500 }, (_, index) => index * 11),
  ]) {
    expect(await read(bytes, cuts)).toEqual([
      { kind: "line", text: "first" },
      { kind: "long", ends: [long.slice(0, 200), long.slice(-200)] },
      { kind: "line", text: "d".repeat(BYTES_MAX) },
      { kind: "line", text: "last" },
    ]);
  }
});
