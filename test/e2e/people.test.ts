/** Blockers, owners, roles and signatures on a real repository. */
import { expect, test } from "vitest";
import { toDecisionOptions } from "../../src/cli/render/decisions.ts";
import { renderShown } from "../../src/cli/render/details.ts";
import { PLAIN_STYLE } from "../../src/cli/text/style.ts";
import type { OsqrError } from "../../src/core/errors.ts";
import { HANDOFFS_REF } from "../../src/engine/effects/refs.ts";
import type { ProjectPorts } from "../../src/engine/ports.ts";
import { workflow } from "../support/cli-repo.ts";
import { findDecision, openProject, openService, spec } from "../support/e2e-repo.ts";
import { makeRepo, writeBelow } from "../support/git-repo.ts";

const FLOW = workflow("flow", [
  { key: "tasks" },
  { key: "check", review: true, role: "reviewer", returns_to: "tasks" },
  { key: "integrate" },
]);

const files = (more: Readonly<Record<string, string>> = {}) => ({
  ".osqr/workflows/flow.yaml": FLOW,
  "docs/a.md": spec({ "T1 Write a": "echo a > a.txt" }, ["workflow: flow"]),
  ...more,
});

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "it went through",
    (error: OsqrError) => error.code,
  );

test("a blocker keeps what it blocks from starting; resolved, the work goes on by itself", async () => {
  const { repo, service, go, rest, ofKind } = await openProject({
    "docs/a.md": spec({ "T1 Write a": "echo a > a.txt", "T2 Write more": "echo b > b.txt" }),
  });
  repo.gitIn(repo.root, "config", "user.name", "dana");
  const { root } = repo;
  await service.add(root, { what: "docs/a.md", run: null, priority: null, workflow: null, by: "test" });
  const declared = await service.declareBlocker(root, {
    what: "a#T2",
    type: "external",
    owner: "kim",
    because: "no key",
  });
  expect(declared).toMatchObject({ id: "B-1", task: "a#T2", by: "dana", tasks: ["a#T2"] });
  const report = await go();
  expect([report.status, report.workstreams[0]?.status]).toEqual(["needs_you", "blocked"]);
  expect(report.nextSteps).toContain("osqr blocker resolve B-1 --because <text>");
  expect(report.workstreams[0]?.blockers).toEqual(["T2: B-1 (kim): no key"]);
  expect(ofKind("attempts_claimed").flatMap(({ launches }) => launches.map(({ task }) => task))).toHaveLength(
    1,
  );
  await service.transferBlocker(root, "b1", "sam", "kim is away");
  const after = ofKind("blocker_transferred")[0]?.seq ?? 0;
  await service.resolveBlocker(root, "B-1", "the key is there");
  expect((await rest(after)).summary).toBe("Built 1 of 1.");
  expect((await service.blockers(root, true)).blockers).toMatchObject([
    { id: "B-1", owner: "sam", resolution: "the key is there", remainingMs: 0 },
  ]);
  expect(await codeOf(service.resolveBlocker(root, "B-1", "again"))).toBe("blocker-resolved");
  expect(await codeOf(service.resolveBlocker(root, "B-7", "again"))).toBe("unknown-blocker");
});

test("a review is signed by who holds the role; a changed config counts at once; git says who is asking", async () => {
  const { repo, service, go, env, rest, ofKind } = await openProject(files(), {
    config: "roles: { reviewer: [dana] }\n",
  });
  repo.gitIn(repo.root, "config", "user.name", "sam");
  const { root } = repo;
  const report = await go();
  const review = findDecision(report, "a");
  expect(review).toMatchObject({ role: "reviewer", holders: ["dana"], step: expect.any(String) });
  expect(review.made).toMatchObject([{ task: "a#T1", files: ["a.txt"] }]);
  expect(await codeOf(service.decide(root, review.id, "approve", "fine"))).toBe("not-allowed");
  await service.accept(root, { critical: true, because: "" });
  expect((await service.inbox(root)).map(({ id }) => id)).toEqual([review.id]);
  writeBelow(env.XDG_CONFIG_HOME ?? "", "osqr/config.yaml", "roles: { reviewer: [dana, sam] }\n");
  const after = ofKind("review_opened")[0]?.seq ?? 0;
  const answered = await service.decide(root, review.id, "approve", "fine");
  expect(answered.answer).toMatchObject({ option: "approve", by: "user", signer: "sam" });
  const done = await rest(after + 1);
  expect(done.workstreams[0]?.signOffs).toMatchObject([
    { outcome: "approved", by: "sam", role: "reviewer", reason: "fine" },
  ]);
});

test("who may sign is shown as the config has it now, before anybody tries", async () => {
  const { repo, service, go, env, ofKind } = await openProject({
    ...files(),
    ".osqr/config.yaml": "roles: { reviewer: [dana] }\n",
  });
  const { root } = repo;
  const { id } = findDecision(await go(), "a");
  const shown = async () => {
    const [review] = await service.inbox(root);
    const why = (await service.why(root, "a")).sentences.find((each) => each.startsWith("Next:"));
    const detail = await service.show(root, id);
    return [review?.holders, why, detail.kind === "decision" ? detail.decision.holders : null];
  };
  expect(await shown()).toEqual([["dana"], `Next: a word on ${id} from dana (reviewer).`, ["dana"]]);
  const opened = ofKind("project_opened").length;
  await shown();
  expect(ofKind("project_opened")).toHaveLength(opened);
  const change = (roles: string): void => {
    writeBelow(root, ".osqr/config.yaml", `roles: { reviewer: ${roles} }\n`);
    repo.git("commit", "-qam", "other reviewers");
  };
  change("[sam, kim]");
  const names = ["sam", "kim"];
  expect(await shown()).toEqual([names, `Next: a word on ${id} from sam or kim (reviewer).`, names]);
  // The operator's own list counts too; a config that is wrong changes nothing that is shown.
  writeBelow(env.XDG_CONFIG_HOME ?? "", "osqr/config.yaml", "roles: { reviewer: [kim] }\n");
  expect((await shown())[0]).toEqual(["kim"]);
  change("7");
  expect((await shown())[0]).toEqual(["kim"]);
});

test("plan and go right after the last signature know that it was given", async () => {
  const held: { promise: Promise<void> | null } = { promise: null };
  const repo = makeRepo({
    ".osqr/workflows/flow.yaml": workflow("flow", [
      { key: "tasks" },
      { key: "integrate" },
      { key: "closing", review: true, role: "reviewer" },
    ]),
    "docs/a.md": spec({ "T1 Write a": "echo a > a.txt" }, ["workflow: flow"]),
  });
  const slow = (ports: ProjectPorts): ProjectPorts => ({
    ...ports,
    git: {
      ...ports.git,
      updateRef: async (ref, ...rest) => {
        if (ref === HANDOFFS_REF) await held.promise;
        return ports.git.updateRef(ref, ...rest);
      },
    },
  });
  const { service, go, quiet, ofKind } = await openService(repo, {
    wrap: { log: (log) => log, project: slow },
  });
  const closing = findDecision(await go(), "a");
  await quiet();
  const gate = Promise.withResolvers<void>();
  held.promise = gate.promise;
  await service.decide(repo.root, closing.id, "approve", "done", { signer: "dana", to: null });
  const planned = service.plan(repo.root, { only: null, skip: [] });
  const options = { only: null, skip: [], approve: [], approveAll: true, maxParallel: null, by: "test" };
  const gone = service.go(repo.root, options);
  const { workstreams } = await service.status(repo.root);
  expect(workstreams[0]?.waitsFor).toEqual([]);
  expect(ofKind("task_completed").map(({ task }) => task.split("#").at(-1))).toEqual(["T1"]);
  gate.resolve();
  const [plan, { plan: goPlan }] = [await planned, await gone];
  for (const each of [plan, goPlan]) {
    expect(each.workstreams).toEqual([]);
    expect(each.leftOut.map(({ path, reason }) => [path, reason])).toEqual([["docs/a.md", "done"]]);
  }
});

test("the operator's own name signs; a rejection goes back to a task by name", async () => {
  const { repo, service, go, rest, ofKind } = await openProject(files(), { config: "me: kim\n" });
  const { root } = repo;
  const first = findDecision(await go(), "a");
  expect(await codeOf(service.decide(root, first.id, "reject", ""))).toBe("reason-missing");
  const signature = { signer: null, to: "T1" };
  await service.decide(root, first.id, "reject", "say more", signature);
  const [signed] = ofKind("review_signed");
  expect(signed).toMatchObject({ by: "kim", outcome: "rejected", returnsTo: "tasks" });
  const again = findDecision(await rest(signed?.seq ?? 0), "a");
  expect(ofKind("attempts_claimed").flatMap(({ launches }) => launches)).toHaveLength(2);
  await service.decide(root, again.id, "approve", "", { signer: "dana", to: null });
  expect(ofKind("review_signed").map(({ by }) => by)).toEqual(["kim", "dana"]);
});

test("a workstream and a task change hands, and show says who has them", async () => {
  const { repo, service } = await openProject(files());
  const { root } = repo;
  await service.add(root, { what: "docs/a.md", run: null, priority: null, workflow: null, by: "test" });
  const edited = await service.edit(root, "a", { owner: "dana", priority: "high" }, "she knows it");
  expect([edited.owner, edited.priority]).toEqual(["dana", "high"]);
  await service.edit(root, "a#T1", { owner: "sam" }, "he wrote it");
  const shown = await service.show(root, "a#T1");
  expect(shown).toMatchObject({ kind: "task", task: { owner: "sam" } });
  const whole = await service.show(root, "a");
  const printed = renderShown(whole, toDecisionOptions(0), { width: 160, style: PLAIN_STYLE }).join("\n");
  expect(printed).toContain("owner given to dana by");
  expect(printed).toContain("a#T1 given to sam by");
  expect(printed).toMatch(/T1 .*· owner: sam/);
  expect(printed).toContain("UTC: he wrote it");
  expect(await codeOf(service.edit(root, "a#T1", { owner: "sam" }, "again"))).toBe("same-owner");
  expect(await codeOf(service.edit(root, "a#T1", { title: "x" }, ""))).toBe("not-of-a-task");
  expect(await codeOf(service.edit(root, "a#T9", { owner: "sam" }, "x"))).toBe("unknown-task");
});

test("every act has a name: the operator's own, or the one that was given", async () => {
  const { repo, service, ofKind } = await openProject(files(), { config: "me: kim\n" });
  const { root } = repo;
  await service.add(root, { what: "docs/a.md", run: null, priority: null, workflow: null, by: null });
  await service.steer(root, "pause", ["a"], "lunch");
  await service.steer(root, "resume", null, "back", "sam");
  await service.steer(root, "prioritize", ["a"], "", "sam");
  await service.edit(root, "a", { priority: "low" }, "it can wait");
  await service.edit(root, "a", { owner: "dana" }, "she knows it", "sam");
  const blocker = { what: "a", type: "external", owner: "dana", because: "no key" } as const;
  await service.declareBlocker(root, { ...blocker, signer: "sam" });
  await service.resolveBlocker(root, "B-1", "there it is");
  await service.steer(root, "cancel", ["a"], "not needed");
  await service.remove(root, "a", "tidy", "dana");
  expect(ofKind("workstream_added").map(({ workstream }) => workstream.addedBy)).toEqual(["kim"]);
  expect(ofKind("intent_set").map(({ intent, by }) => [intent, by])).toEqual([
    ["paused", "kim"],
    ["run", "sam"],
    ["cancelled", "kim"],
  ]);
  expect(ofKind("priority_raised").map(({ by }) => by)).toEqual(["sam"]);
  expect(ofKind("workstream_edited").map(({ by }) => by)).toEqual(["kim"]);
  expect(ofKind("ownership_transferred").map(({ by }) => by)).toEqual(["sam"]);
  expect(ofKind("blocker_declared").map((event) => event.blocker.by)).toEqual(["sam"]);
  expect(ofKind("blocker_resolved").map(({ by }) => by)).toEqual(["kim"]);
  expect(ofKind("workstream_removed").map(({ by }) => by)).toEqual(["dana"]);
});

test("what follows from an answer carries the name of who gave it", async () => {
  const { repo, service, go, ofKind } = await openProject(
    { "docs/a.md": spec({ "T1 Write a": "exit 1" }) },
    { config: "me: kim\n" },
  );
  const asked = findDecision(await go(), "a");
  await service.decide(repo.root, asked.id, "cancel", "not worth it", { signer: "sam", to: null });
  expect(ofKind("decision_resolved").map(({ by, signer }) => [by, signer])).toEqual([["user", "sam"]]);
  expect(ofKind("intent_set").map(({ intent, by }) => [intent, by])).toEqual([["cancelled", "sam"]]);
});

test("a refusal names a task as people do", async () => {
  const { repo, service, go } = await openProject(files());
  await go();
  const declared = service.declareBlocker(repo.root, {
    what: "a#T1",
    type: "external",
    owner: "kim",
    because: "too late",
  });
  await expect(declared).rejects.toThrow(/^task a#T1 is done; nothing is left to block$/);
});

test("a review that is open anew shows no handoff: its approval was of an earlier round", async () => {
  const review = { review: true, role: "reviewer", returns_to: "tasks" };
  const flow = [
    { key: "tasks" },
    { key: "check", ...review },
    { key: "sign", ...review },
    { key: "integrate" },
  ];
  const { repo, service, go, rest, ofKind } = await openProject({
    ...files(),
    ".osqr/workflows/flow.yaml": workflow("flow", flow),
  });
  const { root } = repo;
  const dana = { signer: "dana", to: null };
  await service.decide(root, findDecision(await go(), "a").id, "approve", "fine", dana);
  const second = findDecision(await rest(ofKind("review_signed").at(-1)?.seq ?? 0), "a");
  expect(await service.show(root, "a#check")).toMatchObject({ handoff: expect.stringContaining("fine") });
  await service.decide(root, second.id, "reject", "say more", { signer: "sam", to: null });
  await rest(ofKind("review_signed").at(-1)?.seq ?? 0);
  expect(await service.show(root, "a#check")).toMatchObject({ task: { status: "waiting" }, handoff: null });
});
