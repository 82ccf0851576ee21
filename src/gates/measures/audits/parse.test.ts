import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findAudit } from "./find.ts";
import { parseAudit } from "./parse.ts";

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, "..", "..", "fixtures", `audit-${name}.txt`), "utf8");

describe("each audit names the package and its hole", () => {
  test.each([
    ["npm", ["lodash GHSA-35jh-r3h4-6jhm high"]],
    ["pnpm", ["lodash GHSA-35jh-r3h4-6jhm high"]],
    ["yarn1", ["lodash GHSA-35jh-r3h4-6jhm high"]],
    ["yarn4", ["lodash GHSA-35jh-r3h4-6jhm high"]],
    ["pip", ["jinja2 PYSEC-2021-66"]],
    ["cargo", ["time RUSTSEC-2020-0071"]],
    // The module alone is not reached by the code.
    ["go", ["golang.org/x/text GO-2021-0113"]],
  ])("%s", (name, found) => {
    expect(parseAudit(read(name), "high")).toEqual(found);
  });

  test("bun", () => {
    const advisory = { id: 1, url: "https://github.com/advisories/GHSA-35jh-r3h4-6jhm", severity: "high" };
    expect(parseAudit(JSON.stringify({ lodash: [advisory] }), "high")).toEqual([
      "lodash GHSA-35jh-r3h4-6jhm high",
    ]);
    expect(parseAudit("{}", "high")).toEqual([]);
  });
});

test("less severe ones are left out below the level", () => {
  expect(parseAudit(read("npm"), "moderate")).toHaveLength(2);
  expect(parseAudit(read("npm"), "critical")).toEqual([]);
});

test("lines of the tool around its report do not matter", () => {
  const report = `npm warn config something\n${read("npm")}npm error a log\n`;
  expect(parseAudit(report, "high")).toEqual(["lodash GHSA-35jh-r3h4-6jhm high"]);
});

test("a registry that refuses, an error and half a report are no report: never a clean one", () => {
  for (const text of [
    read("npm-refused"),
    "",
    "Error: x",
    '{"error":{"code":"ENOLOCK"}}',
    read("npm").slice(0, 900),
  ])
    expect(parseAudit(text, "low")).toBeNull();
});

test("whatever is printed, names are short and on one line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      for (const name of parseAudit(text, "low") ?? []) expect(name).toMatch(/^[^\n]{1,500}$/);
    }),
  );
});

test("the lockfile tells the audit", () => {
  const find = (...paths: string[]) => findAudit(new Map(paths.map((path) => [path, ""])))?.command ?? null;
  expect(find("package.json", "package-lock.json")).toBe("npm audit --json");
  expect(find("package.json", "pnpm-lock.yaml")).toBe("pnpm audit --json");
  expect(find("yarn.lock", ".yarnrc.yml")).toBe("yarn npm audit --all --recursive --json");
  expect(find("yarn.lock")).toBe("yarn audit --json");
  expect(find("Cargo.toml", "Cargo.lock")).toBe("cargo audit --json");
  expect(find("go.mod")).toBe("govulncheck -format json ./...");
  expect(find("README.md")).toBeNull();
});
