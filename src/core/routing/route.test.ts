import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TASK_TYPES } from "../model/route.ts";
import { formatChoice, parseChoice } from "./choice.ts";
import { type ExecutorSetting, NO_ROUTING, type RoutingConfig } from "./config.ts";
import { isPresetName } from "./presets.ts";
import { route } from "./route.ts";
import type { RoutedTask, RouteExecutor, RouteInput } from "./ways.ts";

const COMMAND: RouteExecutor = {
  name: "command",
  kind: "command",
  refuse: ({ script }) => (script === null ? "it has no run block" : null),
};
const agent = (name: string): RouteExecutor => ({ name, kind: "agent", refuse: () => null });

const setting = (name: string, more: Partial<ExecutorSetting> = {}): ExecutorSetting => ({
  preset: isPresetName(name) ? name : null,
  argv: null,
  args: [],
  env: [],
  hosts: [],
  meter: null,
  model: null,
  api: null,
  ...more,
});

const named = (...names: string[]): RoutingConfig["executors"] =>
  Object.fromEntries(names.map((name) => [name, setting(name)]));

const choices = (...texts: string[]) =>
  texts.map((text) => parseChoice(text) ?? { executor: text, model: null });
const choice = (text: string) => choices(text)[0] ?? null;

const TASK: RoutedTask = {
  title: "Store sessions",
  script: null,
  type: "code-implementation",
  typeWhy: "nothing says otherwise",
  said: null,
};

function find(
  agents: readonly string[],
  config: Partial<RoutingConfig> = {},
  more: Partial<RoutedTask> & { readonly wanted?: string } = {},
) {
  const { wanted, ...task } = more;
  return route({
    task: { ...TASK, ...task },
    config: { ...NO_ROUTING, ...config },
    available: [COMMAND, ...agents.map(agent)],
    wanted: wanted === undefined ? null : choice(wanted),
  });
}

/** Who does it, and who comes next. */
const show = (found: ReturnType<typeof route>): string =>
  [found, ...found.route.fallbacks].map(formatChoice).join(" > ");

describe("route", () => {
  it("gives a run block to command, whoever else is there", () => {
    const config = { executor: choice("claude"), routes: { "code-implementation": choices("codex") } };
    const found = find(["claude", "codex"], config, { script: "true" });
    expect([show(found), found.route.reasons, found.isUnconfirmed]).toEqual([
      "command",
      ["command: it has a run block"],
      false,
    ]);
  });

  it("follows what the document says, a run block or not", () => {
    const config = { executor: choice("codex"), executors: named("claude", "codex") };
    const said = { executor: "Claude", model: "opus" };
    expect(show(find(["claude", "codex"], config, { said }))).toBe("claude:opus");
    expect(show(find(["claude", "codex"], config, { said, script: "true" }))).toBe("claude:opus");
    expect(find(["claude", "codex"], config, { said }).route.reasons).toEqual([
      "claude: the spec says so",
      "model opus: the spec says so",
      "code-implementation: nothing says otherwise",
    ]);
  });

  it("takes the model of the document to the executor that is chosen, not to those that take over", () => {
    const config = { executor: choice("claude:haiku"), fallbacks: { claude: choices("codex") } };
    const said = { executor: null, model: "opus" };
    expect(show(find(["claude", "codex"], config, { said }))).toBe("claude:opus > codex");
    expect(show(find(["codex"], config, { said }))).toBe("codex");
  });

  it("knows what is cheaper, where nobody has asked for this one and the other is here", () => {
    const config = { executor: choice("claude:opus"), cheaper: { claude: choices("claude:haiku")[0]! } };
    const cheaperOf = (more: Parameters<typeof find>[2] = {}, agents = ["claude", "codex"]) =>
      find(agents, config, more).route.cheaper;
    expect(cheaperOf()).toEqual(choice("claude:haiku"));
    expect(cheaperOf({ wanted: "claude:sonnet" })).toBeUndefined();
    expect(cheaperOf({ said: { executor: null, model: "opus" } })).toBeUndefined();
    expect(cheaperOf({ script: "true" })).toBeUndefined();
    const other = { ...config, cheaper: { claude: choices("codex")[0]! } };
    expect(find(["claude", "codex"], other).route.cheaper).toEqual(choice("codex"));
    expect(find(["claude"], other).route.cheaper).toBeUndefined();
  });
  it("follows the route of the type, then the executor of the config", () => {
    const config: Partial<RoutingConfig> = {
      executor: choice("claude"),
      routes: { testing: choices("codex:mini", "claude:opus") },
    };
    const testing = { type: "testing" as const };
    expect(show(find(["claude", "codex"], config, testing))).toBe("codex:mini > claude:opus");
    expect(show(find(["claude"], config, testing))).toBe("claude:opus");
    expect(show(find(["gemini"], config, testing))).toBe("claude");
    expect(find(["gemini"], config, testing).refusal).toBe(
      "no executor named codex is there; there is command, gemini; no executor named claude is there; there is command, gemini",
    );
    expect(show(find(["claude", "codex"], config))).toBe("claude:sonnet");
  });

  it("says why one that the config names cannot be started, where that is known", () => {
    const found = route({
      task: { title: "T", script: null, type: "code-implementation", typeWhy: null, said: null },
      config: { ...NO_ROUTING, executor: choice("mine") },
      available: [],
      missing: new Map([["mine", "/opt/agent is not there, or may not be run"]]),
      wanted: null,
    });
    expect(found.refusal).toBe("mine: /opt/agent is not there, or may not be run");
  });

  it("takes a fallback where the one that is meant is not here, and says so", () => {
    const config = { executor: choice("claude"), fallbacks: { claude: choices("codex", "gemini") } };
    const found = find(["codex", "gemini"], config);
    expect([show(found), found.route.reasons]).toEqual([
      "codex > gemini",
      [
        "codex: a fallback (the executor of the config)",
        "code-implementation: nothing says otherwise",
        "no executor named claude is there; there is codex, command, gemini",
      ],
    ]);
  });

  it("chooses by type among those that the config names, agents of one's own last", () => {
    const config = { executors: named("mine", "gemini", "claude", "codex") };
    const agents = ["mine", "gemini", "claude", "codex"];
    expect(show(find(agents, config))).toBe("codex > claude:sonnet > gemini > mine");
    expect(show(find(agents, config, { type: "architecture" }))).toBe("claude:opus > codex > gemini > mine");
    expect(show(find(agents, config, { type: "quick-fix" }))).toBe("claude:haiku > codex > gemini > mine");
    expect(show(find(["mine"], { executors: named("mine") }))).toBe("mine");
  });

  it("prefers the executor's own model to what suits the type", () => {
    const config = { executors: { fast: setting("fast", { preset: "claude", model: "haiku" }) } };
    expect(show(find(["fast"], config, { type: "architecture" }))).toBe("fast:haiku");
  });

  it("lets the operator's word for a run go before everything but a run block", () => {
    const config = { executor: choice("codex"), executors: named("claude", "codex") };
    const said = { executor: "codex", model: "mini" };
    const agents = ["claude", "codex"];
    expect(show(find(agents, config, { wanted: "claude", said }))).toBe("claude:sonnet");
    expect(show(find(agents, config, { wanted: "codex:big", said }))).toBe("codex:big");
    expect(show(find(agents, config, { wanted: "codex", said }))).toBe("codex:mini");
    expect(show(find(agents, config, { wanted: "claude", script: "true" }))).toBe("command");
  });

  it("takes the only agent that is here where nobody has said anything, and asks for a word once", () => {
    expect(find(["claude"])).toMatchObject({ executor: "claude", isUnconfirmed: true, refusal: null });
    expect(find(["claude"], { executor: choice("claude") }).isUnconfirmed).toBe(false);
    expect(find(["claude"], {}, { wanted: "claude" }).isUnconfirmed).toBe(false);
  });

  it("does not take a document's word for leave to run an agent", () => {
    const said = { executor: "claude", model: null };
    expect(find(["claude", "codex"], {}, { said }).isUnconfirmed).toBe(true);
    const refused = find(["claude", "codex"], { executors: named("codex") }, { said });
    expect([refused.executor, refused.refusal]).toEqual([
      "claude",
      "claude is none of the executors that the operator's config names: codex, command",
    ]);
  });

  it("says what to do where nobody is chosen", () => {
    expect(find([]).refusal).toBe("no run block, and no agent is here that could do it: osqr doctor");
    expect(find(["codex", "claude"]).refusal).toBe(
      "no run block, and nothing says which agent is to do it (claude, codex): osqr go --executor claude",
    );
    expect(find([], { executor: choice("claude") })).toMatchObject({ executor: "claude", model: null });
  });

  it("says why an executor that is meant cannot do it", () => {
    const picky: RouteExecutor = { ...agent("picky"), refuse: () => "it only reads" };
    const input = { task: TASK, config: { ...NO_ROUTING, executor: choice("picky") }, wanted: null };
    expect(route({ ...input, available: [COMMAND, picky] }).refusal).toBe("it only reads");
  });
});

const AGENTS = ["claude", "codex", "gemini", "mine", "other"];
const choiceArb = fc
  .tuple(fc.constantFrom("command", ...AGENTS), fc.constantFrom("", ":opus", ":m:8b"))
  .map(([name, model]) => parseChoice(`${name}${model}`) as NonNullable<ReturnType<typeof parseChoice>>);
const listArb = fc.array(choiceArb, { maxLength: 4 });

const configArb: fc.Arbitrary<RoutingConfig> = fc.record({
  executor: fc.option(choiceArb),
  executors: fc.uniqueArray(fc.constantFrom(...AGENTS)).map((names) => named(...names)),
  routes: fc.dictionary(fc.constantFrom(...TASK_TYPES), listArb),
  fallbacks: fc.dictionary(fc.constantFrom(...AGENTS), listArb),
  cheaper: fc.dictionary(fc.constantFrom(...AGENTS), choiceArb),
});

const inputArb: fc.Arbitrary<RouteInput> = fc.record({
  task: fc.record({
    title: fc.constantFrom("Store sessions", "Test it"),
    script: fc.constantFrom(null, "true"),
    type: fc.constantFrom(...TASK_TYPES),
    typeWhy: fc.constant(null),
    said: fc.option(
      fc.record({
        executor: fc.option(fc.constantFrom("command", "Claude", "codex:x", "nobody", ...AGENTS)),
        model: fc.option(fc.constantFrom("opus", "m:8b")),
      }),
    ),
  }),
  config: configArb,
  available: fc
    .uniqueArray(fc.constantFrom(...AGENTS))
    .map((names) => [COMMAND, ...names.map((name) => agent(name))]),
  wanted: fc.option(choiceArb),
});

const turn = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(record).reverse());

describe("whatever documents, config and machine say", () => {
  it("only those work who may and who are here, and only those take over who may", () => {
    fc.assert(
      fc.property(inputArb, (input) => {
        const found = route(input);
        const names = [found, ...found.route.fallbacks].map(({ executor }) => executor);
        if (found.refusal === null) {
          const listed = Object.keys(input.config.executors);
          const allowed = ["command", ...(listed.length === 0 ? AGENTS : listed)];
          expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
          expect(input.available.map(({ name }) => name)).toContain(found.executor);
        } else expect(found.route.fallbacks).toEqual([]);
        expect(found.route.reasons.length).toBeGreaterThan(0);
        expect(new Set(found.route.fallbacks.map(formatChoice)).size).toBe(found.route.fallbacks.length);
        expect(found.route.fallbacks.map(formatChoice)).not.toContain(formatChoice(found));
      }),
      { numRuns: 1000 },
    );
  });

  it("an agent that neither the config nor the operator's call names is never taken for confirmed", () => {
    fc.assert(
      fc.property(inputArb, (input) => {
        const config = { ...NO_ROUTING };
        const found = route({ ...input, config, wanted: null });
        if (found.refusal === null) expect(found.isUnconfirmed).toBe(found.executor !== "command");
      }),
      { numRuns: 500 },
    );
  });

  it("the order of keys and of what was found makes no difference", () => {
    fc.assert(
      fc.property(inputArb, (input) => {
        const { executor, executors, routes, fallbacks, cheaper } = input.config;
        const config = {
          executor,
          executors: turn(executors),
          routes: turn(routes),
          fallbacks: turn(fallbacks),
          cheaper: turn(cheaper),
        };
        const other = route({ ...input, config, available: input.available.toReversed() });
        expect(JSON.stringify(other)).toBe(JSON.stringify(route(input)));
      }),
      { numRuns: 500 },
    );
  });

  it("a run block without another word is run by command", () => {
    fc.assert(
      fc.property(inputArb, (input) => {
        const task = { ...input.task, script: "true", said: null };
        expect(route({ ...input, task })).toMatchObject({ executor: "command", model: null, refusal: null });
      }),
    );
  });
});
