import { describe, expect, it } from "vitest";
import { PROJECT, question, registration, type TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { toCanonicalJson } from "../canonical.ts";
import { describeCompletion } from "../handoff/build.ts";
import type { Handoff } from "../handoff/shape.ts";
import type { WorkstreamDraft } from "../model/drafts.ts";
import type { AttemptId, DecisionId, TaskId } from "../model/ids.ts";
import type { WorkflowDefinition } from "../model/workflow.ts";
import { findEarlier } from "./find-earlier.ts";
import { describeInputs } from "./inputs.ts";

const COMMIT = "c".repeat(40);
const HASH = "f".repeat(64);
const ID = "a#T2" as TaskId;
const SPEC = { path: "docs/a.md", hash: "0".repeat(64), commit: "0".repeat(40), format: "markdown" };

interface Changes {
  readonly task?: Partial<TaskInput>;
  readonly before?: Partial<TaskInput>;
  readonly workstream?: Partial<WorkstreamDraft>;
  /** What happens before the inputs are looked at. */
  readonly after?: (core: CoreDriver) => void;
}

/** A workstream with a review and a question before its second task. */
function open({ task, before, workstream, after }: Changes): CoreDriver {
  const core = new CoreDriver();
  const made = registration({
    id: "a",
    tasks: [
      { key: "T1", ...before },
      { key: "sign", step: "sign", kind: "review", returnsTo: ["tasks"] },
      { key: "T2", requires: ["question:MODEL"], ...task },
    ],
    questions: [question("MODEL")],
    changes: { number: 1, position: 1, ...workstream },
  });
  core.register([made]);
  core.go("a");
  after?.(core);
  return core;
}

const toHash = (core: CoreDriver, handoffs: readonly Handoff[] = []): string =>
  toCanonicalJson(describeInputs(core.state, { id: ID, model: core.task(ID).model }, handoffs));

/** The handoff of T1 as it would be written now. */
function handoffOf(core: CoreDriver): Handoff {
  const attempt = core.attempt("a#T1").id;
  return describeCompletion(core.state, { attempt, commit: COMMIT });
}

function finishFirst(core: CoreDriver, files: readonly string[] = []): void {
  core.schedule();
  core.start("a#T1");
  const result = { commit: COMMIT, files, added: files.length, deleted: 0, workMs: 10, warnings: [] };
  core.send({ kind: "attempt_succeeded", ...core.claim("a#T1"), ...result });
}

function approve(core: CoreDriver, reasoning: string): void {
  core.schedule();
  const decision = core.open().find((id) => core.decision(id).subject.kind === "review") as DecisionId;
  core.send({ kind: "resolve", decision, option: "approve", by: "user", signer: "dana", reasoning });
  core.join("a#sign");
}

const finishAndSign = (reason: string) => (core: CoreDriver) => {
  finishFirst(core);
  core.join("a#T1");
  approve(core, reason);
};

const definition = (instructions: string): WorkflowDefinition => ({
  name: "default",
  version: 1,
  title: "default",
  effective: null,
  change: null,
  source: "x.yaml",
  hash: "0",
  steps: [
    {
      key: "tasks",
      title: "tasks",
      order: 1,
      kind: "tasks",
      role: null,
      definitionOfDone: null,
      entry: [],
      exit: [],
      parallelizable: false,
      dependsOn: null,
      critical: true,
      timeoutMs: null,
      retries: 0,
      executor: null,
      run: null,
      instructions,
      uses: [],
      returnsTo: [],
      rework: "continue",
      duplicates: null,
      line: 3,
    },
  ],
});

const criterion = (text: string) => ({ key: "ok", text, check: { kind: "tick" as const } });

describe("what a result depends on is another", () => {
  const cases: readonly [string, Changes][] = [
    ["with one more character of the script", { task: { script: "true " } }],
    ["with another title", { task: { title: "do it" } }],
    ["with another executor", { task: { executor: "agent" } }],
    ["with another time limit", { task: { timeoutMs: 1 } }],
    ["with a resource", { task: { uses: [{ resource: "db", amount: 1 }] } }],
    ["with a criterion before it", { task: { entry: [criterion("a")] } }],
    ["with a criterion of its result", { task: { exit: [criterion("a")] } }],
    ["after the merge", { task: { stage: "after" } }],
    ["with one more character of the spec", { workstream: { spec: { ...SPEC, hash: "1".repeat(64) } } }],
    ["with an answer", { after: (core) => core.resolve("D-1", "a") }],
    ["with what its step says", { after: (core) => record(core, "be kind") }],
    ["with a word on the work before it", { after: finishAndSign("mind the gap") }],
  ];
  const same = toHash(open({}));

  it.each(cases)("%s", (_, changes) => {
    expect(toHash(open(changes))).not.toBe(same);
  });

  it("and another one where an attempt takes another model than its task's", () => {
    const core = open({ task: { model: "large" } });
    const hash = (model: string) => toCanonicalJson(describeInputs(core.state, { id: ID, model }, []));
    expect(hash("large")).toBe(toHash(core));
    expect(hash("small")).not.toBe(hash("large"));
  });

  it("and the same where nothing that it is told has changed", () => {
    expect(toHash(open({}))).toBe(same);
    expect(toHash(open({ before: { script: "another" }, workstream: { priority: "high" } }))).toBe(same);
    expect(toHash(open({ after: finishAndSign("") }))).toBe(same);
    expect(toHash(open({ after: (core) => finishFirst(core) }))).toBe(same);
  });

  it("and the two answers to a question are two", () => {
    const one = toHash(open({ after: (core) => core.resolve("D-1", "a") }));
    expect(toHash(open({ after: (core) => core.resolve("D-1", "b") }))).not.toBe(one);
  });

  it("with another handoff before it, whoever wrote it when", () => {
    const one = open({ after: (core) => finishFirst(core, ["a.txt"]) });
    const later = open({
      after: (core) => {
        core.schedule();
        core.end("a#T1", "lost");
        core.wait(5);
        finishFirst(core, ["a.txt"]);
      },
    });
    const other = open({ after: (core) => finishFirst(core, ["b.txt"]) });
    expect(handoffOf(later)).not.toEqual(handoffOf(one));
    expect(toHash(later, [handoffOf(later)])).toBe(toHash(one, [handoffOf(one)]));
    expect(toHash(other, [handoffOf(other)])).not.toBe(toHash(one, [handoffOf(one)]));
  });

  it("where a result of it was refused", () => {
    const refuse = (reason: string): string =>
      toHash(
        open({
          task: { exit: [criterion("it was read")], requires: [] },
          after: (core) => {
            finishAndSign("")(core);
            core.schedule();
            core.start("a#T2");
            core.succeed("a#T2");
            const decision = core.open().at(-1) as DecisionId;
            const answer = { option: "redo", by: "user", signer: "dana", reasoning: reason } as const;
            core.send({ kind: "resolve", decision, ...answer });
          },
        }),
      );
    expect(refuse("too short")).not.toBe(refuse("too long"));
  });

  it("where the operator wanted all of it anew", () => {
    const again = (times: number): string =>
      toHash(
        open({
          task: { requires: [] },
          after: (core) => {
            for (let time = 0; time < times; time += 1) {
              finishAndSign("")(core);
              core.finish(...core.schedule());
              core.send({ kind: "integration_started", workstream: core.workstream("a").id, onto: COMMIT });
              core.stopIntegration("a", "conflict");
              core.resolve(core.open().at(-1) ?? "", "redo");
            }
          },
        }),
      );
    expect(again(1)).not.toBe(again(0));
    expect(again(2)).not.toBe(again(1));
  });
});

function record(core: CoreDriver, instructions: string): void {
  core.send({ kind: "record_workflow", project: PROJECT, workflow: definition(instructions), commit: null });
}

describe("an earlier result", () => {
  const run = (core: CoreDriver, hash: string, end: "succeed" | "failed" | "lost"): AttemptId => {
    core.schedule();
    const { attempt, fence } = core.claim("b#T");
    core.send({ kind: "attempt_started", attempt, fence, sandbox: "process", inputHash: hash });
    if (end === "succeed") core.succeed("b#T");
    else core.end("b#T", end);
    return attempt;
  };
  /** Has the task done again because the base conflicted. */
  const again = (core: CoreDriver): void => {
    core.join("b#T");
    core.send({ kind: "integration_started", workstream: core.workstream("b").id, onto: COMMIT });
    core.stopIntegration("b", "conflict");
    core.resolve(core.open().at(-1) ?? "", "redo");
  };
  const begin = (): CoreDriver => {
    const core = new CoreDriver();
    core.begin([{ id: "b", tasks: ["T"] }]);
    return core;
  };
  const find = (core: CoreDriver) => findEarlier(core.state, "b#T" as TaskId, HASH)?.id ?? null;

  it("is the last one with the same inputs that counts", () => {
    const core = begin();
    const first = run(core, HASH, "succeed");
    again(core);
    expect(find(core)).toBe(first);
    const second = run(core, HASH, "succeed");
    again(core);
    expect(find(core)).toBe(second);
  });

  it("of other inputs is none", () => {
    const core = begin();
    run(core, "0".repeat(64), "succeed");
    again(core);
    expect(find(core)).toBeNull();
  });

  it("is none where the same inputs failed after it; an interruption says nothing", () => {
    const core = begin();
    const first = run(core, HASH, "succeed");
    again(core);
    run(core, HASH, "lost");
    expect(find(core)).toBe(first);
    run(core, HASH, "failed");
    expect(find(core)).toBeNull();
  });

  it("that was taken again counts like any other", () => {
    const core = begin();
    const first = run(core, HASH, "succeed");
    again(core);
    core.schedule();
    const claim = core.claim("b#T");
    core.send({ kind: "attempt_started", ...claim, sandbox: "process", inputHash: HASH });
    const result = {
      commit: COMMIT,
      files: [],
      added: 0,
      deleted: 0,
      workMs: 0,
      warnings: [],
      reused: first,
    };
    core.send({ kind: "attempt_succeeded", ...claim, ...result });
    expect(core.attempt("b#T")).toMatchObject({ reused: first, inputHash: HASH });
    expect(find(core)).toBe(claim.attempt);
  });
});
