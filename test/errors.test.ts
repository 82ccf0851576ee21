import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ERROR_CLASSES } from "../scripts/error-guide/classes.ts";
import { collectCodes, ERROR_GUIDE, listSources, renderErrors } from "../scripts/errors.ts";

const root = join(import.meta.dirname, "..");
const source = join(root, "src");
const documented = new Set(ERROR_GUIDE.map(({ code }) => code.replace(/<.*>$/, "")));

test("every code that the source gives is in the guide; else add it to scripts/error-guide/", () => {
  const missing = [...collectCodes(source)].filter(([code]) => !documented.has(code));
  expect(missing).toEqual([]);
});

test("every code of the guide is in the source; else take it out of scripts/error-guide/", () => {
  const all = listSources(source)
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const gone = [...documented].filter((code) => !all.includes(`"${code}"`) && !all.includes(`\`${code}\${`));
  expect(gone).toEqual([]);
});

test("each code stands there once, with a way out", () => {
  expect(documented.size).toBe(ERROR_GUIDE.length);
  expect(ERROR_GUIDE.filter(({ when, recovery }) => when === "" || recovery === "")).toEqual([]);
  const used = new Set<string>(ERROR_GUIDE.map((entry) => entry.class));
  expect(ERROR_CLASSES.filter(({ key }) => !used.has(key))).toEqual([]);
});

test("docs/errors.md is what the guide says; else run: node scripts/write-reference.ts", () => {
  expect(renderErrors() === readFileSync(join(root, "docs", "errors.md"), "utf8")).toBe(true);
});
