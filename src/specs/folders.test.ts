import { expect, test } from "vitest";
import { isCandidate, specFolders } from "./folders.ts";

test("the default folders come first, then the configured ones, cleaned", () => {
  expect(specFolders()).toEqual(["docs", "specs", "plans"]);
  expect(specFolders(["./planning/", "docs", "PLAN.md", "/packages/*/docs/**", "."])).toEqual([
    "docs",
    "specs",
    "plans",
    "planning",
    "PLAN.md",
    "packages/*/docs/**",
    ".",
  ]);
});

test("Markdown in the folders is a candidate, other files and hidden folders are not", () => {
  const folders = specFolders(["planning", "PLAN.md", "packages/*/docs/**"]);
  const accepted = [
    "docs/a.md",
    "docs/x/y.markdown",
    "Docs/A.MD",
    "plans/-x.md",
    "planning/a.md",
    "PLAN.md",
    "packages/p/docs/q/a.md",
  ];
  const refused = [
    "README.md",
    "docs.md",
    "docs/a.txt",
    "src/docs/a.md",
    "docs/.hidden/a.md",
    "docs/node_modules/a.md",
    "Planning/a.md",
  ];
  expect(accepted.filter((path) => !isCandidate(path, folders))).toEqual([]);
  expect(refused.filter((path) => isCandidate(path, folders))).toEqual([]);
});

test("`.` means the whole repository, and a hidden folder may be configured", () => {
  expect(
    ["README.md", "src/a.md", ".github/a.md", "node_modules/a/b.md"].filter((path) =>
      isCandidate(path, specFolders(["."])),
    ),
  ).toEqual(["README.md", "src/a.md"]);
  expect(isCandidate(".plans/a.md", specFolders([".plans"]))).toBe(true);
});
