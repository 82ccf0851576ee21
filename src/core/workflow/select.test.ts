import { expect, test } from "vitest";
import { workflow } from "./fixture.ts";
import { findInForce } from "./select.ts";

const change = { author: "dana", reason: "faster", impact: "none" };
const version = (number: number, effective?: string) =>
  workflow([{ key: "tasks" }], { version: number, change, effective });

const at = (date: string): number => Date.parse(date);

const numberAt = (date: string, ...versions: ReturnType<typeof version>[]) => {
  const found = findInForce(versions, "team", at(date));
  return "steps" in found ? found.version : found.code;
};

test("the highest version counts whose date has come", () => {
  const versions = [version(2, "2026-03-01"), version(1), version(3, "2026-06-01")];
  expect(numberAt("2026-02-28T23:59:59Z", ...versions)).toBe(1);
  expect(numberAt("2026-03-01T00:00:00Z", ...versions)).toBe(2);
  expect(numberAt("2026-06-01T00:00:00Z", ...versions)).toBe(3);
});

test("a date counts from midnight UTC on", () => {
  expect(numberAt("2026-03-01T00:30:00+01:00", version(1), version(2, "2026-03-01"))).toBe(1);
});

test("a higher version counts although a lower one has a later date", () => {
  expect(numberAt("2026-12-31", version(1, "2026-08-01"), version(2, "2026-03-01"))).toBe(2);
});

test("where no version counts yet, the earliest date is named", () => {
  const versions = [version(1, "2026-05-01"), version(2, "2026-04-01")];
  expect(findInForce(versions, "team", at("2026-03-01"))).toMatchInlineSnapshot(`
    {
      "code": "workflow-not-effective",
      "expected": "a version with a date up to 2026-03-01, or none",
      "found": "version 2 from 2026-04-01, version 1 from 2026-05-01",
      "hint": "wait until 2026-04-01, set an earlier "effective", or name the version: team@2",
      "location": {
        "line": 1,
        "path": ".osqr/workflows/team.yaml",
      },
      "message": "no version of the workflow "team" counts on 2026-03-01: version 2 is the earliest, from 2026-04-01 on (UTC)",
      "severity": "error",
    }
  `);
});

test("where no workflow has the name, the nearest one is named", () => {
  expect(findInForce([version(1)], "taem", 0)).toMatchObject({
    code: "unknown-workflow",
    message: 'no workflow is called "taem"',
    hint: "did you mean team?",
  });
  expect(findInForce([], "team", 0)).toMatchObject({
    code: "unknown-workflow",
    hint: "list them: osqr workflow list",
  });
});
