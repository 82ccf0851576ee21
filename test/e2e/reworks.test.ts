/** Work that is sent back by hand, on a real repository. */
import { expect, test } from "vitest";
import { workflow } from "../support/cli-repo.ts";
import { findDecision, openProject, spec } from "../support/e2e-repo.ts";

const FLOW = workflow("flow", [
  { key: "tasks" },
  { key: "check", review: true, returns_to: "tasks" },
  { key: "integrate" },
]);

test("before the merge a step is done again by hand: it counts, leaves a handoff, and lands after the next review", async () => {
  const { repo, service, go, rest, ofKind } = await openProject(
    {
      ".osqr/workflows/flow.yaml": FLOW,
      "docs/a.md": spec({ "T1 Write a": "echo a > a.txt", "T2 Write b": "cat a.txt > b.txt" }, [
        "workflow: flow",
      ]),
    },
    { config: "me: kim\n" },
  );
  const { root } = repo;
  const first = findDecision(await go(), "a");
  const rework = await service.rework(root, "a", { to: "T2", because: "wrong text", signer: null });
  expect(rework).toMatchObject({ workstream: "a", to: "tasks", by: "kim", withdrawn: [first.id] });
  expect(rework.refused).toEqual(["a#T2"]);
  const again = findDecision(await rest(ofKind("workstream_returned")[0]?.seq ?? 0), "a");
  expect(again.id).not.toBe(first.id);
  // T1 was left as it was, T2 was made anew.
  const launched = ofKind("attempts_claimed").flatMap(({ launches }) => launches.map(({ task }) => task));
  expect(launched.map((task) => task.slice(task.indexOf("#") + 1))).toEqual(["T1", "T2", "T2"]);
  const returned = (await service.handoffs(root, "a")).filter(({ event }) => event === "work_returned");
  expect(returned).toMatchObject([{ actor: "kim", status: "committed" }]);
  expect((await service.why(root, "a")).sentences.join(" ")).toContain("sent back once, last by kim");
  const after = ofKind("run_rested").at(-1)?.seq ?? 0;
  await service.decide(root, again.id, "approve", "good");
  expect((await rest(after)).summary).toBe("Built 1 of 1.");
  await expect(service.rework(root, "a", { to: "T2", because: "again", signer: null })).rejects.toMatchObject(
    { code: "workstream-ended" },
  );
});
