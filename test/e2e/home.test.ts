import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/engine/local/machine.ts";
import { openLocalService } from "../../src/engine/local/open.ts";
import { orchestrate } from "../../src/index.ts";
import { startDaemon } from "../../src/server/daemon.ts";
import { openProject, openService, spec, toEnvironment } from "../support/e2e-repo.ts";
import { makeRepo, writeBelow } from "../support/git-repo.ts";

const two = {
  "docs/a.md": spec({ "T1 Write it": "echo a > a.txt" }),
  "docs/b.md": spec({ "T1 Write it": "echo b > b.txt" }),
};

test("two `go` at once are one run, and nothing is done twice", async () => {
  const { start, rest, ofKind, repo } = await openProject(two);
  const all = await Promise.all([start(), start(), start()]);
  expect(all.map(({ run }) => run)).toEqual(["r-1", "r-1", "r-1"]);
  const report = await rest(0);
  expect(report.summary).toBe("Built 2 of 2.");
  expect(ofKind("workstream_added")).toHaveLength(2);
  expect(ofKind("run_started")).toHaveLength(1);
  expect(ofKind("attempt_started")).toHaveLength(2);
  expect(ofKind("workstream_landed")).toHaveLength(2);
  expect(repo.git("rev-list", "--count", "--no-merges", "main")).toBe("3");
});

test("a second `go` while the first runs joins it, and takes in what was committed meanwhile", async () => {
  const { start, rest, until, ofKind, repo } = await openProject({
    "docs/a.md": spec({ "T1 Write it": "sleep 1; echo a > a.txt" }),
  });
  await start();
  await until("attempt_started");
  repo.write("docs/b.md", two["docs/b.md"]);
  repo.commit("another spec");
  const joined = await start();
  expect(joined).toMatchObject({ run: "r-1", attached: true });
  expect((await rest(0)).summary).toBe("Built 2 of 2.");
  expect(ofKind("attempt_started")).toHaveLength(2);
});

test("a clock that is set back leaves the history in order and the work done", async () => {
  let offsetMs = 0;
  const clock = { ...systemClock, now: () => Date.now() + offsetMs };
  const { go, service, events, repo } = await openProject(two, { clock });
  const stop = service.subscribe(({ kind }) => {
    if (kind === "attempt_started") offsetMs -= 3_600_000;
  });
  const report = await go();
  stop();
  expect(report.summary).toBe("Built 2 of 2.");
  const times = events().map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  for (const value of Object.values(report.metrics)) expect(value).toBeGreaterThanOrEqual(0);
  expect(report.metrics.makespanMs).toBeLessThan(60_000);
  expect(await service.verify()).toMatchObject({ ok: true });
  repo.write("docs/c.md", spec({ "T1 Write it": "echo c > c.txt" }));
  repo.commit("one more");
  expect((await go()).summary).toBe("Built 1 of 1.");
});

test("a question's time runs out also where the clock was set back while it was open", async () => {
  let offsetMs = 0;
  const clock = { ...systemClock, now: () => Date.now() + offsetMs };
  const { go, service, rest, ofKind } = await openProject(
    {
      "docs/a.md": spec({ "T1 Ask": 'osqr-ask PICK "Which?" x=this y=that --default y --after 1s > a.txt' }),
    },
    { clock },
  );
  const stop = service.subscribe(({ kind }) => {
    if (kind === "decision_opened") offsetMs -= 500;
  });
  const asked = await go();
  stop();
  expect(asked.decisions).toHaveLength(1);
  const report = await rest(ofKind("run_rested").at(-1)?.seq ?? 0);
  expect(report.summary).toBe("Built 1 of 1.");
  expect(report.madeForYou).toMatchObject([{ answer: { option: "y", by: "timeout" } }]);
});

test("a home that is in use is refused, and the pid of who has it is named", async () => {
  const repo = makeRepo(two);
  const { close, env } = await openService(repo);
  await expect(openLocalService({ env })).rejects.toMatchObject({
    code: "home-locked",
    message: expect.stringContaining(`another osqr uses ${env.OSQR_HOME}: pid ${process.pid}, since 2`),
    hints: [
      "use the CLI, which asks the one that runs; or stop it: osqr stop",
      'or give the library a home of its own: env: {...process.env, OSQR_HOME: "/path/to/folder"}',
    ],
  });
  await close();
  const { service } = await openLocalService({ env });
  await service.close();
});

test("a home that others can write to is refused", async () => {
  const repo = makeRepo(two);
  const env = toEnvironment(repo);
  const home = env.OSQR_HOME ?? "";
  mkdirSync(home);
  writeFileSync(join(home, "something"), "");
  chmodSync(home, 0o777);
  await expect(openLocalService({ env })).rejects.toMatchObject({
    code: "home-unsafe",
    message: `${home}: expected mode 700, found 777: other users can write to it`,
  });
});

test("a token that others can read, and a port that is taken, keep the daemon from starting and free the home", async () => {
  const repo = makeRepo(two);
  const env = toEnvironment(repo);
  const home = env.OSQR_HOME ?? "";
  const start = (port: number) =>
    startDaemon({
      home,
      port,
      version: "0",
      idleMs: null,
      createService: async () => (await openLocalService({ env })).service,
      log: () => undefined,
    });
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  await expect(start(port)).rejects.toMatchObject({
    code: "port-taken",
    message: expect.stringContaining(String(port)),
  });
  chmodSync(join(home, "token"), 0o644);
  await expect(start(0)).rejects.toMatchObject({
    code: "token-unsafe",
    message: `${join(home, "token")}: expected mode 600, found 644: other users may have read it`,
  });
  chmodSync(join(home, "token"), 0o600);
  const daemon = await start(0);
  daemon.stop("test");
  expect(await daemon.stopped).toBe("test");
});

test("a fresh home does not build again what has landed", async () => {
  const repo = makeRepo(two);
  const first = await openService(repo);
  await first.go();
  await first.close();
  expect(repo.read("docs/a.md")).toMatch(/^---\nstatus: done\n(.|\n)*- \[x\] T1 Write it$/m);
  const { service } = await openLocalService({
    env: { ...first.env, OSQR_HOME: join(repo.folder, "other") },
  });
  onTestFinished(() => service.close());
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  expect(plan.workstreams).toEqual([]);
  expect(plan.leftOut.map(({ name, reason }) => `${name}: ${reason}`)).toMatchInlineSnapshot(`
    [
      "a: done",
      "b: done",
    ]
  `);
});

test("what was under way when osqr ended is salvaged, and done again by the next one", async () => {
  const repo = makeRepo({
    "docs/a.md": spec({
      "T1 Write it":
        'echo "$OSQR_ATTEMPT" > a.txt; osqr-progress ready; if [ "$OSQR_ATTEMPT" = a-1 ]; then sleep 60; fi',
    }),
  });
  const first = await openService(repo);
  await first.start();
  await first.until("attempt_progressed");
  await first.close();
  const second = await openService(repo);
  const report = await second.rest(0);
  expect(report.summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:a.txt")).toBe("a-2");
  const [lost] = second.ofKind("attempt_ended");
  expect(lost).toMatchObject({ attempt: "a-1", outcome: "lost", reason: "osqr was stopped" });
  expect(repo.git("show", `${lost?.salvage}:a.txt`)).toBe("a-1");
});

test("two projects in one home: each caller hears of its own run", async () => {
  const other = makeRepo({
    "docs/a.md": spec({ "T1 Write it": 'if [ "$OSQR_ATTEMPT" = a-1 ]; then sleep 60; fi; echo a > a.txt' }),
  });
  const first = await openService(other);
  await first.start();
  await first.until("attempt_started");
  await first.close();
  // The first project's run goes on and ends while the second one's is under way.
  const repo = makeRepo({ "docs/b.md": spec({ "T1 Take long": "sleep 2; echo b > b.txt" }) });
  const run = await orchestrate({ root: repo.root, approveAll: true, env: first.env });
  onTestFinished(() => run.close());
  expect((await run.result).summary).toBe("Built 1 of 1.");
  expect(repo.git("show", "main:b.txt")).toBe("b");
  expect(other.git("show", "main:a.txt")).toBe("a");
});

test("a project that is not there when osqr starts harms nobody, and goes on when it is back", async () => {
  const repo = makeRepo({ "docs/a.md": spec({ "T1 Ask": 'osqr-ask PICK "Which?" x=this y=that > a.txt' }) });
  const first = await openService(repo);
  await first.go();
  await first.close();
  renameSync(repo.root, `${repo.root}-away`);
  const second = await openService(repo);
  await expect(second.service.status(repo.root)).rejects.toMatchObject({ code: "not-a-repository" });
  await second.close();
  renameSync(`${repo.root}-away`, repo.root);
  const third = await openService(repo);
  expect((await third.decide("D-1", "x")).summary).toBe("Built 1 of 1.");
});

test("where the disk is too full nothing is started, and it says how much is missing", async () => {
  const { service, events, repo } = await openProject(two, { config: "disk:\n  minFreeBytes: 900000 GiB\n" });
  const options = { only: null, skip: [], approve: [], approveAll: true, maxParallel: null, by: "test" };
  await expect(service.go(repo.root, options)).rejects.toMatchObject({
    code: "before-disk",
    message: expect.stringMatching(/GiB/),
  });
  expect(events()).toEqual([]);
});

test("a config that is wrong is refused with file and line", async () => {
  const repo = makeRepo(two);
  const { service, env } = await openService(repo);
  writeBelow(env.XDG_CONFIG_HOME ?? "", "osqr/config.yaml", "policy: fifo\nmaxParalel: 3\n");
  await expect(service.plan(repo.root, { only: null, skip: [] })).rejects.toMatchObject({
    message: expect.stringContaining("config.yaml:2"),
    hints: expect.arrayContaining([expect.stringContaining("maxParallel")]),
  });
});

test("at the level `process` the promise is weaker, and plan and report say so", async () => {
  const { service, go, repo } = await openProject(two, { config: "sandbox: {level: process}\n" });
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  expect(plan.notes.join("\n")).toMatch(/process/);
  const report = await go();
  expect(report.summary).toBe("Built 2 of 2.");
  expect((await service.status(repo.root)).sandbox.level).toBe("process");
  expect(report.notes.join("\n")).toMatch(/process/);
});
