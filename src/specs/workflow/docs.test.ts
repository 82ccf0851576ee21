/** `docs/workflows.md` says what the code does. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@cfworker/json-schema";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { listBuiltIns } from "../../core/workflow/built-in.ts";
import { workflowShape } from "../../core/workflow/shape.ts";
import { TEMPLATES } from "../../core/workflow/templates.ts";
import { readWorkflow } from "./read-workflow.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const DOC = readFileSync(join(ROOT, "docs", "workflows.md"), "utf8");
const EXAMPLES = [...DOC.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? "");

test("there are examples, and each is a workflow", () => {
  expect(EXAMPLES.length).toBeGreaterThan(1);
  for (const text of EXAMPLES) expect(readWorkflow(text, "docs/workflows.md")).toHaveProperty("definition");
});

test("each example is valid by the published schema", () => {
  const schema = JSON.parse(readFileSync(join(ROOT, "docs", "schemas", "workflow.v1.json"), "utf8"));
  const validator = new Validator(schema, "2020-12");
  for (const text of EXAMPLES) expect(validator.validate(parse(text)).errors).toEqual([]);
});

test("every field stands in a table", () => {
  const fields = [
    ...Object.keys(workflowShape.shape),
    ...Object.keys(workflowShape.shape.steps.element.shape),
  ];
  const missing = fields.filter((field) => !new RegExp(`^\\| .*\`${field}\`.* \\|`, "m").test(DOC));
  expect(missing).toEqual([]);
});

test("every built-in workflow stands in a table, with its steps", () => {
  const strategies = listBuiltIns().filter(({ name }) => !name.includes("."));
  for (const { name } of strategies) expect(DOC).toContain(`| \`${name}\` |`);
  for (const { type, before, after } of TEMPLATES) {
    const keysOf = (steps: readonly { key: string }[]) => steps.map(({ key }) => key).join(", ");
    expect(DOC).toContain(`| \`${type}\` | ${keysOf(before)} | ${keysOf(after)} |`);
  }
});

test("every problem stands in the list of problems", () => {
  const folders = [join(ROOT, "src", "core", "workflow"), import.meta.dirname];
  const sources = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".ts") && !name.includes(".test."))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
  const codes = new Set(
    sources.flatMap((text) => [...text.matchAll(/code: "([a-z-]+)"/g)].map(([, code]) => code)),
  );
  expect(codes.size).toBeGreaterThan(20);
  expect([...codes].filter((code) => !DOC.includes(`\`${code}\``))).toEqual([]);
});
