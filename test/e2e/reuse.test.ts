/** Same inputs, same result (FR-010), and work that is sent back while something of it runs, on a real repository. */
import { expect, test, vi } from "vitest";
import type { ProjectPorts } from "../../src/engine/ports.ts";
import { findProcesses } from "../../src/sandbox/testing.ts";
import { workflow } from "../support/cli-repo.ts";
import {
  findDecision,
  openProject,
  openService,
  spec,
  type TestService,
  toStatuses,
} from "../support/e2e-repo.ts";
import { makeRepo, type TestRepo } from "../support/git-repo.ts";

type Opened = TestService & { readonly repo: TestRepo };
type Fields = Readonly<Record<string, unknown>>;

const FLOW = ".osqr/workflows/flow.yaml";
/** Says in its file which attempt wrote it. */
const write = (path: string): string => `echo "$OSQR_ATTEMPT" > ${path}`;
const sam = { signer: "sam", to: null };

const toFiles = (steps: readonly Fields[], tasks: Readonly<Record<string, string>>) => ({
  [FLOW]: workflow("flow", steps),
  "docs/a.md": spec(tasks, ["workflow: flow"]),
});

const wrapProject = (change: (ports: ProjectPorts) => ProjectPorts) => ({
  log: <T>(log: T): T => log,
  project: change,
});

/** `a-4 took a-1`, or `a-4` where it ran. */
const results = ({ ofKind }: Opened): string[] =>
  ofKind("attempt_completed")
    .filter(({ workMs, reused }) => workMs > 0 || reused !== undefined)
    .map(({ attempt, reused }) => (reused === undefined ? attempt : `${attempt} took ${reused}`));

/** Answers, and waits for the rest after it. */
async function say({ service, repo, rest, events }: Opened, decision: string, option: string, because = "") {
  const after = events().at(-1)?.seq ?? 0;
  await service.decide(repo.root, decision, option, because, sam);
  return rest(after);
}

async function revertAndResume({ service, repo, until, quiet, rest, events }: Opened): Promise<void> {
  await service.revert(repo.root, "a", { to: null, because: "too early", signer: "sam" });
  await until("workstream_reverted");
  await quiet();
  const after = events().at(-1)?.seq ?? 0;
  await service.steer(repo.root, "resume", ["a"], "");
  await rest(after);
}

test("reverted and resumed, recorded results are taken again: nothing runs, and the same lands", async () => {
  const files = { "docs/a.md": spec({ "T1 One": write("one.txt"), "T2 Two": write("two.txt") }) };
  const opened = await openProject(files);
  const { repo, go, service, ofKind } = opened;
  await go();
  const tree = repo.git("rev-parse", "main^{tree}");
  const landed = repo.git("rev-parse", "main");
  await revertAndResume(opened);
  expect(results(opened)).toEqual(["a-1", "a-2", "a-3 took a-1", "a-4 took a-2"]);
  expect(repo.git("rev-parse", "main^{tree}")).toBe(tree);
  expect(repo.git("rev-parse", "main")).not.toBe(landed);
  expect(repo.read("one.txt")).toBe("a-1\n");
  const [first, , third] = ofKind("attempt_completed");
  expect(third).toMatchObject({ files: first?.files, added: 1, workMs: 0 });
  expect(third?.commit).not.toBe(first?.commit);
  const shown = await service.show(repo.root, "a-3");
  expect(shown).toMatchObject({ kind: "attempt", attempt: { id: "a-3", reused: "a-1" } });
});

/** Changes what the engine sees of git once the work is out of the base again. */
const forgetful = (ports: ProjectPorts): ProjectPorts => {
  const readCommit: ProjectPorts["git"]["readCommit"] = async (commit) => {
    const found = await ports.git.readCommit(commit);
    return found?.message.startsWith("a T1: One") ? null : found;
  };
  return { ...ports, git: { ...ports.git, readCommit } };
};
const untold = (ports: ProjectPorts): ProjectPorts => ({
  ...ports,
  environment: () => {
    throw new Error("no version");
  },
});

test.each([
  ["another version of a tool", (ports: ProjectPorts) => ({ ...ports, environment: () => ({ git: "9" }) })],
  ["a result that git no longer has", forgetful],
  ["inputs that cannot be told", untold],
])("with %s it runs again", async (_, change) => {
  const repo = makeRepo({ "docs/a.md": spec({ "T1 One": write("one.txt") }) });
  const first = await openService(repo);
  await first.go();
  await first.close();
  const second = { repo, ...(await openService(repo, { wrap: wrapProject(change) })) };
  await revertAndResume(second);
  expect(results(second)).toEqual(["a-1", "a-2"]);
  expect(repo.read("one.txt")).toBe("a-2\n");
});

test("criteria are looked at again on what is taken; where it does not hold any more, the work is done again", async () => {
  const check = { key: "ok", command: "grep -q . one.txt" };
  const steps = [{ key: "tasks", retries: 1, exit: [check] }, { key: "integrate" }];
  const repo = makeRepo(toFiles(steps, { "T1 One": write("one.txt") }));
  const first = await openService(repo);
  await first.go();
  await first.close();
  let looks = 0;
  const missOnce = (ports: ProjectPorts): ProjectPorts => ({
    ...ports,
    async checkCriteria(input) {
      const check = await ports.checkCriteria(input);
      looks += 1;
      return looks > 1 ? check : { ...check, results: [{ key: "ok", met: false, detail: "exit 1" }] };
    },
  });
  const second = { repo, ...(await openService(repo, { wrap: wrapProject(missOnce) })) };
  await revertAndResume(second);
  expect(second.ofKind("attempt_ended")).toMatchObject([{ attempt: "a-2", outcome: "rejected" }]);
  expect(results(second)).toEqual(["a-1", "a-3"]);
});

const returning = (rework: "continue" | "restart"): readonly Fields[] => [
  { key: "tasks" },
  { key: "draft", kind: "work", rework, run: "echo draft > draft.txt" },
  { key: "check", kind: "work", run: write("checked.txt") },
  { key: "sign", review: true, returns_to: ["draft", "tasks"] },
  { key: "integrate" },
];

test("sent back, the refused step runs again; what comes behind it and depends on nothing new does not", async () => {
  const opened = await openProject(toFiles(returning("restart"), { "T1 One": write("one.txt") }));
  const { repo, go, ofKind } = opened;
  const first = findDecision(await go(), "a");
  const second = findDecision(await say(opened, first.id, "reject", "not clear"), "a");
  expect(results(opened)).toEqual(["a-1", "a-2", "a-3", "a-5", "a-6 took a-3"]);
  expect(repo.git("show", "refs/osqr/salvage/a-returned-1:checked.txt")).toBe("a-3");
  const done = await say(opened, second.id, "approve", "now it is");
  expect(toStatuses(done)).toEqual({ a: "completed" });
  expect([repo.read("draft.txt"), repo.read("checked.txt")]).toEqual(["draft\n", "a-3\n"]);
  expect(ofKind("workstream_returned")).toHaveLength(1);
});

test("what was given up does not come back with a result that changed nothing, though its ref could not be reset", async () => {
  const files = toFiles(
    [
      { key: "tasks" },
      {
        key: "draft",
        kind: "work",
        rework: "restart",
        run: "if test $OSQR_ATTEMPT = a-2; then echo bad > bad.txt; fi",
      },
      { key: "sign", review: true, returns_to: "draft" },
      { key: "integrate" },
    ],
    { "T1 One": write("one.txt") },
  );
  let isBroken = false;
  const breakOnce = (ports: ProjectPorts): ProjectPorts => {
    const updateRef: ProjectPorts["git"]["updateRef"] = async (ref, ...rest) => {
      if (!isBroken || ref !== "refs/osqr/work/a") return ports.git.updateRef(ref, ...rest);
      isBroken = false;
      throw new Error("disk full");
    };
    return { ...ports, git: { ...ports.git, updateRef } };
  };
  const opened = await openProject(files, { wrap: wrapProject(breakOnce) });
  const first = findDecision(await opened.go(), "a");
  isBroken = true;
  const second = findDecision(await say(opened, first.id, "reject", "no"), "a");
  expect(opened.reported.join()).toMatch(/disk full/);
  expect(toStatuses(await say(opened, second.id, "approve"))).toEqual({ a: "completed" });
  expect(opened.repo.git("ls-tree", "--name-only", "main").split("\n")).not.toContain("bad.txt");
  expect(opened.repo.git("show", "refs/osqr/salvage/a-returned-1:bad.txt")).toBe("bad");
});

test("where the work stays and is built on, what follows starts from another tree and runs again", async () => {
  const opened = await openProject(toFiles(returning("continue"), { "T1 One": write("one.txt") }));
  const first = findDecision(await opened.go(), "a");
  await say(opened, first.id, "reject", "not clear");
  expect(results(opened)).toEqual(["a-1", "a-2", "a-3", "a-5", "a-6"]);
});

test("done again because the operator wants it, nothing is taken from before", async () => {
  const steps = [{ key: "tasks", exit: ["somebody has read it"] }, { key: "integrate" }];
  const opened = await openProject(toFiles(steps, { "T1 One": write("one.txt") }));
  const first = findDecision(await opened.go(), "a");
  const second = findDecision(await say(opened, first.id, "redo", "read it again"), "a");
  expect(toStatuses(await say(opened, second.id, "met"))).toEqual({ a: "completed" });
  expect(results(opened)).toEqual(["a-1", "a-2"]);
  expect(opened.repo.read("one.txt")).toBe("a-2\n");
});

test("work sent back while a part of it runs: the process is gone, its work is kept, and its late word is refused", async () => {
  const nap = `sleep ${process.pid}.${Date.now()}`;
  const steps = [
    { key: "tasks" },
    {
      key: "slow",
      kind: "work",
      parallelizable: true,
      run: `echo half > half.txt\nif test ! -e again.txt; then ${nap}; fi`,
    },
    { key: "sign", review: true, parallelizable: true, returns_to: "tasks" },
    { key: "integrate" },
  ];
  const opened = await openProject(
    toFiles(steps, {
      "T1 One": "if test $OSQR_ATTEMPT = a-1; then echo one > one.txt; else touch again.txt; fi",
    }),
  );
  const { repo, service, start, until, rest, quiet, ofKind, events } = opened;
  await start();
  await vi.waitFor(() => expect(findProcesses(nap)).not.toEqual([]), { timeout: 20_000 });
  const [asked] = ofKind("review_opened");
  const slow = ofKind("attempt_started").at(-1)?.attempt ?? "";
  await service.decide(repo.root, asked?.decision ?? "", "reject", "not like this", sam);
  await vi.waitFor(() => expect(findProcesses(nap)).toEqual([]), { timeout: 20_000 });
  const again = await until("review_opened", ({ seq }) => seq > (asked?.seq ?? 0));
  const ended = ofKind("attempt_ended").filter(({ attempt }) => attempt === slow);
  expect(ended).toMatchObject([{ outcome: "cancelled", reason: "sent back to tasks: not like this" }]);
  await vi.waitFor(() => expect(repo.git("show", `refs/osqr/salvage/${slow}:half.txt`)).toBe("half"));
  const after = events().at(-1)?.seq ?? 0;
  await service.decide(repo.root, again.decision, "approve", "", sam);
  expect(toStatuses(await rest(after))).toEqual({ a: "completed" });
  await quiet();
  expect((await service.status(repo.root)).disk.workspaces).toBe(0);
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/osqr/salvage")).toBe(
    `refs/osqr/salvage/${slow}`,
  );
  expect(opened.reported).toEqual([]);
});

test("a review that was open when osqr ended is open after it started again, and can be signed", async () => {
  const steps = [{ key: "tasks" }, { key: "sign", review: true }, { key: "integrate" }];
  const repo = makeRepo(toFiles(steps, { "T1 One": write("one.txt") }));
  const first = await openService(repo);
  const asked = findDecision(await first.go(), "a");
  await first.quiet();
  expect(first.service.isIdle()).toBe(true);
  await first.close();
  const second = { repo, ...(await openService(repo)) };
  await second.quiet();
  expect(second.ofKind("attempt_ended")).toEqual([]);
  expect(findDecision(await second.report(), "a").id).toBe(asked.id);
  expect(toStatuses(await say(second, asked.id, "approve"))).toEqual({ a: "completed" });
});
