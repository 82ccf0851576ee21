import { describe, expect, it } from "vitest";
import {
  approvalBy,
  approvalOf,
  NO_RANKS,
  PROJECT,
  question,
  registration,
} from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { THIS_DECISION } from "../model/decision.ts";
import { decide, nextDeadline } from "./decide.ts";
import { toOption } from "./questions.ts";

const waitingFor = (key: string, id = "a") => ({ id, tasks: [{ key: "T", requires: [`question:${key}`] }] });

describe("an answer", () => {
  it("frees everybody who asked: the same question from two workstreams is one decision", () => {
    const core = new CoreDriver();
    const questions = [question("K")];
    core.begin([
      { ...waitingFor("K", "a"), questions },
      { ...waitingFor("K", "b"), questions },
      { id: "c", tasks: ["T"] },
    ]);
    expect(core.open()).toEqual(["D-1"]);
    expect(core.schedule()).toEqual(["c#T"]);
    core.resolve("D-1", "b");
    expect(core.schedule()).toEqual(["a#T", "b#T"]);
  });

  it("is given once, and only as one of the options", () => {
    const core = new CoreDriver();
    core.begin([{ ...waitingFor("K"), questions: [question("K")] }]);
    const answer = { kind: "resolve", decision: "D-1" as never, by: "user", reasoning: "" } as const;
    expect(core.refused({ ...answer, option: "z" }).message).toBe(
      'decision D-1 has no option "z"; it has a, b',
    );
    const letter = { ...question("L"), options: ["approve", "reject"].map((id) => toOption(id, id)) };
    core.begin([{ ...waitingFor("L", "b"), questions: [letter] }]);
    expect(core.refused({ ...answer, decision: "D-2" as never, option: "aprove" }).hints).toEqual([
      "did you mean: osqr decide D-2 approve",
    ]);
    core.resolve("D-1", "a");
    expect(core.refused({ ...answer, option: "b" }).message).toBe("decision D-1 was answered already: a");
  });

  it("is told how to be given with the number that the decision got", () => {
    const core = new CoreDriver();
    const asked = { ...question("K"), context: `osqr decide ${THIS_DECISION} by-hand` };
    core.begin([{ ...waitingFor("K"), questions: [asked] }]);
    expect(core.decision("D-1").context).toBe("osqr decide D-1 by-hand");
  });

  it("given before holds for a workstream that is registered later", () => {
    const core = new CoreDriver();
    core.begin([{ ...waitingFor("K", "a"), questions: [question("K")] }]);
    core.resolve("D-1", "a");
    core.begin([{ ...waitingFor("K", "b"), questions: [question("K")] }]);
    expect(core.schedule()).toEqual(["a#T", "b#T"]);
  });
});

describe("no answer", () => {
  const timed = (defaultOption: string | null) => {
    const core = new CoreDriver();
    core.begin([
      { ...waitingFor("K"), questions: [question("K", { autoResolveMinutes: 30, defaultOption })] },
    ]);
    return core;
  };

  it("takes the default when its time has come, and not before", () => {
    const core = timed("b");
    expect(nextDeadline(core.state)).toBe(core.now + 30 * 60_000);
    core.wait(29);
    core.send({ kind: "tick" });
    expect(core.open()).toEqual(["D-1"]);
    core.wait(1);
    core.send({ kind: "tick" });
    expect(core.decision("D-1").state).toMatchObject({
      option: "b",
      by: "timeout",
      reasoning: "nobody answered within 30 min: the default was taken",
    });
  });

  it("is said in seconds where it was a short wait", () => {
    const core = new CoreDriver();
    core.begin([{ ...waitingFor("K"), questions: [question("K", { autoResolveMinutes: 0.1 })] }]);
    core.wait(1);
    core.send({ kind: "tick" });
    expect(core.decision("D-1").state).toMatchObject({
      reasoning: "nobody answered within 6 s: the default was taken",
    });
  });

  it("takes the recommendation where no default is named, or one that is no option", () => {
    for (const option of [null, "nonsense"]) {
      const core = timed(option);
      core.wait(31);
      core.send({ kind: "tick" });
      expect(core.decision("D-1").state).toMatchObject({ option: "a", by: "timeout" });
    }
  });

  it("does not come earlier when the clock goes backwards, and history does not either", () => {
    const core = timed("b");
    core.wait(10);
    core.send({ kind: "prioritize", workstream: core.workstream("a").id, by: "user" });
    core.wait(-500);
    const [event] = core.send({ kind: "prioritize", workstream: core.workstream("a").id, by: "user" });
    expect(event?.at).toBe(1_000_000 + 10 * 60_000);
    core.send({ kind: "tick" });
    expect(core.open()).toEqual(["D-1"]);
  });

  it("of several settles all in one tick", () => {
    const core = new CoreDriver();
    const timed = { autoResolveMinutes: 1, defaultOption: "reject" };
    core.begin([
      {
        id: "a",
        tasks: [
          { key: "T", requires: ["question:approval:x"] },
          { key: "U", requires: ["question:K"], parallel: true },
        ],
        questions: [{ ...approvalBy("x"), ...timed }, question("K", timed)],
      },
    ]);
    core.wait(2);
    core.send({ kind: "tick" });
    expect(core.open()).toEqual([]);
  });
});

describe("approval", () => {
  it("by content: approving the hash anywhere frees what waits for it", () => {
    const core = new CoreDriver();
    core.begin([{ ...waitingFor("content:h1"), questions: [approvalOf("h1")] }]);
    expect(core.schedule()).toEqual([]);
    core.send({ kind: "approve_content", project: PROJECT, hashes: ["h1"], by: "user", reason: "seen" });
    expect(core.decision("D-1").state).toMatchObject({ kind: "resolved", option: "approve" });
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("of everything also answers what was asked before", () => {
    const core = new CoreDriver();
    core.begin([{ ...waitingFor("content:h1"), questions: [approvalOf("h1")] }]);
    const include = [core.workstream("a").id];
    const rest = { approve: [], approveAll: true, planningMs: 0, maxParallel: 4, by: "user" };
    core.send({ kind: "go", project: PROJECT, include, ...rest });
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("refused blocks with the reason, and may be taken back", () => {
    const core = new CoreDriver();
    core.begin([{ ...waitingFor("content:h1"), questions: [approvalOf("h1")] }]);
    core.resolve("D-1", "reject");
    expect(core.task("a#T").state).toEqual({
      kind: "blocked",
      by: [{ kind: "rejected", decision: "D-1", message: "its commands were not approved" }],
    });
    expect(core.status("a")).toBe("blocked");
    core.resolve("D-1", "approve");
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("refused twice is two reasons: both must be taken back", () => {
    const core = new CoreDriver();
    const requires = ["question:approval:legal", "question:content:h1"];
    const questions = [approvalBy("legal"), approvalOf("h1")];
    core.begin([{ id: "a", tasks: [{ key: "T", requires }], questions }]);
    core.resolve("D-1", "reject");
    core.resolve("D-2", "reject");
    core.resolve("D-1", "approve");
    expect(core.task("a#T").state).toMatchObject({ kind: "blocked", by: [{ decision: "D-2" }] });
    core.resolve("D-2", "approve");
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("refused before blocks what is registered later", () => {
    const core = new CoreDriver();
    core.begin([{ ...waitingFor("approval:x", "a"), questions: [approvalBy("x")] }]);
    core.resolve("D-1", "reject");
    core.begin([{ ...waitingFor("approval:x", "b"), questions: [approvalBy("x")] }]);
    expect(core.task("b#T").state).toMatchObject({
      kind: "blocked",
      by: [{ message: "x was not approved" }],
    });
  });
});

it("a refusal whose workstream was removed is asked anew, by whoever comes next", () => {
  const core = new CoreDriver();
  core.begin([{ ...waitingFor("approval:x", "a"), questions: [approvalBy("x")] }]);
  core.resolve("D-1", "reject");
  core.send({ kind: "remove", workstream: core.workstream("a").id, by: "user", reason: "" });
  core.begin([{ ...waitingFor("approval:x", "b"), questions: [approvalBy("x")] }]);
  expect(core.open()).toEqual(["D-2"]);
});

it("a command that is refused changes nothing", () => {
  const core = new CoreDriver();
  const decided = decide(core.state, { kind: "tick" }, core.now);
  expect(decided).toMatchObject({ ok: true, events: [] });
  const before = core.state;
  core.refused({ kind: "prioritize", workstream: "nothing" as never, by: "user" });
  expect(core.state).toBe(before);
});

describe("a spec that is built anew", () => {
  const by = { by: "user", reasoning: "mended" } as const;
  const stopped = () => {
    const core = new CoreDriver();
    core.begin([
      { id: "a", tasks: ["T", { key: "U", order: 2, requires: ["task:a#T"] }] },
      { id: "b", tasks: [{ key: "T", requires: ["landed:a"] }] },
      { id: "c", tasks: [{ key: "T", requires: ["task:a#U"] }] },
    ]);
    core.schedule();
    core.fail("a#T");
    return core;
  };
  const anew = (successor: string) => ({ decision: "D-1" as never, successor: successor as never, ...by });

  it("takes the place of what it stops: who waited for it waits for the new one, or is asked", () => {
    const core = stopped();
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual(["retry", "skip", "anew", "cancel"]);
    const registrations = [registration({ id: "a-2", tasks: ["T"] })];
    core.send({ kind: "register", project: PROJECT, registrations, ranks: NO_RANKS, anew: anew("a-2") });
    expect(core.status("a")).toBe("cancelled");
    expect(core.task("b#T").requires).toEqual(["landed:a-2"]);
    expect(core.open().map((id) => core.decision(id).question)).toEqual([
      "osqr knows nothing that gives task:a-2#U, which this waits for",
    ]);
    expect(core.runOn()).toEqual(["a-2#T", "b#T"]);
  });

  it("changes nothing where the decision does not offer it", () => {
    const core = stopped();
    core.resolve("D-1", "retry");
    const registrations = [registration({ id: "a-2", tasks: ["T"] })];
    const ranks = NO_RANKS;
    const late = { kind: "register", project: PROJECT, registrations, ranks, anew: anew("a-2") } as const;
    expect(core.refused(late).code).toBe("decision-closed");
  });

  it("is not offered for a task from a text", () => {
    const core = new CoreDriver();
    const made = registration({ id: "a", tasks: ["T"] });
    const spec = { ...made.workstream.spec, path: null };
    core.register([{ ...made, workstream: { ...made.workstream, spec } }]);
    core.go("a");
    core.schedule();
    core.fail("a#T");
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual(["retry", "skip", "cancel"]);
  });
});
