import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@cfworker/json-schema";
import { expect, test } from "vitest";
import { writeBuiltIns } from "./built-in.ts";
import { renderWorkflowSchema } from "./json-schema.ts";

const FILE = join(import.meta.dirname, "..", "..", "..", "docs", "schemas", "workflow.v1.json");
const validator = new Validator(JSON.parse(readFileSync(FILE, "utf8")), "2020-12");

const isValid = (content: unknown): boolean => validator.validate(content).valid;

test("docs/schemas/workflow.v1.json is what the code says; else run: node scripts/write-reference.ts", () => {
  expect(renderWorkflowSchema() === readFileSync(FILE, "utf8")).toBe(true);
});

test("every built-in workflow is valid", () => {
  for (const content of writeBuiltIns()) expect(validator.validate(content).errors).toEqual([]);
});

const STEPS = [{ key: "tasks" }];

test.each([
  { name: "team", version: 1 },
  { name: "Team", version: 1, steps: STEPS },
  { name: "team", version: 0, steps: STEPS },
  { name: "team", version: 2, steps: STEPS },
  { name: "team", version: 1, steps: [] },
  { name: "team", version: 1, steps: [{ key: "tasks", dependsOn: [] }] },
  { name: "team", version: 1, steps: [{ key: "tasks", retries: 11 }] },
  { name: "team", version: 1, steps: [{ key: "tasks", timeout: "soon" }] },
  { name: "team", version: 1, steps: [{ key: "tasks", exit: [{ command: "a", gate: "b" }] }] },
  { name: "team", version: 1, steps: [{ key: "tasks", exit: [{ artifact: "../a" }] }] },
])("refuses %j", (content) => {
  expect(isValid(content)).toBe(false);
});

test("a later version is valid with its change", () => {
  const change = { author: "dana", reason: "faster", impact: "none" };
  expect(isValid({ name: "team", version: 2, change, steps: STEPS })).toBe(true);
});
