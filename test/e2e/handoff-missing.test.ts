/** A missing handoff holds up whoever signs for the work or merges it, not only the attempts that start from it. */
import { expect, test } from "vitest";
import { workflow } from "../support/cli-repo.ts";
import { findDecision, openProject, spec, toStatuses } from "../support/e2e-repo.ts";

const REF = "refs/osqr/handoffs";
const FLOW = workflow("flow", [{ key: "tasks" }, { key: "check", review: true, returns_to: "tasks" }]);
const ASK = ["## Open questions", "", "- Go on?", "  - a: yes", "  - b: no", "  - blocks: T2"].join("\n");

test.each(["producer", "collector"])(
  "nobody approves work of which a handoff is gone (%s); made again, the review goes on",
  async (handoffs) => {
    const osqr = await openProject(
      {
        ".osqr/workflows/flow.yaml": FLOW,
        "docs/a.md": spec({ "T1 Write a": "echo a > a.txt" }, ["workflow: flow"]),
      },
      { config: `handoffs: ${handoffs}\n` },
    );
    const { repo, service, go, decide, quiet, ofKind } = osqr;
    const { id } = findDecision(await go(), "a");
    await quiet();
    expect((await service.inbox(repo.root))[0]?.notes).toEqual([]);
    repo.git("update-ref", "-d", REF);
    const fault =
      "the handoff of a#T1 cannot be read (refs/osqr/handoffs is gone), so that nobody can sign it off; make it again: osqr handoff repair a#T1";
    expect((await service.inbox(repo.root))[0]?.notes).toEqual([fault]);
    for (const what of ["a", "a#check", id])
      expect((await service.why(repo.root, what)).sentences[1]).toBe(`In the way: ${fault}`);
    expect(await service.show(repo.root, id)).toMatchObject({ decision: { notes: [fault] } });
    await expect(service.decide(repo.root, id, "approve", "fine")).rejects.toMatchObject({
      code: "handoff-missing",
      message: "the handoff of a#T1 cannot be read: refs/osqr/handoffs is gone",
      hints: ["make it again from the history: osqr handoff repair a#T1", `then: osqr decide ${id} approve`],
    });
    expect(ofKind("review_signed")).toEqual([]);
    expect((await service.repairHandoffs(repo.root, ["a#T1"])).map(({ what }) => what)).toEqual(["a#T1"]);
    expect((await service.inbox(repo.root))[0]?.notes).toEqual([]);
    expect(toStatuses(await decide(id, "approve"))).toEqual({ a: "completed" });
  },
);

test("work of which a handoff is gone is not merged; made again, it lands", async () => {
  const { repo, service, go, decide, quiet } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "echo a > a.txt", "T2 End it": "echo end > end.txt" }, [], ASK),
  });
  const question = findDecision(await go(), "a");
  repo.git("rm", "-q", "docs/a.md");
  repo.git("commit", "-qm", "a is gone, so that somebody is asked before the merge");
  const scope = findDecision(await decide(question.id, "a"), "a");
  await quiet();
  repo.git("update-ref", "-d", REF);
  const held = await decide(scope.id, "keep");
  expect(toStatuses(held)).toEqual({ a: "blocked" });
  const stopped = findDecision(held, "a");
  expect(stopped.question).toBe("a is not merged: the handoff of a#T1 cannot be read");
  expect(stopped.context).toContain("osqr handoff repair; then retry");
  expect(() => repo.git("show", "main:end.txt")).toThrow();
  const again = findDecision(await decide(stopped.id, "retry"), "a");
  expect(again.question).toBe(stopped.question);
  await service.repairHandoffs(repo.root, null);
  expect(toStatuses(await decide(again.id, "retry"))).toEqual({ a: "completed" });
  expect(repo.git("show", "main:end.txt")).toBe("end");
});
