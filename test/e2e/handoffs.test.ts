/** Handoffs in a real repository: what is left at which event, by whom it is committed, and what happens when it is gone. */
import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Handoff, parseHandoff } from "../../src/core/handoff/shape.ts";
import type { Clock } from "../../src/engine/ports.ts";
import {
  findDecision,
  findView,
  openProject,
  openService,
  spec,
  type TestService,
} from "../support/e2e-repo.ts";
import { makeRepo, type TestRepo } from "../support/git-repo.ts";

const REF = "refs/osqr/handoffs";
const WAITS = [
  "## Open questions",
  "",
  "- Go on?",
  "  - key: GO",
  "  - a: yes",
  "  - b: no",
  "  - blocks: T2",
].join("\n");

/** Files of the ref, oldest first. */
function listFiles(repo: TestRepo): string[] {
  return repo.git("ls-tree", "-r", "--name-only", REF).split("\n");
}

const listJson = (repo: TestRepo): string[] => listFiles(repo).filter((path) => path.endsWith(".json"));

/** A handoff of the ref, which must be a good one. */
function read(repo: TestRepo, path: string): Handoff {
  const parsed = parseHandoff(repo.git("show", `${REF}:${path}`));
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.handoff;
}

/** Paths without what differs from run to run. */
const plain = (path: string): string =>
  path.replace(/(?:\/|-)[0-9a-f]{10}([-.])/, "$1").replace(/-\d{13}\./, ".");

/** `a` waits for an answer after its first task; `b` has nothing to do with it. */
async function openWaiting(config = ""): Promise<TestService & { readonly repo: TestRepo }> {
  const opened = await openProject(
    {
      "docs/a.md": spec(
        { "T1 Write it": "echo a > a.txt", "T2 Read on": 'cp "$OSQR_BRIEFING" briefing.md' },
        [],
        WAITS,
      ),
      "docs/b.md": spec({ "T1 Write b": "echo b > b.txt" }),
    },
    { config },
  );
  const report = await opened.go();
  expect(report.status).toBe("needs_you");
  await opened.quiet();
  return opened;
}

/** The task is blocked because of `fault`, the run names the way out, and after a repair it is built. */
async function expectRepair(osqr: TestService, repo: TestRepo, fault: RegExp): Promise<void> {
  const { service } = osqr;
  const { root } = repo;
  const asked = findDecision(await osqr.report(), "a");
  const blocked = await osqr.decide(asked.id, "a");
  expect([blocked.status, findView(blocked, "a").status]).toEqual(["needs_you", "blocked"]);
  expect(blocked.nextSteps).toContain("osqr handoff repair");
  const why = await service.why(root, "a#T2");
  expect(why.sentences[1]).toMatch(fault);
  expect(why.sentences[2]).toBe("Made again from the history: osqr handoff repair a#T1");
  expect((await service.handoff(root, "a#T1")).fault).toMatch(fault);
  const shown = await service.show(root, "a#T1");
  expect(shown.kind === "task" && shown.handoff).toMatch(/^It cannot be read: /);
  expect(osqr.ofKind("attempt_ended").map(({ outcome }) => outcome)).toEqual(["cancelled"]);

  const after = osqr.events().at(-1)?.seq ?? 0;
  const repairs = await service.repairHandoffs(root, null);
  expect(repairs.find(({ what }) => what === "a#T1")?.fault).toMatch(fault);
  const done = await osqr.rest(after);
  expect([done.status, findView(done, "a").status]).toEqual(["completed", "completed"]);
  await osqr.quiet();
  expect(repo.git("show", "main:briefing.md")).toContain("- outcome: Write it: 1 file, +1 −0");
  const left = await service.handoffs(root, null);
  expect(left.map(({ what, status }) => [what, status])).toEqual([
    ["a#T1", "committed"],
    ["a#T2", "committed"],
    ["a", "committed"],
    ["b#T1", "committed"],
    ["b", "committed"],
  ]);
  expect(await service.repairHandoffs(root, null)).toEqual([]);
}

test("a ref that was deleted blocks who starts from it, not the others, and is made again", async () => {
  const osqr = await openWaiting();
  const { repo } = osqr;
  const before = listJson(repo).map((path) => [path, repo.git("show", `${REF}:${path}`)]);
  repo.git("update-ref", "-d", REF);
  await expectRepair(osqr, repo, /refs\/osqr\/handoffs is gone/);
  for (const [path = "", text] of before) expect(repo.git("show", `${REF}:${path}`)).toBe(text);
  expect(before).toHaveLength(3);
});

test("a file whose object is damaged is written anew", async () => {
  const osqr = await openWaiting();
  const { repo } = osqr;
  const path = listJson(repo).find((each) => each.startsWith("a/t1/"));
  const oid = repo.git("rev-parse", `${REF}:${path}`);
  const file = join(repo.root, ".git", "objects", oid.slice(0, 2), oid.slice(2));
  chmodSync(file, 0o644);
  writeFileSync(file, "rubbish");
  await expectRepair(osqr, repo, /a\/t1\/a-1-[0-9a-f]{10}\.json: /);
});

test("a file that somebody overwrote with something else is no handoff", async () => {
  const osqr = await openWaiting();
  const { repo } = osqr;
  const path = listJson(repo).find((each) => each.startsWith("a/t1/"));
  const head = `commit ${REF}\ncommitter X <x@localhost> 1700000000 +0000\ndata 1\nx\nfrom ${REF}^0\n`;
  const input = `${head}M 100644 inline ${path}\ndata 14\n{"outcome": 1}\n`;
  const { root: cwd, environment: env } = repo;
  execFileSync("git", ["fast-import", "--quiet"], { cwd, env, input });
  await expectRepair(osqr, repo, /a-1-[0-9a-f]{10}\.json: (schemaVersion|event): /);
});

test("repair of one task leaves the others alone; what was never there is said", async () => {
  const { repo, service } = await openWaiting();
  const { root } = repo;
  repo.git("update-ref", "-d", REF);
  expect((await service.repairHandoffs(root, ["b#T1"])).map(({ what }) => what)).toEqual(["b#T1"]);
  expect(listJson(repo).map(plain)).toEqual(["b/t1/a-2.json"]);
  expect((await service.repairHandoffs(root, ["a"])).map(({ what }) => what)).toEqual(["a#T1"]);
  await expect(service.handoff(root, "a#T2")).rejects.toThrow("a#T2 has left no handoff yet");
  await expect(service.handoff(root, "nothing")).rejects.toThrow('no handoff "nothing"');
  const path = listJson(repo).find((each) => each.startsWith("a/t1/")) ?? "";
  const byPath = await service.handoff(root, path);
  expect(byPath).toMatchObject({ what: "a#T1", status: "committed", next: "T2 Read on" });
  expect(byPath.content).toEqual(read(repo, path));
});

test("under a collector the history alone holds a handoff until somebody needs it or all is at rest", async () => {
  const osqr = await openProject(
    {
      "docs/a.md": spec({
        "T1 [P] One": "echo 1 > 1.txt",
        "T2 [P] Two": "echo 2 > 2.txt",
        "T3 Read on": 'cp "$OSQR_BRIEFING" briefing.md',
      }),
    },
    { config: "handoffs: collector\n" },
  );
  const { repo, service } = osqr;
  expect((await osqr.go()).status).toBe("completed");
  await osqr.quiet();
  const joined = osqr.ofKind("task_completed");
  expect(joined.map(({ handoff }) => handoff?.commit)).toEqual([null, null, null]);
  const collected = osqr.ofKind("handoffs_collected");
  const inOrder = joined.map(({ task }) => task);
  expect(collected.map(({ tasks }) => tasks)).toEqual([inOrder.slice(0, 2), inOrder.slice(2)]);
  // The third attempt began with what the collector had committed for it.
  const started = osqr.ofKind("attempt_started").map(({ seq }) => seq);
  expect(collected[0]?.seq).toBeLessThan(started[2] ?? 0);
  const briefing = repo.git("show", "main:briefing.md");
  expect(briefing.match(/## Handoff a\/t[12]\//g)).toEqual(["## Handoff a/t1/", "## Handoff a/t2/"]);
  expect(repo.git("log", "--reverse", "--format=%s", REF).split("\n")).toEqual([
    "2 handoffs",
    "a T3: Read on",
    "a: integrated",
  ]);
  expect((await service.handoffs(repo.root, "a")).every(({ status }) => status === "committed")).toBe(true);
});

/** Time that stands still: whatever is made is made at the same moment. */
const STILL: Clock = {
  now: () => 1_767_607_200_000,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  soon: (callback) => void setImmediate(callback),
};

test("producers and a collector leave the same handoffs", async () => {
  const contents = [];
  const events = [];
  for (const config of ["maxParallel: 1\n", "maxParallel: 1\nhandoffs: collector\n"]) {
    const osqr = await openProject(
      {
        "docs/a.md": spec({
          "T1 [P] One": "echo 1 > 1.txt",
          "T2 [P] Two": "true",
          "T3 Three": "echo 3 > 3.txt",
        }),
        "docs/b.md": spec({ "T1 After (depends: a)": "cat 1.txt > b.txt" }),
      },
      { config, clock: STILL },
    );
    expect((await osqr.go()).status).toBe("completed");
    await osqr.quiet();
    const toPlain = (text: string): string =>
      text
        .replace(/\b[0-9a-f]{40}\b/g, "OID")
        .replace(/\b[0-9a-f]{10}\b/g, "ID")
        .replace(/as [0-9a-f]{7}$/gm, "as ID")
        .replace(/as [0-9a-f]{7}"/g, 'as ID"');
    const { repo } = osqr;
    const id = osqr.ofKind("project_opened")[0]?.project.id ?? "";
    contents.push(
      listFiles(repo).map((path) => [
        toPlain(path),
        toPlain(repo.git("show", `${REF}:${path}`)).replaceAll(id, "P"),
      ]),
    );
    const told = osqr.events().flatMap((event) => ("attempt" in event ? [[event.attempt, event.kind]] : []));
    events.push(Map.groupBy(told, ([attempt]) => attempt));
  }
  expect(contents[0]).toHaveLength(12);
  expect(contents[1]).toEqual(contents[0]);
  // What runs beside each other may be told in another order; each attempt by itself may not.
  expect(events[0]?.size).toBe(4);
  expect(events[1]).toEqual(events[0]);
});

test("what a daemon could not collect before it died, the next one reads from the history and commits", async () => {
  const repo = makeRepo({
    "docs/a.md": spec({ "T1 [P] One": "echo 1 > 1.txt", "T2 [P] Two": "echo 2 > 2.txt" }),
  });
  const config = "handoffs: collector\n";
  const first = await openService(repo, {
    config,
    wrap: {
      log: (log) => log,
      project: (ports) => ({
        ...ports,
        git: {
          ...ports.git,
          editTree: (treeish, edits) =>
            edits.some(({ content }) => content?.includes("schemaVersion"))
              ? Promise.reject(new Error("no space left on device"))
              : ports.git.editTree(treeish, edits),
        },
      }),
    },
  });
  expect((await first.go()).status).toBe("completed");
  await first.quiet();
  expect(first.reported.join("\n")).toContain("no space left on device");
  expect((await first.service.handoffs(repo.root, "a")).map(({ status }) => status)).toEqual([
    "uncollected",
    "uncollected",
    "unreadable",
  ]);
  await first.close();
  const second = await openService(repo, { config });
  await second.until("handoffs_collected");
  await second.quiet();
  expect((await second.service.handoffs(repo.root, "a")).map(({ status }) => status)).toEqual([
    "committed",
    "committed",
    "committed",
  ]);
  expect(listJson(repo).map(plain)).toEqual([
    "a/integration-integrated.json",
    "a/t1/a-1.json",
    "a/t2/a-2.json",
  ]);
  expect(read(repo, listJson(repo)[0] ?? "")).toMatchObject({
    event: "integrated",
    baseline: "post-integration",
  });
});

const FLOW = `
name: flow
version: 1
steps:
  - key: tasks
    definition_of_done: it is written
  - key: check
    title: Is it good?
    review: true
    returns_to: tasks
  - key: integrate
  - key: smoke
    title: Look at the base
    run: test -e a.txt
`;

test("reviews, returns and reverts leave handoffs too, and the next attempt reads why it was sent back", async () => {
  const osqr = await openProject({
    ".osqr/workflows/flow.yaml": FLOW,
    "docs/a.md": spec({ "T1 Write it": 'cp "$OSQR_BRIEFING" a.txt' }, ["workflow: flow", "owner: sam"]),
  });
  const { repo, service } = osqr;
  const { root } = repo;
  const answer = async (option: string, because: string): Promise<void> => {
    const after = osqr.events().at(-1)?.seq ?? 0;
    const { id } = findDecision(await osqr.report(), "a");
    await service.decide(root, id, option, because, { signer: "dana", to: null });
    await osqr.rest(after);
    await osqr.quiet();
  };
  await osqr.go();
  await answer("reject", "it says nothing");
  await answer("approve", "now it does");
  const briefing = repo.git("show", "main:a.txt");
  expect(briefing).toContain("## Done means\n\nit is written");
  expect(briefing).toContain("## Why earlier results were refused\n\n- a-1: it says nothing");
  expect(briefing).toContain("- check rejected by dana: it says nothing");
  const views = await service.handoffs(root, "a");
  expect(views.map(({ what, event, actor, status }) => [what, event, actor, status])).toEqual([
    ["a", "work_returned", "dana", "committed"],
    ["a#T1", "task_completed", "command", "committed"],
    ["a#check", "review_approved", "dana", "committed"],
    ["a", "integrated", "osqr", "committed"],
    ["a#smoke", "task_completed", "command", "committed"],
  ]);
  expect(views.map(({ next, whose }) => [next, whose])).toEqual([
    ["do T1 Write it again: it says nothing", "sam"],
    ["sign off Is it good?", "sam"],
    ["integrate into main", "sam"],
    ["smoke Look at the base", "sam"],
    ["nothing: all is done", "sam"],
  ]);
  const [back, again] = views;
  expect([back?.older, again?.older]).toEqual([0, 1]);
  const all = await service.handoffs(root, "a", true);
  expect(all.map(({ id, what }) => `${id} ${what}`).slice(0, 3)).toEqual([
    "a-1 a#T1",
    "a/returned/1 a",
    "a-3 a#T1",
  ]);
  expect((await service.handoff(root, "a")).event).toBe("integrated");
  expect((await service.handoff(root, "a/returned/1")).path).toBe(back?.path);
  expect((await service.handoff(root, "a-1")).what).toBe("a#T1");
  const { links } = read(repo, again?.path.replace(".md", ".json") ?? "");
  expect(links.map(({ relation, task }) => [relation, task])).toEqual([["earlier", "a#T1"]]);
  expect((await service.handoff(root, links[0]?.path ?? "")).attempt).toBe("a-1");
  // What follows the merge brings nothing in: the work stays where it was.
  const tips = osqr.ofKind("task_completed").map(({ tip }) => tip);
  expect(new Set(tips.slice(-3)).size).toBe(1);

  await service.revert(root, "a", { to: null, because: "it was too early", signer: "kim" });
  await osqr.until("workstream_reverted");
  await osqr.quiet();
  const last = (await service.handoffs(root, "a")).at(-1);
  expect(last).toMatchObject({ event: "reverted", actor: "kim", status: "committed", next: "osqr resume a" });
  expect(last?.outcome).toMatch(/^[0-9a-f]{7} was taken out of main by kim: it was too early$/);
});
