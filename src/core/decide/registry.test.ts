import { describe, expect, it } from "vitest";
import {
  NO_RANKS,
  PROJECT,
  projectDraft,
  question,
  registration,
} from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { toProjectId, toTaskId, toWorkstreamId } from "../model/ids.ts";

const remove = (id: string) =>
  ({ kind: "remove", workstream: toWorkstreamId(id), by: "user", reason: "" }) as const;

describe("register", () => {
  it("takes the same question twice as one", () => {
    const core = new CoreDriver();
    const tasks = ["K", "L"].map((key) => ({ key, requires: [`question:${key}`], parallel: true }));
    core.begin([{ id: "a", tasks, questions: [question("K"), question("K"), question("L")] }]);
    expect(core.open()).toEqual(["D-1", "D-2"]);
    core.resolve("D-2", "a");
    expect(core.schedule()).toEqual(["a#L"]);
  });

  it("in any order: what waits for something that was done before it came is not left waiting", () => {
    const core = new CoreDriver();
    const requires = ["task:b#T", "done:b"];
    core.begin([
      { id: "a", tasks: [{ key: "T", requires }] },
      { id: "b", tasks: [{ key: "T", already: true }] },
    ]);
    expect(core.schedule()).toEqual(["a#T"]);
  });

  it("new ranks put what is ready into a new order", () => {
    const core = new CoreDriver({ policy: "dependency_first", maxParallel: 1 });
    core.begin(["a", "b"].map((id) => ({ id, tasks: ["T"] })));
    const tasks = [{ task: toTaskId("b", "T"), tailMs: 99_000, priority: "medium" as const }];
    const ranks = { ...NO_RANKS, tasks };
    core.send({ kind: "register", project: PROJECT, registrations: [], ranks });
    expect(core.schedule()).toEqual(["b#T"]);
  });

  it("blocks a task that no executor can do, with the reason", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: [{ key: "T", script: null }] }]);
    expect(core.task("a#T").state).toMatchObject({ kind: "blocked", by: [{ kind: "no_executor" }] });
    expect(core.status("a")).toBe("blocked");
    expect(core.open()).toEqual([]);
  });

  it("asks about a task that no executor can do once the work before it is done", () => {
    const core = new CoreDriver();
    core.begin([
      {
        id: "a",
        tasks: ["T", { key: "U", script: null, requires: ["task:a#T"] }],
      },
    ]);
    expect(core.open()).toEqual([]);
    expect(core.runOn()).toEqual(["a#T"]);
    expect(core.decision("D-1").options.map(({ id }) => id)).toEqual(["skip", "cancel"]);
    expect(core.decision("D-1").question).toMatch(/^nobody can do U: it has no run block/);
    core.resolve("D-1", "skip");
    expect(core.task("a#U").state).toMatchObject({ kind: "completed", how: "skipped" });
  });
});

it("a removed workstream that was met stays met, also for an attempt that is lost afterwards", () => {
  const core = new CoreDriver();
  core.begin([
    { id: "a", tasks: [{ key: "T", already: true }, "U"] },
    { id: "b", tasks: [{ key: "T", requires: ["task:a#T"] }] },
  ]);
  core.intend("a", "paused");
  expect(core.schedule()).toEqual(["b#T"]);
  core.send(remove("a"));
  core.end("b#T", "lost");
  expect(core.schedule()).toEqual(["b#T"]);
});

describe("the time of a run", () => {
  it("stands still while it rests, also where it comes to rest for another reason", () => {
    const core = new CoreDriver();
    const requires = ["question:K"];
    core.begin([{ id: "a", tasks: [{ key: "T", requires }], questions: [question("K")] }]);
    core.wait(1);
    core.schedule();
    core.wait(60);
    core.intend("a", "cancelled");
    core.schedule();
    expect([...core.state.runs.values()]).toMatchObject([{ status: "cancelled", activeMs: 60_000 }]);
  });

  it("goes on while another project holds all slots: the run does not rest", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    const project = toProjectId("p-2");
    core.send({ kind: "open_project", project: projectDraft({ id: project, root: "/other" }) });
    const registrations = [registration({ id: "z", tasks: ["T"], changes: { project } })];
    core.send({ kind: "register", project, registrations, ranks: NO_RANKS });
    const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 1, by: "user" };
    core.send({ kind: "go", project, include: [toWorkstreamId("z")], ...rest });
    expect(core.schedule(1)).toEqual(["a#T"]);
    expect(core.schedule(1)).toEqual([]);
    expect([...core.state.runs.values()].map(({ status }) => status)).toEqual(["active", "active"]);
    core.finish("a#T");
    expect(core.schedule(1)).toEqual(["z#T"]);
  });
});

describe("edit", () => {
  it("takes approved and blocked actions that mean something", () => {
    const core = new CoreDriver();
    core.begin([{ id: "a", tasks: ["T"] }]);
    const edit = (approvedActions: string[], blockedActions: string[]) =>
      core.send({
        kind: "edit",
        workstream: toWorkstreamId("a"),
        changes: { approvedActions, blockedActions },
        by: "user",
        reason: "",
      });
    edit(["execute:npm run seed"], ["edit:src/core/**", "fetch"]);
    expect(core.workstream("a").blockedActions).toEqual(["edit:src/core/**", "fetch"]);
    expect(() => edit([], ["edti"])).toThrow('expected an action, found "edti"');
    expect(core.workstream("a").blockedActions).toEqual(["edit:src/core/**", "fetch"]);
  });
});
