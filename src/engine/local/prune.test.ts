import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { homePaths } from "../../store/home.ts";
import { pruneCaches } from "./prune.ts";

test("keeps the results of the 200 newest trees of a project", async () => {
  const root = mkdtempSync(join(tmpdir(), "osqr-prune-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const home = homePaths(root);
  const folder = join(home.gates, "p-1");
  for (let index = 0; index < 203; index += 1) {
    const tree = join(folder, `tree-${index}`);
    mkdirSync(tree, { recursive: true });
    utimesSync(tree, index, index);
  }
  await pruneCaches(home);
  const left = readdirSync(folder);
  expect(left).toHaveLength(200);
  expect(left).not.toContain("tree-0");
  expect(left).not.toContain("tree-2");
  expect(left).toContain("tree-3");
});

test("a home without caches is left as it is", async () => {
  const root = mkdtempSync(join(tmpdir(), "osqr-prune-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  await pruneCaches(homePaths(root));
  expect(readdirSync(root)).toEqual([]);
});
