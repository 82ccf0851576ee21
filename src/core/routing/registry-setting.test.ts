import { expect, test } from "vitest";
import { mergeConfig } from "../config.ts";
import { parseConfig } from "../config-shape.ts";

const MACHINE = { maxParallel: 4 };
const read = (content: unknown) => {
  const result = parseConfig(content, "operator");
  return "problems" in result ? result.problems.map(({ path, message }) => [path.join("."), message]) : null;
};
const layerOf = (content: unknown) => {
  const result = parseConfig(content, "operator");
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.layer;
};

test("the operator names agents of the registry, and where it lies", () => {
  const operator = layerOf({
    executors: { goose: { registry: "goose" } },
    registry: "~/agents/registry.json",
  });
  const { config } = mergeConfig(operator, {}, MACHINE);
  expect(config.routing).toMatchObject({
    registry: "~/agents/registry.json",
    executors: { goose: { registry: "goose", preset: null, argv: null, api: null } },
  });
});

test("a project names neither", () => {
  const project = layerOf({ executors: { goose: { registry: "goose" } }, registry: "/tmp/registry.json" });
  const { config, refused } = mergeConfig({}, project, MACHINE);
  expect(config.routing.executors).toEqual({});
  expect(config.routing.registry).toBeUndefined();
  expect(refused.map(({ key }) => key)).toEqual(["registry", "executors"].sort());
});

test("an agent of the registry is nothing else beside", () => {
  const api = { baseUrl: "http://127.0.0.1:1/v1" };
  expect(read({ executors: { a: { registry: "goose", argv: ["/bin/x"] } } })).toEqual([
    ["executors.a", "expected registry or argv, found both"],
  ]);
  expect(read({ executors: { a: { registry: "goose", preset: "claude" } } })).toEqual([
    ["executors.a", "expected registry or preset, found both"],
  ]);
  expect(read({ executors: { a: { registry: "goose", api, model: "m" } } })).toEqual([
    ["executors.a", "expected registry or api, found both"],
  ]);
  expect(read({ executors: { claude: { registry: "goose" } } })).toEqual([
    [
      "executors.claude",
      `expected another name for an agent of the registry, found "claude", which is a preset's`,
    ],
  ]);
  expect(read({ executors: { a: { registry: "../goose" } } })).toEqual([
    ["executors.a.registry", 'expected the id of an agent in the registry, found "../goose"'],
  ]);
});
