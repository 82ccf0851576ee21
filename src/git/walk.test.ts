import { lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, writeBelow } from "../../test/support/git-repo.ts";
import { parseIndex } from "./index-file.ts";
import { createNotes } from "./notes.ts";
import { findChanges } from "./walk.ts";

const ignore = { add: async () => undefined, match: async () => new Set<string>() };

test("a file as young as the index is read again, an older one is trusted", async () => {
  const tree = join(makeFolder(), "tree");
  mkdirSync(tree);
  writeBelow(tree, "a", "same size");
  const { mtimeMs, ctimeMs, ino, size } = lstatSync(join(tree, "a"));
  const entry = { mode: 0o100644, oid: "0".repeat(40), mtimeMs, ctimeMs, size, inode: ino % 2 ** 32 };
  const filesAt = async (writtenAtMs: number) => {
    const index = { entries: new Map([["a", entry]]), writtenAtMs };
    return (await findChanges({ tree, index, ignore, notes: createNotes() })).files;
  };
  expect(await filesAt(mtimeMs)).toEqual(["a"]);
  expect(await filesAt(mtimeMs + 1)).toEqual([]);
});

test("what is no index of a known version is refused", () => {
  const header = (version: number) => Buffer.from([0x44, 0x49, 0x52, 0x43, 0, 0, 0, version, 0, 0, 0, 0]);
  expect(parseIndex(header(2), 20).size).toBe(0);
  expect(() => parseIndex(header(4), 20)).toThrow("found version 4");
  expect(() => parseIndex(Buffer.from("DIRC"), 20)).toThrow("found version 0");
});
