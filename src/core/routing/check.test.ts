import { expect, test } from "vitest";
import { checkRouting } from "./check.ts";
import { settleExecutors } from "./settle-executors.ts";

const choice = (executor: string, model: string | null = null) => ({ executor, model });

test.each([
  ["its own name", { claude: choice("claude") }, "expected another model or executor, found claude itself"],
  [
    "command",
    { claude: choice("command") },
    "expected an executor with a model, found command, which has none",
  ],
  ["nobody's name", { claude: choice("cloude") }, 'expected the name of an executor, found "cloude"'],
  ["of nobody", { cloude: choice("claude") }, 'expected the name of an executor, found "cloude"'],
])("a cheaper route that is none: %s", (_, cheaper, message) => {
  expect(checkRouting({ cheaper }).map((each) => each.message)).toEqual([message]);
});

test("a cheaper route is another model, or another executor", () => {
  expect(checkRouting({ cheaper: { claude: choice("claude", "haiku"), codex: choice("claude") } })).toEqual(
    [],
  );
});

test("only agents with a preset are told to be metered", () => {
  const problems = (written: Parameters<typeof settleExecutors>[0]) =>
    settleExecutors(written).problems.map(({ path, message }) => `${path.join(".")}: ${message}`);
  expect(problems({ claude: { meter: true }, mine: { preset: "codex", meter: false } })).toEqual([]);
  expect(problems({ mine: { argv: ["x"], meter: true } })[0]).toMatch(
    /^mine\.meter: expected a preset beside meter/,
  );
  const api = { baseUrl: "http://127.0.0.1:1" };
  expect(problems({ small: { api, model: "m", meter: true } })[0]).toMatch(
    /^small\.meter: expected no meter beside api/,
  );
});
