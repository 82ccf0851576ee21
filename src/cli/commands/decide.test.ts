/** Answers by the name of a workstream: never more than what was meant. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestDaemon, type TestDaemon } from "../../../test/fixtures/cli-daemon.ts";
import { decisionView } from "../../../test/fixtures/views.ts";
import type { DecisionView } from "../../core/report/types.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await openTestDaemon();
  daemon.service.decisions.clear();
});
afterEach(() => daemon.close());

const option = (id: string, description = "") => ({
  id,
  label: id,
  description,
  implications: [],
  recommended: false,
});

function ask(id: string, step: string, changes: Partial<DecisionView> = {}): void {
  const decision = decisionView({
    id,
    type: "approval",
    workstream: "embeddings",
    question: `embeddings: ${step} look?`,
    options: [option("approve", "sign it off"), option("reject", "back to build")],
    blocks: [`embeddings#${step}`],
    step: `${step} look`,
    role: step,
    holders: ["sam", "kim"],
    ...changes,
  });
  daemon.service.decisions.set(id, decision);
}

const signatures = () => daemon.service.calls.filter(([method]) => method === "decide");

test("a review is not signed under the name of its workstream alone", async () => {
  ask("D-5", "security");
  const { code, err } = await daemon.run("decide embeddings approve --as sam");
  expect(signatures()).toEqual([]);
  expect([code, err]).toEqual([
    1,
    "error: embeddings: expected the id or the step of what is signed: the same line typed twice must not sign what comes next\n" +
      "  hint: osqr decide D-5 approve   # security look · sam or kim (security)\n" +
      "  hint: osqr decide embeddings#security approve\n",
  ]);
});

test.each(["embeddings/security", "embeddings#security", "#2/security-look", "D-5"])(
  "with its step or its id it is signed: %s",
  async (name) => {
    ask("D-5", "security");
    ask("D-6", "quality");
    const { out } = await daemon.run(["decide", name, "approve", "--as", "sam"]);
    expect(signatures()).toEqual([["decide", "D-5", "approve", "", { signer: "sam", to: null }]]);
    expect(out).toMatch(/^D-5 {2}"security look" of embeddings approved by sam \(security\); /);
  },
);

test("typed twice, the name with the step signs nothing else", async () => {
  ask("D-5", "security");
  await daemon.run("decide embeddings/security approve --as sam");
  ask("D-6", "quality");
  const { code, err } = await daemon.run("decide embeddings/security approve --as sam");
  expect([code, err]).toEqual([
    1,
    'error: embeddings has no step "security"; it has tasks, integrate\n  hint: how it stands: osqr show embeddings\n',
  ]);
  expect(signatures()).toHaveLength(1);
});

test("what was signed already says by whom, what is not due says so, and a misspelt step is named", async () => {
  const step = (key: string, status: "completed" | "pending") => ({
    ...{
      key,
      title: key,
      order: 1,
      kind: "review",
      role: null,
      definitionOfDone: null,
      total: 1,
      completed: 0,
    },
    status,
  });
  const signed = {
    task: "embeddings#safety",
    step: "safety",
    decision: "D-3",
    outcome: "approved",
    by: "sam",
  };
  const views = daemon.service.currentStatus.workstreams;
  const signOffs = [{ ...signed, role: null, reason: "", at: "2026-01-01T00:00:00.000Z", returnedTo: null }];
  const steps = [step("safety", "completed"), step("legal", "pending")];
  daemon.service.currentStatus = {
    ...daemon.service.currentStatus,
    workstreams: views.map((each) =>
      each.name === "embeddings" ? ({ ...each, steps, signOffs } as typeof each) : each,
    ),
  };
  const sayOf = async (part: string) =>
    (await daemon.run(["decide", `embeddings/${part}`, "approve", "--as", "sam"])).err.split("\n")[0];
  expect(await sayOf("safety")).toBe("error: embeddings/safety was approved already by sam (D-3)");
  expect(await sayOf("legal")).toBe("error: embeddings/legal is not asked yet: work before it is open");
  expect(await sayOf("saftey")).toBe('error: embeddings has no step "saftey": did you mean safety?');
});

test("where several reviews are open it says which is which", async () => {
  ask("D-5", "security");
  ask("D-6", "quality", { holders: null });
  const { err } = await daemon.run("decide embeddings approve");
  expect(err).toBe(
    'error: embeddings asks more than one thing that "approve" answers\n' +
      "  hint: osqr decide D-5 approve   # security look · sam or kim (security)\n" +
      "  hint: osqr decide D-6 approve   # quality look (quality)\n",
  );
});

test("without an option the options are listed", async () => {
  ask("D-5", "security");
  expect(await daemon.run("decide D-5")).toMatchObject({
    code: 2,
    err:
      "error: expected an option. D-5 asks: embeddings: security look?\n" +
      "  hint: osqr decide D-5 approve   # sign it off\n" +
      "  hint: osqr decide D-5 reject   # back to build\n",
  });
  expect((await daemon.run("decide embeddings")).err).toContain("osqr decide D-5 approve");
  await daemon.run("decide D-5 approve");
  expect((await daemon.run("decide D-5")).err).toBe(
    "error: decision D-5 is resolved\n  hint: how it was answered: osqr show D-5\n",
  );
});
