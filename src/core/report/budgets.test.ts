import { describe, expect, it } from "vitest";
import { PROJECT } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { NO_BUDGET } from "../budget/limits.ts";
import { toRunId, toWorkstreamId } from "../model/ids.ts";
import { viewSpending } from "./budgets.ts";
import { buildReport } from "./build-report.ts";
import { explainTask, explainWorkstream } from "./why.ts";

function begin(): CoreDriver {
  const core = new CoreDriver();
  const range = { low: 1, high: 100 };
  const cost = { tokens: range, microUsd: range, source: "default" } as const;
  const agent = { executor: "agent", script: null, cost };
  core.register([
    { id: "a", tasks: [{ key: "T1", ...agent }] },
    { id: "b", tasks: [{ key: "T1", ...agent }] },
    { id: "c", tasks: ["T1"] },
  ]);
  const budget = {
    ...NO_BUDGET,
    run: { tokens: 260, microUsd: null },
    task: { tokens: 110, microUsd: null },
  };
  const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 8, by: "user" };
  const include = ["a", "b", "c"].map(toWorkstreamId);
  core.send({ kind: "go", project: PROJECT, include, ...rest, budget });
  core.schedule();
  core.start("a#T1", "b#T1");
  return core;
}

const report = (core: CoreDriver) =>
  buildReport(core.state, PROJECT, core.state.runs.get(toRunId(1)) ?? null, core.now);

function use(core: CoreDriver, task: string, inputTokens: number | null, microUsd: number | null): void {
  const usage = { inputTokens, cachedTokens: null, outputTokens: null, microUsd, model: null };
  core.send({ kind: "attempt_used", ...core.claim(task), usage });
}

describe("a report", () => {
  it("says unknown, and not 0, of what nobody told", () => {
    const { cost, workstreams } = report(begin());
    expect(cost).toMatchObject({ attempts: 2, tokens: null, microUsd: null, unknown: { tokens: 2 } });
    expect(workstreams.map((each) => [each.cost.attempts, each.cost.tokens])).toEqual([
      [1, null],
      [1, null],
      [0, 0],
    ]);
  });

  it("says of each task and in total what was told, and how many have not", () => {
    const core = begin();
    use(core, "a#T1", 40, null);
    const { cost, workstreams } = report(core);
    expect(cost).toEqual({
      attempts: 2,
      tokens: 40,
      microUsd: null,
      unknown: { tokens: 1, microUsd: 2 },
      reserved: { tokens: 160, microUsd: 200 },
    });
    expect(workstreams[0]?.items[0]?.cost).toMatchObject({ tokens: 40, microUsd: null });
    expect(viewSpending(core.attempt("a#T1").spending)).toMatchObject({ attempts: 1, tokens: 40 });
    expect(viewSpending(undefined)).toMatchObject({ attempts: 0, tokens: 0, microUsd: 0 });
  });

  it("shows the limit of the run, and others once they are nearly used up", () => {
    const { budgets } = report(begin());
    expect(budgets.map(({ scope, name, percent, zone }) => [scope, name, percent, zone])).toEqual([
      ["run", "r-1", 76, "yellow"],
      ["task", "a#T1", 90, "red"],
      ["task", "b#T1", 90, "red"],
    ]);
    expect(budgets[0]?.savings.some(({ isApplied }) => isApplied)).toBe(false);
  });

  it("says what is saved in the red zone of the run", () => {
    const core = begin();
    use(core, "a#T1", 130, 1);
    const [run] = report(core).budgets;
    expect(run).toMatchObject({ charged: 230, limit: 260, percent: 88, zone: "red" });
    const applied = run?.savings.filter(({ isApplied }) => isApplied);
    expect(applied?.map(({ text }) => text)).toEqual([
      expect.stringContaining("low priority"),
      expect.stringContaining("smaller bound"),
    ]);
  });
});

it("why says which budget keeps a task back, and whose turn it is", () => {
  const core = begin();
  core.register([{ id: "d", tasks: [{ key: "T1", executor: "agent", script: null }] }]);
  const rest = { approve: [], approveAll: false, planningMs: 0, maxParallel: 8, by: "user" };
  const budget = core.state.runs.get(toRunId(1))?.budget ?? NO_BUDGET;
  core.send({ kind: "go", project: PROJECT, include: [toWorkstreamId("d")], ...rest, budget });
  core.schedule();
  expect(explainTask(core.state, core.task("d#T1"))).toMatchObject([
    "d#T1 is ready.",
    "Its budget keeps it back: does not fit the 110 tokens of task d#T1.",
    expect.stringContaining("D-1 is open"),
  ]);
  expect(explainWorkstream(core.state, core.workstream("d"))[1]).toBe("Next: your answer to D-1.");
  expect(report(core).workstreams.find(({ name }) => name === "d")?.waitsFor).toEqual(["D-1"]);
});
