import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TASK_TYPES } from "../model/route.ts";
import type { RoutingLayer } from "./check.ts";
import { parseChoice } from "./choice.ts";
import { mayRun, NO_ROUTING } from "./config.ts";
import { mergeRouting } from "./merge.ts";
import { settleExecutors } from "./settle-executors.ts";

const choices = (...texts: string[]) =>
  texts.map((text) => parseChoice(text) ?? { executor: text, model: null });
const choice = (text: string) => choices(text)[0] ?? null;
const named = (...names: string[]) =>
  settleExecutors(Object.fromEntries(names.map((name) => [name, { argv: ["x"] }]))).executors;

function merge(operator: RoutingLayer, project: RoutingLayer) {
  const refused: string[] = [];
  const config = mergeRouting(operator, project, (key, reason) => refused.push(`${key}: ${reason}`));
  return { config, refused };
}

describe("mergeRouting", () => {
  it("says nothing where nobody does", () => {
    expect(merge({}, {})).toEqual({ config: NO_ROUTING, refused: [] });
  });

  it("lets a project choose among the executors that the operator names", () => {
    const operator: RoutingLayer = {
      executor: choice("claude"),
      executors: named("codex", "claude"),
      routes: { testing: choices("claude"), research: choices("claude") },
    };
    const project: RoutingLayer = {
      executor: choice("codex:mini"),
      routes: {
        testing: choices("codex", "gemini"),
        research: choices("gemini"),
        refactoring: choices("command"),
      },
    };
    const { config, refused } = merge(operator, project);
    expect(config).toMatchObject({
      executor: choice("codex:mini"),
      routes: { testing: choices("codex"), research: choices("claude"), refactoring: choices("command") },
    });
    expect(Object.keys(config.executors)).toEqual(["claude", "codex"]);
    expect(refused).toEqual([
      "routes.testing: the operator's config has no executor gemini: claude, codex",
      "routes.research: the operator's config has no executor gemini: claude, codex",
    ]);
  });

  it("lets a project bring in nobody", () => {
    const project: RoutingLayer = {
      executor: choice("evil"),
      executors: named("evil"),
      routes: { testing: choices("claude") },
      fallbacks: { claude: choices("evil") },
    };
    const { config, refused } = merge({ executor: choice("claude") }, project);
    expect(config).toEqual({ ...NO_ROUTING, executor: choice("claude") });
    expect(refused).toEqual([
      "executors: only the operator's config says who may run",
      "fallbacks: only the operator's config says who may run",
      "executor: the operator's config names no executors to choose from",
      "routes.testing: the operator's config names no executors to choose from",
    ]);
  });

  it("names nobody that the operator has not named, whatever a project says", () => {
    const names = ["claude", "codex", "evil", "command"];
    const choiceArb = fc.constantFrom(...names).map((name) => ({ executor: name, model: null }));
    const layerArb: fc.Arbitrary<RoutingLayer> = fc.record({
      executor: fc.option(choiceArb),
      executors: fc.option(
        fc.uniqueArray(fc.constantFrom("claude", "codex", "evil")).map((list) => named(...list)),
      ),
      routes: fc.option(fc.dictionary(fc.constantFrom(...TASK_TYPES), fc.array(choiceArb, { maxLength: 3 }))),
      fallbacks: fc.option(fc.dictionary(fc.constantFrom(...names), fc.array(choiceArb, { maxLength: 3 }))),
    });
    fc.assert(
      fc.property(layerArb, layerArb, (operator, project) => {
        const alone = merge(operator, {}).config;
        const { config } = merge(operator, project);
        expect([config.executors, config.fallbacks]).toEqual([alone.executors, alone.fallbacks]);
        const own = [alone.executor, ...Object.values(alone.routes).flat()].map((each) => each?.executor);
        for (const each of [config.executor, ...Object.values(config.routes).flat()]) {
          if (each === null || own.includes(each.executor)) continue;
          expect(Object.keys(alone.executors).length > 0 || each.executor === "command").toBe(true);
          expect(mayRun(alone, each.executor)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
