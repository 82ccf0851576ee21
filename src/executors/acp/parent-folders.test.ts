import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPlace, type TestPlace } from "../../sandbox/testing.ts";
import { makeParentFolders } from "./parent-folders.ts";

describe.skipIf(process.platform !== "linux")("the folders of a file that an agent may make", () => {
  let place: TestPlace;
  const make = (path: string) => makeParentFolders(place.tree, path);
  beforeEach(() => {
    place = createPlace();
  });
  afterEach(() => place.remove());

  it("are made where they are missing, the file is not", () => {
    mkdirSync(join(place.tree, "old"));
    make("old/new/deep/note.txt");
    expect(readdirSync(join(place.tree, "old/new/deep"))).toEqual([]);
    make("old/new/deep/note.txt");
    make("note.txt");
    expect(readdirSync(place.tree)).toEqual(["old"]);
  });

  it("are not made behind a link, nor outside of the tree", () => {
    const outside = join(place.root, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(place.tree, "link"));
    for (const path of [
      "link/new/note.txt",
      "../new/note.txt",
      "a/../../new/note.txt",
      `${outside}/new/note.txt`,
    ])
      make(path);
    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync(join(place.tree, "../new"))).toBe(false);
  });

  it("are left alone where something else is in the way", () => {
    writeFileSync(join(place.tree, "file"), "");
    make("file/new/note.txt");
    expect(readdirSync(place.tree)).toEqual(["file"]);
  });
});
