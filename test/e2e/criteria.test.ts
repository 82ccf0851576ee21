/** What osqr checks itself before the work of a step starts and before its result counts, on a real repository. */
import { expect, test, vi } from "vitest";
import { findProcesses } from "../../src/sandbox/testing.ts";
import { workflow } from "../support/cli-repo.ts";
import { findDecision, openProject, openService, spec, type TestService } from "../support/e2e-repo.ts";
import { makeRepo } from "../support/git-repo.ts";

type Fields = Readonly<Record<string, unknown>>;

const FLOW = ".osqr/workflows/flow.yaml";

/** One spec with one task that goes through these steps. */
const toFiles = (steps: readonly Fields[], script: string, more: Readonly<Record<string, string>> = {}) => ({
  [FLOW]: workflow("flow", steps),
  "docs/a.md": spec({ "T1 Write it": script }, ["workflow: flow"]),
  ...more,
});

/** The spec's tasks with criteria, and the merge. */
const tasks = (fields: Fields): readonly Fields[] => [{ key: "tasks", ...fields }, { key: "integrate" }];

const looks = ({ ofKind }: Pick<TestService, "ofKind">) =>
  ofKind("criteria_checked").map(({ attempt, side, results }) => ({ attempt, side, results }));

const napping = () => `sleep ${process.pid}.${Date.now()}`;
const isRunning = (nap: string) =>
  vi.waitFor(() => expect(findProcesses(nap)).not.toEqual([]), { timeout: 20_000 });
const isGone = (nap: string) => vi.waitFor(() => expect(findProcesses(nap)).toEqual([]), { timeout: 20_000 });

test("what holds before and after the work is looked at, recorded, and the work lands", async () => {
  const steps = tasks({
    entry: [{ key: "ready", command: "test -f ready.txt && test ! -e out" }],
    exit: [
      { key: "built", artifact: "out/" },
      { key: "file", artifact: "./out/a.txt" },
      { key: "says", command: 'grep -q "$OSQR_TASK" out/a.txt' },
    ],
  });
  const files = toFiles(steps, 'mkdir out\necho "$OSQR_TASK" > out/a.txt', { "ready.txt": "" });
  const opened = await openProject(files);
  expect((await opened.go()).summary).toBe("Built 1 of 1.");
  expect(looks(opened)).toEqual([
    { attempt: "a-1", side: "entry", results: [{ key: "ready", met: true, detail: "exit 0" }] },
    {
      attempt: "a-1",
      side: "exit",
      results: [
        { key: "built", met: true, detail: "out is there" },
        { key: "file", met: true, detail: "out/a.txt is there" },
        { key: "says", met: true, detail: "exit 0" },
      ],
    },
  ]);
  const order = opened.events().map(({ kind }) => kind);
  const [entry, exit] = [order.indexOf("criteria_checked"), order.lastIndexOf("criteria_checked")];
  expect(entry).toBeLessThan(order.indexOf("attempt_started"));
  expect(exit).toBeGreaterThan(order.indexOf("attempt_started"));
  expect(exit).toBeLessThan(order.indexOf("attempt_completed"));
  await opened.quiet();
  expect((await opened.service.status(opened.repo.root)).disk.workspaces).toBe(0);
});

test("an entry criterion that does not hold keeps the work from starting; mended in the base, a retry starts it", async () => {
  const steps = tasks({
    entry: [{ key: "ready", command: "test -f ready.txt || { echo 'error: not ready'; exit 3; }" }],
  });
  const { repo, service, go, decide, ofKind, quiet } = await openProject(toFiles(steps, "echo a > a.txt"));
  const report = await go();
  const decision = findDecision(report, "a");
  expect(decision.question).toMatch(/^T1 failed: it may not start: .* \(exit 3: error: not ready\)$/);
  expect(decision.context).toBe("error: not ready");
  expect(ofKind("attempt_started")).toEqual([]);
  await quiet();
  expect((await service.attemptLog("a-1", 0)).text).toMatch(
    /criterion ready: exit 3: error: not ready\nerror: not ready\n$/,
  );
  repo.write("ready.txt", "");
  repo.commit();
  expect((await decide(decision.id, "retry")).summary).toBe("Built 1 of 1.");
  expect(ofKind("attempt_started").map(({ attempt }) => attempt)).toEqual(["a-2"]);
});

test("a result that does not hold is tried again as often as the step says, and its work is kept", async () => {
  const steps = tasks({ retries: 1, exit: [{ key: "second", command: "grep a-2 a.txt" }] });
  const script = 'echo "$OSQR_ATTEMPT" > a.txt; echo written';
  const { repo, service, go, ofKind, quiet } = await openProject(toFiles(steps, script));
  expect((await go()).summary).toBe("Built 1 of 1.");
  expect(ofKind("attempt_ended")).toMatchObject([
    { attempt: "a-1", outcome: "rejected", reason: "its result does not hold: grep a-2 a.txt (exit 1)" },
  ]);
  expect(ofKind("task_requeued")).toMatchObject([{ retry: 1 }]);
  expect(ofKind("decision_opened")).toEqual([]);
  expect(repo.git("show", `${ofKind("attempt_ended")[0]?.salvage}:a.txt`)).toBe("a-1");
  expect(repo.read("a.txt")).toBe("a-2\n");
  await quiet();
  expect((await service.attemptLog("a-1", 0)).text).toBe("written\n\n── criterion second: exit 1\n");
  expect((await service.attemptLog("a-2", 0)).text).toBe("written\n");
});

test("a result is looked at in a checkout of its own: what only lies in the workspace does not count", async () => {
  const steps = tasks({ exit: [{ key: "made", command: "test -f made.log" }] });
  const files = toFiles(steps, "echo a > a.txt\necho b > made.log", { ".gitignore": "*.log\n" });
  const { go } = await openProject(files);
  expect(findDecision(await go(), "a").question).toMatch(
    /its result does not hold: test -f made.log \(exit 1\)$/,
  );
});

test("a gate is read as the difference to the base, and a name that is none says which there are", async () => {
  const check =
    'echo 1..2; echo "not ok 1 - old"; if test -e bad.txt; then echo "not ok 2 - new"; else echo "ok 2 - new"; fi; exit 1';
  const config = `gates:\n  check: ${JSON.stringify(check)}\n`;
  const good = tasks({ gates: ["check"] });
  const first = await openProject(toFiles(good, "echo a > a.txt"), { config });
  await first.start();
  await first.until("attempt_completed");
  expect(looks(first)[0]?.results).toMatchObject([{ key: "gate-check", met: true }]);
  const second = await openProject(toFiles(good, "echo a > bad.txt"), { config });
  expect(findDecision(await second.go(), "a").question).toMatch(/the gate check passes \(check: new/);
  const third = await openProject(toFiles(tasks({ gates: ["chek"] }), "echo a > a.txt"), { config });
  const unknown = findDecision(await third.go(), "a");
  expect(unknown.question).toMatch(/the gate chek passes \(no gate "chek"; there are: check\)$/);
  expect(unknown.location).toMatch(/^\.osqr\/workflows\/flow\.yaml:\d+$/);
});

test("commands of criteria are in the plan with their place, and are asked about before anything starts", async () => {
  const steps = tasks({ exit: [{ key: "ok", command: "test -f a.txt" }] });
  const { repo, service, go, decide, ofKind } = await openProject(toFiles(steps, "echo a > a.txt"));
  const { commands } = await service.plan(repo.root, { only: null, skip: [] });
  expect(commands.map(({ kind, source, text }) => ({ kind, source, text }))).toEqual([
    { kind: "run", source: "docs/a.md:9", text: "echo a > a.txt\n" },
    { kind: "criterion", source: `${FLOW}:5`, text: "test -f a.txt" },
  ]);
  const report = await go({ approveAll: false });
  const decision = findDecision(report, "a");
  expect(decision.question).toBe("2 commands are new or changed: run them on this machine?");
  expect((await decide(decision.id, "approve")).summary).toBe("Built 1 of 1.");
  expect(ofKind("decision_opened")).toHaveLength(1);
});

test("a gate that the work itself has changed is asked about, and the work waits for the answer", async () => {
  const packageJson = (script: string) => `${JSON.stringify({ scripts: { test: script } })}\n`;
  const steps = tasks({ gates: ["tests"] });
  const script = `cat > package.json <<'E'\n${packageJson("test -f a.txt")}E\necho a > a.txt`;
  const files = toFiles(steps, script, { "package.json": packageJson("true") });
  const { repo, service, go, rest, ofKind, events } = await openProject(files, { config: "setup: false\n" });
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  const report = await go({ approveAll: false, approve: plan.commands.map(({ hash }) => hash) });
  const decision = findDecision(report, "a");
  expect(decision.question).toBe("1 command of the criteria is new or has changed: run it?");
  expect(ofKind("attempt_parked")).toMatchObject([{ attempt: "a-1", decision: decision.id }]);
  const after = events().at(-1)?.seq ?? 0;
  await service.decide(repo.root, decision.id, "approve", "");
  expect((await rest(after)).summary).toBe("Built 1 of 1.");
  expect(ofKind("attempt_completed").map(({ attempt }) => attempt)).toEqual(["a-1"]);
});

test("rejected, the changed command is not run and the result does not count", async () => {
  const packageJson = (script: string) => `${JSON.stringify({ scripts: { test: script } })}\n`;
  const script = `cat > package.json <<'E'\n${packageJson("touch /tmp/never")}E`;
  const files = toFiles(tasks({ gates: ["tests"] }), script, { "package.json": packageJson("true") });
  const { repo, service, go, decide } = await openProject(files, { config: "setup: false\n" });
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  const report = await go({ approveAll: false, approve: plan.commands.map(({ hash }) => hash) });
  const now = await decide(findDecision(report, "a").id, "reject");
  expect(findDecision(now, "a").question).toMatch(/not approved to run: package.json scripts.test\)$/);
});

test.each(["pause", "cancel"] as const)(
  "%s ends a look at criteria, and nothing of it is left",
  async (verb) => {
    const nap = napping();
    const opened = await openProject(
      toFiles(tasks({ exit: [{ key: "slow", command: nap }] }), "echo a > a.txt"),
    );
    const { repo, service, start, rest, ofKind, quiet } = opened;
    await start();
    await isRunning(nap);
    await service.steer(repo.root, verb, ["a"], "");
    await rest(0);
    await isGone(nap);
    await quiet();
    expect(ofKind("attempt_ended")).toMatchObject([
      { outcome: "cancelled", salvage: "refs/osqr/salvage/a-1" },
    ]);
    expect(looks(opened)).toEqual([]);
    const { workspaces } = (await service.status(repo.root)).disk;
    expect(workspaces).toBe(verb === "pause" ? 1 : 0);
  },
);

test("osqr stopped while it looks at criteria starts the task anew", async () => {
  const nap = napping();
  const steps = tasks({ exit: [{ key: "slow", command: `if grep a-1 a.txt; then ${nap}; fi` }] });
  const repo = makeRepo(toFiles(steps, 'echo "$OSQR_ATTEMPT" > a.txt'));
  const first = await openService(repo);
  await first.start();
  await isRunning(nap);
  await first.close();
  await isGone(nap);
  const second = await openService(repo);
  await second.until("workstream_landed");
  expect(second.ofKind("attempt_ended")).toMatchObject([{ attempt: "a-1", outcome: "lost" }]);
  expect(repo.git("show", "main:a.txt")).toBe("a-2");
});

test("a command of a criterion has the time of its own, or of its task", async () => {
  const steps = tasks({ timeout: "20s", exit: [{ key: "slow", command: "sleep 600", timeout: "1s" }] });
  const { go } = await openProject(toFiles(steps, "echo a > a.txt"));
  expect(findDecision(await go(), "a").question).toMatch(/sleep 600 \(timed out \(its limit is 1 s\)\)$/);
});

test("a step after the merge looks at the base; one that changes files is told to come before it", async () => {
  const after = (run: string): readonly Fields[] => [
    { key: "tasks" },
    { key: "integrate" },
    { key: "announce", kind: "work", run },
  ];
  const looking = await openProject(toFiles(after("test -f a.txt"), "echo a > a.txt"));
  expect((await looking.go()).summary).toBe("Built 1 of 1.");
  expect(looking.repo.git("for-each-ref", "refs/osqr/work")).toBe("");
  const changing = await openProject(toFiles(after("echo b > b.txt"), "echo a > a.txt"));
  const decision = findDecision(await changing.go(), "a");
  expect(decision.question).toBe(
    "announce failed: announce comes after the merge and changed 1 file: a step before the merge must do that",
  );
  expect(decision.context).toBe("b.txt");
  expect(changing.repo.git("show", "refs/osqr/salvage/a-2:b.txt")).toBe("b");
  expect(changing.repo.git("ls-tree", "--name-only", "main")).not.toContain("b.txt");
});

test("paused in a step after the merge and resumed, nothing is left behind", async () => {
  const nap = napping();
  const run = `if test $OSQR_ATTEMPT = a-2; then ${nap}; fi`;
  const steps = [{ key: "tasks" }, { key: "integrate" }, { key: "announce", kind: "work", run }];
  const { repo, service, start, rest, quiet, ofKind } = await openProject(toFiles(steps, "echo a > a.txt"));
  await start();
  await isRunning(nap);
  await service.steer(repo.root, "pause", ["a"], "");
  await rest(0);
  const after = ofKind("run_rested").at(-1)?.seq ?? 0;
  await service.steer(repo.root, "resume", ["a"], "");
  expect((await rest(after)).summary).toBe("Built 1 of 1.");
  await quiet();
  expect((await service.status(repo.root)).disk.workspaces).toBe(0);
});

test("gates of a project that has none let the work go on, and nobody says that they passed", async () => {
  const opened = await openProject(toFiles(tasks({ gates: ["all"] }), "echo a > a.txt"));
  expect((await opened.go()).summary).toBe("Built 1 of 1.");
  const detail = "not verified: the project has no gates";
  expect(looks(opened)[0]?.results).toEqual([{ key: "gate-all", met: true, detail, unverified: true }]);
});
