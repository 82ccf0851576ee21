import { describe, expect, it } from "vitest";
import { toCanonicalJson } from "../canonical.ts";
import { toTaskId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import { formatChoice, parseChoice } from "../routing/choice.ts";
import { NO_ROUTING, type RoutingConfig } from "../routing/config.ts";
import { planAdd } from "./add.ts";
import { buildPlan } from "./build-plan.ts";
import { apply, openState, PROJECT, spec, start, toInput } from "./fixture.ts";
import type { PlanExecutor, PlanInput } from "./input.ts";
import type { Plan } from "./types.ts";

const COMMAND = toInput([]).executors[0] as PlanExecutor;
const agent = (name: string): PlanExecutor => ({ name, kind: "agent", refuse: () => null });
const read = (text: string) => parseChoice(text) ?? { executor: text, model: null };

interface Setting extends Partial<RoutingConfig> {
  readonly agents?: readonly string[];
  readonly wanted?: string;
  readonly approved?: readonly string[];
  readonly state?: State;
}

function toPlanInput(specs: readonly Spec[], setting: Setting): PlanInput {
  const { agents = [], wanted, approved = [], state, ...routing } = setting;
  const input = toInput(specs, {
    executors: [COMMAND, ...agents.map(agent)],
    approval: { all: false, hashes: approved },
    ...(wanted === undefined ? {} : { wanted: read(wanted) }),
    ...(state === undefined ? {} : { state }),
  });
  return { ...input, config: { ...input.config, routing: { ...NO_ROUTING, ...routing } } };
}

const plan = (specs: readonly Spec[], setting: Setting = {}): Plan => buildPlan(toPlanInput(specs, setting));

const show = ({ workstreams }: Plan): string[] =>
  workstreams.flatMap(({ name, tasks }) =>
    tasks.map(
      (task) => `${name} ${task.key} ${formatChoice(task)}${task.blocked === null ? "" : ": blocked"}`,
    ),
  );

/** Tasks that wait for the operator's word on commands and agents. */
const listWaiting = ({ registrations }: Plan): string[] =>
  registrations.flatMap(({ workstream, tasks }) =>
    tasks.flatMap(({ key, requires }) =>
      requires.some((each) => each.startsWith("question:content")) ? [`${workstream.name} ${key}`] : [],
    ),
  );

const CLAUDE = { executor: read("claude") };

describe("a plan", () => {
  it("gives each task who suits it, with the reasons and who takes over", () => {
    const tasks = spec("a", "T1 -,T2 -,T3", [], { title: "The store" });
    const titled = {
      ...tasks,
      tasks: tasks.tasks.map((t) => (t.key === "T2" ? { ...t, title: "Write tests" } : t)),
    };
    const fallbacks = { claude: [read("gemini")] };
    const found = plan([titled], {
      ...CLAUDE,
      agents: ["claude", "codex"],
      routes: { testing: [read("codex")] },
      fallbacks,
    });
    expect(show(found)).toEqual(["a T1 claude:sonnet", "a T2 codex", "a T3 command"]);
    expect(found.workstreams[0]?.executor).toBe("claude");
    expect(found.workstreams[0]?.tasks.map(({ route }) => route)).toEqual([
      {
        type: "code-implementation",
        reasons: [
          "claude: the executor of the config",
          "model sonnet: suits code-implementation",
          "code-implementation: nothing says otherwise",
        ],
        fallbacks: [read("gemini")],
      },
      { type: "testing", reasons: ["codex: the route for testing", "testing: its title"], fallbacks: [] },
      { type: "code-implementation", reasons: ["command: it has a run block"], fallbacks: [] },
    ]);
  });

  it("registers the route with the task, and nothing where a run block is run as ever", () => {
    const { registrations } = plan([spec("a", "T1 -,T2")], { ...CLAUDE, agents: ["claude"] });
    const [agents, script] = registrations[0]?.tasks ?? [];
    expect(agents).toMatchObject({
      executor: "claude",
      model: "sonnet",
      route: { type: "code-implementation" },
    });
    expect([agents?.timeoutMs, script?.timeoutMs]).toEqual([3_600_000, 300_000]);
    expect([
      script?.executor,
      Object.keys(script ?? {}).includes("route"),
      "model" in (script ?? {}),
    ]).toEqual(["command", false, false]);
  });

  it("follows what specs and tasks say of executor, model and type", () => {
    const said = spec("a", "T1 -,T2 -,T3 -", [], { executor: "codex", model: "mini", type: "testing" });
    const [one, two, three] = said.tasks;
    if (one === undefined || two === undefined || three === undefined) throw new Error("three tasks");
    const tasks = [
      one,
      { ...two, model: "big" },
      { ...three, executor: "claude", type: "architecture" as const },
    ];
    const found = plan([{ ...said, tasks }], { agents: ["claude", "codex"], executors: {} });
    expect(show(found)).toEqual(["a T1 codex:mini", "a T2 codex:big", "a T3 claude:opus"]);
    expect(found.workstreams[0]?.tasks.map(({ route }) => route?.type)).toEqual([
      "testing",
      "testing",
      "architecture",
    ]);
  });

  it("is the same, byte for byte, in whatever order executors and keys come", () => {
    const specs = [spec("a", "T1 -,T2"), spec("b", "T1 -", ["a"], { type: "testing" })];
    const routes = { testing: [read("codex")], research: [read("claude")] };
    const one = plan(specs, { ...CLAUDE, agents: ["claude", "codex"], routes });
    const turned = { research: routes.research, testing: routes.testing };
    const other = plan(specs.toReversed(), { ...CLAUDE, agents: ["codex", "claude"], routes: turned });
    expect(toCanonicalJson(other)).toBe(toCanonicalJson(one));
    expect(JSON.stringify(other.workstreams)).toBe(JSON.stringify(one.workstreams));
  });
});

describe("an agent that nobody has named", () => {
  it("is asked for once, together with the commands, and its tasks wait for the word", () => {
    const found = plan([spec("a", "T1 -,T2 -"), spec("b", "T1")], { agents: ["claude"] });
    expect(found.commands.map(({ kind, source, text, approved }) => [kind, source, text, approved])).toEqual([
      ["run", "docs/b.md:12", "echo docs/b.md T1", false],
      ["agent", "found on this machine", "claude", false],
    ]);
    expect(listWaiting(found)).toEqual(["a T1", "b T1"]);
    expect(found.registrations[0]?.questions.map(({ question }) => question)).toEqual([
      "1 command is new or changed, and no config names the agent claude: run them on this machine?",
    ]);
    const alone = plan([spec("a", "T1 -")], { agents: ["claude"] });
    expect(alone.registrations[0]?.questions.map(({ question }) => question)).toEqual([
      "no config names the agent claude: may it work here?",
    ]);
  });

  it("works without a question once it is approved, or named", () => {
    const specs = [spec("a", "T1 -")];
    expect(listWaiting(plan(specs, { agents: ["claude"], approved: ["agent:claude"] }))).toEqual([]);
    for (const setting of [
      CLAUDE,
      { wanted: "claude" },
      {
        executors: {
          claude: {
            preset: "claude",
            argv: null,
            args: [],
            env: [],
            hosts: [],
            meter: null,
            model: null,
            api: null,
          },
        },
      },
    ] as const) {
      const found = plan(specs, { agents: ["claude"], ...setting });
      expect([found.commands, listWaiting(found)]).toEqual([[], []]);
    }
  });

  it("is asked for also where only a spec names it", () => {
    const found = plan([spec("a", "T1 -", [], { executor: "codex" })], { agents: ["claude", "codex"] });
    expect([show(found), found.commands.map(({ text }) => text)]).toEqual([["a T1 codex"], ["codex"]]);
  });
});

describe("--executor", () => {
  const specs = [spec("a", "T1 -,T2"), spec("b", "T1 -", [], { executor: "codex" })];

  it("takes the tasks without a run block, whatever specs say", () => {
    const found = plan(specs, { ...CLAUDE, agents: ["claude", "gemini"], wanted: "gemini:flash" });
    expect(show(found)).toEqual(["a T1 gemini:flash", "a T2 command", "b T1 gemini:flash"]);
  });

  it("has to be a name that the operator's config allows", () => {
    expect(() => plan(specs, { agents: ["claude"], wanted: "cluade" })).toThrow(
      '--executor cluade: expected the name of an executor, found "cluade"',
    );
    expect(() => plan(specs, { agents: ["claude"], wanted: "/bin/sh" })).toThrow("--executor /bin/sh");
    expect(show(plan(specs, { agents: [], wanted: "claude" }))).toEqual([
      "a T1 claude: blocked",
      "a T2 command",
      "b T1 claude: blocked",
    ]);
  });

  it("takes over what was registered before, but for what runs, is done or has a run block", () => {
    const setting = { ...CLAUDE, agents: ["claude", "codex"] };
    const before = start(openState(), plan(specs, setting));
    expect(plan(specs, { ...setting, state: before }).reroutes).toEqual([]);
    const running = apply(before, { kind: "schedule", slots: 1 });
    const found = plan(specs, { ...setting, state: running, wanted: "codex:mini" });
    expect(running.tasks.get(toTaskId(`${PROJECT}/a`, "T1"))?.state.kind).toBe("running");
    expect(found.reroutes).toMatchObject([
      {
        task: `${PROJECT}/b#T1`,
        executor: "codex",
        model: "mini",
        reason: "codex: asked for with --executor",
      },
    ]);
    expect(show(found)).toEqual(["a T1 claude:sonnet", "a T2 command", "b T1 codex:mini"]);
  });
});

describe("tasks that had nobody", () => {
  const specs = [spec("a", "T1 -,T2")];
  const before = start(openState(), plan(specs));

  it("get somebody once there is one, and go on", () => {
    expect(show(plan(specs, { state: before }))).toEqual(["a T1 command: blocked", "a T2 command"]);
    const found = plan(specs, { ...CLAUDE, agents: ["claude"], state: before });
    expect(show(found)).toEqual(["a T1 claude:sonnet", "a T2 command"]);
    const [reroute] = found.reroutes;
    if (reroute === undefined) throw new Error("no reroute");
    const { task, executor, model, route, reason } = reroute;
    const after = apply(before, { kind: "reroute_task", task, to: { executor, model }, route, reason });
    expect(after.tasks.get(task)).toMatchObject({
      executor: "claude",
      state: { kind: "ready" },
      route: { said: null },
    });
    expect(plan(specs, { ...CLAUDE, agents: ["claude"], state: after }).reroutes).toEqual([]);
  });

  it("wait for the operator's word where nobody has named who is there now", () => {
    const found = plan(specs, { agents: ["claude"], state: before });
    expect([found.reroutes, found.commands.map(({ kind, text }) => `${kind} ${text}`)]).toEqual([
      [],
      ["agent claude"],
    ]);
    expect(
      plan(specs, { agents: ["claude"], state: before, approved: ["agent:claude"] }).reroutes,
    ).toHaveLength(1);
  });
});

describe("a text without a run block", () => {
  const request = { what: "Document the limits", run: null, priority: null, by: "test" };

  it("is done by an agent", () => {
    const added = planAdd(toPlanInput([], { ...CLAUDE, agents: ["claude"] }), request);
    expect(added.registrations[0]?.tasks).toMatchObject([
      { executor: "claude", model: "sonnet", route: { type: "documentation", said: null } },
    ]);
  });

  it("is refused where there is none", () => {
    expect(() => planAdd(toPlanInput([], CLAUDE), request)).toThrow(
      'no executor can do "Document the limits" (no executor named claude is there; there is command)',
    );
  });
});
