import { describe, expect, it } from "vitest";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { toWorkstreamId } from "../model/ids.ts";

const change = (hash: string, summary = ["+1 task", "task T9 added: more"]) =>
  ({ kind: "spec_changed", workstream: toWorkstreamId("a"), hash, commit: "d".repeat(40), summary }) as const;

/** `a` with T1 done and T2 open. */
function begun(): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: ["T1", "T2"] }]);
  core.finish(...core.schedule());
  return core;
}

describe("a spec that changed while its workstream runs", () => {
  it("is asked about once; what runs goes on, and nothing lands before the answer", () => {
    const core = begun();
    core.send(change("h1"));
    core.send(change("h1"));
    expect(core.open()).toEqual(["D-1"]);
    expect(core.decision("D-1")).toMatchObject({
      type: "scope",
      subject: { kind: "scope", workstream: "a", hash: "h1" },
      question: "docs/a.md changed while its workstream runs: +1 task",
      context: "task T9 added: more",
    });
    expect(core.runOn()).toEqual(["a#T2"]);
    expect(core.workstream("a").integration).toEqual({ kind: "waiting", decision: "D-1" });
    expect(core.status("a")).toBe("blocked");
  });

  it("goes on with the old text, and does not ask about the same text again", () => {
    const core = begun();
    core.send(change("h1"));
    core.runOn();
    core.resolve("D-1", "keep");
    expect(core.workstream("a")).toMatchObject({ leftSpec: "h1", integration: { kind: "queued" } });
    core.send(change("h1"));
    expect(core.open()).toEqual([]);
    core.land("a");
    expect(core.status("a")).toBe("completed");
  });

  it("asks about a newer text in place of the one before, and not again about one that was left aside", () => {
    const core = begun();
    core.send(change("h1"));
    core.runOn();
    core.send(change("h2"));
    expect(core.decision("D-1").state.kind).toBe("withdrawn");
    expect(core.workstream("a").integration).toEqual({ kind: "waiting", decision: "D-2" });
    core.resolve("D-2", "keep");
    core.send(change("h3"));
    core.send(change("h2"));
    expect(core.open()).toEqual([]);
    expect(core.workstream("a")).toMatchObject({ leftSpec: "h2", integration: { kind: "queued" } });
  });

  it("stops a merge that is under way", () => {
    const core = begun();
    core.runOn(0);
    core.finish(...core.schedule());
    core.send({ kind: "integration_started", workstream: toWorkstreamId("a"), onto: "c".repeat(40) });
    core.send(change("h1"));
    expect(core.workstream("a").integration).toEqual({ kind: "waiting", decision: "D-1" });
  });

  it.each([
    ["nothing that matters changed", change("h2", [])],
    ["the text is the old one again", change("0".repeat(64))],
  ])("asks no more where %s", (_why, again) => {
    const core = begun();
    core.send(change("h1"));
    core.runOn();
    core.send(again);
    expect(core.decision("D-1").state.kind).toBe("withdrawn");
    expect(core.workstream("a").integration.kind).toBe("queued");
  });

  it("asks nothing where nothing can be changed any more", () => {
    const core = begun();
    core.runOn();
    core.send(change("h1"));
    expect(core.open()).toEqual([]);
  });

  it("is cancelled where it is to be started anew", () => {
    const core = begun();
    core.send(change("h1"));
    core.resolve("D-1", "anew");
    expect(core.status("a")).toBe("cancelled");
  });

  it("takes the new text only as a migration, in one step with the answer", () => {
    const core = begun();
    core.send(change("h1"));
    core.runOn();
    const resolve = {
      kind: "resolve",
      decision: "D-1" as never,
      option: "migrate",
      by: "user",
      reasoning: "",
    } as const;
    expect(core.refused(resolve).code).toBe("needs-a-plan");
    const workstream = core.workstream("a");
    const { before } = { before: workstream };
    const tasks = before.tasks.map((id) => {
      const { key, order, title, phase, line, parallel, critical, script, executor } = core.task(id);
      const { timeoutMs, estimateMs, uses, requires, knowledge } = core.task(id);
      const rest = { timeoutMs, estimateMs, uses, requires, knowledge, already: false };
      return { key, order, title, phase, line, parallel, critical, script, executor, ...rest };
    });
    const last = tasks.at(-1);
    if (last === undefined) throw new Error("no tasks");
    core.send({
      kind: "migrate",
      workstream: workstream.id,
      workflow: workstream.workflow,
      spec: { ...workstream.spec, hash: "h1" },
      title: workstream.title,
      declared: { touches: [], gates: null },
      tasks: [...tasks, { ...last, key: "T9", order: 3, title: "more", requires: ["task:a#T2"] }],
      steps: workstream.steps,
      phases: [],
      mapping: [
        { from: "T1", to: "T1" },
        { from: "T2", to: "T2" },
      ],
      questions: [],
      ranks: null,
      by: "dana",
      reason: "D-1",
      rollsBack: null,
      answers: { decision: "D-1" as never, reasoning: "take it" },
    });
    expect(core.decision("D-1").state).toMatchObject({ kind: "resolved", option: "migrate" });
    expect(core.runOn()).toEqual(["a#T9"]);
    expect(core.status("a")).toBe("completed");
  });
});
