import fc from "fast-check";
import { expect, test } from "vitest";
import { joinLines, scanLines, splitLines } from "./lines.ts";

const kinds = (text: string): string =>
  scanLines(text)
    .lines.map((line) => line.kind)
    .join(" ");

test("splits at every line end and joins to the same text", () => {
  expect(splitLines("a\r\nb\nc\rd")).toEqual([
    { text: "a", end: "\r\n" },
    { text: "b", end: "\n" },
    { text: "c", end: "\r" },
    { text: "d", end: "" },
  ]);
  const text = fc.string({
    unit: fc.constantFrom("a", " ", "\r", "\n", "\r\n", "\uFEFF", "`"),
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, (any) => joinLines(splitLines(any)) === any),
    { seed: 1, numRuns: 300 },
  );
});

test("a fence ends only at marks of its kind, at least as long, not deeper", () => {
  expect(kinds("```sh\n~~~\n``\n````\ntext")).toBe("fence fence fence fence text");
  expect(kinds("````md\n```sh run\n```\n````\ntext")).toBe("fence fence fence fence text");
  expect(kinds("```sh\n      ```\n```")).toBe("fence fence fence");
  expect(kinds("``` a `b` c\ntext")).toBe("text text");
  expect(scanLines("- ```sh run\n  x\n  ```").fences).toEqual([
    { open: 1, close: 3, indent: 2, length: 3, info: "sh run" },
  ]);
});

test("a fence that is never closed goes on to the end", () => {
  expect(scanLines("a\n```sh\nb\n").fences).toEqual([
    { open: 2, close: null, indent: 0, length: 3, info: "sh" },
  ]);
});

test("comments hide their lines; one without an end hides only its own", () => {
  expect(kinds("<!-- a\n- [ ] b\n--> c\nd")).toBe("comment comment comment text");
  expect(kinds("a <!-- b\n- [ ] c -->\nd")).toBe("text comment text");
  expect(kinds("`<!--` is a mark\nb -->\nc")).toBe("text text text");
  const { lines, unclosedComments } = scanLines("<!-- a\nb\nc");
  expect([lines.map((line) => line.kind), unclosedComments]).toEqual([["comment", "text", "text"], [1]]);
});

test("indented text is code only where no list stands above it", () => {
  expect(kinds("a\n\n    - [ ] b\n")).toBe("text blank code");
  expect(kinds("- a\n\n    - [ ] b\n")).toBe("text blank text");
  expect(kinds("a\n    - [ ] b\n")).toBe("text text");
  expect(kinds("> - [ ] b\n")).toBe("quote");
});

test("frontmatter is a block at the top that begins like a mapping", () => {
  expect(scanLines("---\na: 1\n---\nb").frontmatter).toEqual({ language: "yaml", open: 1, close: 3 });
  expect(scanLines("\uFEFF---\n# note\nstatus: x\n...\n").frontmatter).toEqual({
    language: "yaml",
    open: 1,
    close: 4,
  });
  expect(scanLines("---js\nx\n---\n").frontmatter).toEqual({ language: "js", open: 1, close: 3 });
  expect(scanLines("+++\nx = 1\n+++\n").frontmatter).toEqual({ language: "toml", open: 1, close: 3 });
  for (const text of [
    "---\n\nSome words\n\n---\n",
    "---\na: 1\n",
    "---\nNote: x\n\n## Tasks\n- [ ] b\n---\n",
    "a\n---\nb: 1\n---\n",
  ]) {
    expect(scanLines(text).frontmatter).toBeNull();
  }
});

test("columns count tabs to the next multiple of four", () => {
  expect(scanLines("\ta\n  \tb\n   c").lines.map((line) => line.indent)).toEqual([4, 4, 3]);
});
