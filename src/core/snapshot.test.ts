import { describe, expect, it } from "vitest";
import { approvalOf, inOrder, PROJECT, question, type TaskInput } from "../../test/support/core-builders.ts";
import { CoreDriver } from "../../test/support/core-driver.ts";
import { emptyState, type State } from "./model/state.ts";
import type { WorkflowDefinition } from "./model/workflow.ts";
import { dumpState, loadState, STATE_VERSION } from "./snapshot.ts";
import { SortedMap } from "./sorted-map.ts";

const WORKFLOW: WorkflowDefinition = {
  name: "feature",
  version: 1,
  title: "Feature",
  effective: null,
  change: null,
  steps: [],
  source: "built-in",
  hash: "0".repeat(64),
};

const LIKE_Y: TaskInput = {
  key: "intake",
  kind: "intake",
  executor: "person",
  script: null,
  candidates: [{ workstream: "y" as never, similarity: 0.8, shared: ["rate"] }],
};

/** A state with something in every map. */
function makeFull(): CoreDriver {
  const core = new CoreDriver({ resources: { db: 2 } });
  const stacks = [{ workstream: "b" as never, on: ["a" as never] }];
  core.begin(
    [
      { id: "a", tasks: ["T1", { key: "T2", uses: [{ resource: "db", amount: 1 }] }] },
      { id: "b", tasks: [{ key: "T", requires: ["landed:a"] }] },
      { id: "c", tasks: [{ key: "T", requires: ["question:K"] }], questions: [question("K")] },
      { id: "d", tasks: ["T"] },
      { id: "e", tasks: ["T"] },
      { id: "f", tasks: ["T"] },
      { id: "g", tasks: ["T"] },
      { id: "m", tasks: ["T"] },
      { id: "u", tasks: ["T"] },
      { id: "y", tasks: [{ key: "T", executor: "agent" }] },
      { id: "n", tasks: [{ key: "T", knowledge: ["a" as never], news: ["a" as never] }] },
      { id: "v", tasks: [LIKE_Y] },
      { id: "w", tasks: [LIKE_Y] },
    ],
    { stacks },
  );
  core.finish(...core.schedule().filter((task) => task === "a#T1" || task === "d#T"));
  closeOne(core);
  core.start("e#T", "f#T", "u#T");
  core.send({
    ...{ kind: "attempt_succeeded", ...core.claim("u#T"), commit: "c".repeat(40), files: [] },
    ...{ added: 0, deleted: 0, workMs: 1, warnings: [], peakMemoryBytes: 300_000_000 },
  });
  const handoff = { commit: null, path: "handoffs/u.json" };
  core.send({ kind: "task_joined", ...core.claim("u#T"), tip: "c".repeat(40), handoff, artifacts: [] });
  core.succeed("f#T");
  core.send({ kind: "attempt_asked", ...core.claim("e#T"), question: approvalOf("h") });
  core.intend("g", "cancelled");
  core.end("m#T", "cancelled");
  addFlow(core);
  core.send({ kind: "approve_content", project: PROJECT, hashes: ["h2"], by: "user", reason: "" });
  return core;
}

/** A workflow, a migration, a blocker, and a review that is due. */
function addFlow(core: CoreDriver): void {
  const { spec, title } = core.workstream("m");
  const [step] = core.workstream("m").steps;
  if (step === undefined) throw new Error("m has no step");
  const workflow = { ...WORKFLOW, name: "feature", version: 2 };
  core.send({ kind: "record_workflow", project: PROJECT, workflow, commit: null });
  core.send({
    kind: "migrate",
    workstream: "m" as never,
    workflow: { name: "feature", version: 2 },
    spec,
    title,
    declared: { touches: [], gates: null },
    tasks: inOrder("m", [{ key: "T" }, { key: "more" }]),
    steps: [step],
    phases: [],
    mapping: [{ from: "T", to: "T" }],
    questions: [],
    ranks: null,
    by: "dana",
    reason: "the new process",
    rollsBack: null,
  });
  core.send({
    kind: "declare_blocker",
    workstream: "m" as never,
    task: null,
    type: "external",
    owner: "kim",
    reason: "no key",
    by: "dana",
  });
  core.begin([{ id: "r", tasks: [{ key: "look", kind: "review", executor: "person", script: null }] }]);
}

/** Of two that resemble another, one is closed into it, and the other is asked about. */
function closeOne(core: CoreDriver): void {
  const [id] = core.state.unattended.keys();
  const option = core.decision(String(id)).options.find((each) => each.id.startsWith("close-"))?.id;
  if (id === undefined || option === undefined) throw new Error("nothing was asked");
  core.send({ kind: "resolve", decision: id, option, by: "user", signer: "dana", reasoning: "same text" });
}

const sizes = (state: State) =>
  Object.entries(state)
    .flatMap(([name, value]) => (value instanceof SortedMap ? [`${name} ${value.size}`] : []))
    .sort();

describe("a snapshot", () => {
  it("holds everything: every map comes back with what it held", () => {
    const { state } = makeFull();
    expect(sizes(state).filter((line) => line.endsWith(" 0"))).toEqual([]);
    const loaded = loadState(dumpState(state));
    expect(sizes(loaded)).toEqual(sizes(state));
    expect(dumpState(loaded)).toBe(dumpState(state));
    for (const [name, value] of Object.entries(state)) {
      const other = loaded[name as keyof State];
      const toPlain = (map: unknown) => (map instanceof SortedMap ? [...map] : map);
      expect(toPlain(other), name).toEqual(toPlain(value));
    }
  });

  it("goes on like the state that it was made from", () => {
    const core = makeFull();
    const other = makeFull();
    other.state = loadState(dumpState(core.state));
    for (const each of [core, other]) {
      each.join("f#T");
      each.resolve("D-1", "a");
      each.runOn();
    }
    expect(dumpState(other.state)).toBe(dumpState(core.state));
  });

  it("of an empty state is an empty state", () => {
    expect(dumpState(loadState(dumpState(emptyState())))).toBe(dumpState(emptyState()));
  });

  it("of another version, or one that names what it does not hold, is not loaded", () => {
    const text = dumpState(makeFull().state);
    expect(() => loadState(text.replace(`"version":${STATE_VERSION}`, '"version":0'))).toThrow(
      `a snapshot of version 0, expected ${STATE_VERSION}`,
    );
    expect(() => loadState(text.replace('"parked":["', '"parked":["a-99","'))).toThrow(
      "the snapshot names a-99, which it does not hold",
    );
  });
});
