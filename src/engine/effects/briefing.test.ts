import { expect, test } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../../core/evolve/evolve.ts";
import type { EventBody } from "../../core/model/event.ts";
import type { StepDraft } from "../../core/model/flow-event.ts";
import type { DecisionId } from "../../core/model/ids.ts";
import type { ProjectPorts } from "../ports.ts";
import { writeBriefing } from "./briefing.ts";
import type { EffectContext } from "./context.ts";

const step = (key: string, order: number, changes: Partial<StepDraft> = {}): StepDraft => ({
  key,
  title: `step ${key}`,
  order,
  kind: "work",
  role: null,
  definitionOfDone: null,
  rework: "continue",
  ...changes,
});

const RUN = { kind: "command", run: "npm test", timeoutMs: null } as const;

/** `a` was sent back to `build` twice; `b` was merged into it. */
function begin(reason: string): CoreDriver {
  const core = new CoreDriver();
  const review = { kind: "review", executor: "person", script: null, returnsTo: ["build"] } as const;
  const exit = [{ key: "tests", text: "the tests pass", check: RUN }];
  const tasks = [
    { key: "T1", step: "build", role: "coder", exit },
    { key: "check", order: 2, step: "check", requires: ["task:a#T1"], ...review },
  ];
  const steps = [step("build", 1, { definitionOfDone: "it runs" }), step("check", 2, { kind: "review" })];
  core.begin([
    { id: "a", tasks, ordered: false, changes: { steps } },
    { id: "b", tasks: ["T1"] },
  ]);
  for (const why of [reason, "still no tests"]) {
    core.schedule();
    core.start("a#T1");
    const rest = { side: "exit", tail: [], workMs: 0, salvage: null } as const;
    const results = [{ key: "tests", met: true, detail: "" }];
    core.send({ kind: "criteria_checked", ...core.claim("a#T1"), results, ...rest });
    core.succeed("a#T1");
    core.join("a#T1");
    core.schedule();
    const decision = core.open()[0] as DecisionId;
    const answer = { option: "reject", by: "user", signer: "dana", reasoning: why } as const;
    core.send({ kind: "resolve", decision, ...answer });
  }
  return core;
}

/** Events as a person's answers bring them about. */
function apply(core: CoreDriver, body: EventBody): void {
  core.state = evolve(core.state, { ...body, seq: core.state.seq + 1, at: core.now });
}

function write(core: CoreDriver, specs: Readonly<Record<string, string>>): Promise<string> {
  const context = { state: core.state } as EffectContext;
  const git = { readFile: async (_commit: string, path: string) => specs[path] ?? null };
  const subject = { task: core.task("a#T1"), workstream: core.workstream("a"), handoffs: [] };
  const listGates = async () => [
    { name: "tests", command: "npm test" },
    { name: "security", command: "" },
  ];
  return writeBriefing(context, { git, listGates } as unknown as ProjectPorts, subject);
}

test("a briefing says what is expected, why it was refused before, and what was merged into it", async () => {
  const core = begin("no tests");
  const [a, b] = [core.workstream("a").id, core.workstream("b").id];
  const link = { workstream: b, other: a, by: "kim", reason: "the same again" } as const;
  apply(core, { kind: "workstreams_linked", ...link, how: "merged" });
  apply(core, { kind: "workstream_closed", workstream: b, how: "merged", into: a, by: "kim", reason: "" });
  const text = await write(core, { "docs/a.md": "# A", "docs/b.md": "# B, which wants the same" });
  expect(text).toMatchInlineSnapshot(`
    "# T1 do T1

    Workstream: a · step: step build · role: coder · phase: –

    ## Done means

    it runs

    ## What is checked on the result

    - tests the tests pass: npm test

    ## Why earlier results were refused

    - a-4: still no tests
    - a-1: no tests

    ## What was said when it was signed

    - check rejected by dana: still no tests
    - check rejected by dana: no tests

    ## Checks that osqr runs on the result

    - tests: npm test
    - security

    ## Not part of this task: others do it

    - check do check (pending)

    ## Time

    - at most 5 min, without waits for answers

    ## Merged into this: b

    the same again

    # B, which wants the same

    ## Spec docs/a.md

    # A

    ## How to ask

    osqr-ask KEY "question" a="label" b="label" [--recommend a]
    "
  `);
});

/** Registers workstreams and has them merged, each into the one beside it. */
function merge(core: CoreDriver, pairs: readonly (readonly [from: string, into: string])[]): void {
  core.register(pairs.map(([id]) => ({ id, tasks: ["T1"] })));
  for (const [from, to] of pairs) {
    const [workstream, into] = [core.workstream(from).id, core.workstream(to).id];
    const how = "merged" as const;
    const why = { by: "kim", reason: `${from} is in ${to}` };
    apply(core, { kind: "workstreams_linked", workstream, other: into, how, ...why });
    apply(core, { kind: "workstream_closed", workstream, into, how, ...why });
  }
}

test("a briefing has the texts of what was merged into something that was merged into it", async () => {
  const core = begin("no tests");
  merge(core, [
    ["x", "b"],
    ["b2", "a"],
  ]);
  const [a, b] = [core.workstream("a").id, core.workstream("b").id];
  const why = { by: "kim", reason: "b is in a" };
  apply(core, { kind: "workstreams_linked", workstream: b, other: a, how: "duplicate", ...why });
  apply(core, { kind: "workstream_closed", workstream: b, into: a, how: "duplicate", ...why });
  const text = await write(core, { "docs/x.md": "# X, in full", "docs/b.md": "# B, for nobody" });
  expect(text).toContain("## Merged into this through b: x\n\nx is in b\n\n# X, in full\n");
  expect(text).toContain("## Merged into this: b2\n\nb2 is in a\n\nBuild b2\n");
  expect(text).not.toContain("for nobody");
});

test("a briefing names every text that was merged into it, also where not all of them have room", async () => {
  const core = begin("no tests");
  const names = Array.from({ length: 120 }, (_, at) => `m${String(at).padStart(3, "0")}`);
  merge(
    core,
    names.map((name) => [name, "a"]),
  );
  const specs = Object.fromEntries(
    names.map((name) => [`docs/${name}.md`, `# ${name} ${"z".repeat(9_000)}`]),
  );
  const text = await write(core, specs);
  expect(text.length).toBeLessThan(45_000);
  const named = names.filter((name) => text.includes(`docs/${name}.md`) || text.includes(`# ${name} `));
  expect(named).toHaveLength(112);
  expect(text).toContain("and 8 more: osqr show");
});

test("a briefing is bounded, whatever people wrote", async () => {
  const core = begin("x".repeat(50_000));
  const text = await write(core, { "docs/a.md": "y".repeat(100_000) });
  expect(text.length).toBeLessThan(32_000);
  expect(text).toContain("[… 76001 characters are left out: read them in docs/a.md]");
  expect(text).toContain("[… 49000 characters more]");
});
