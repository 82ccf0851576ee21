import { expect, test } from "vitest";
import { PROJECT, projectDraft, registration } from "../../../test/support/core-builders.ts";
import { HandoffSide } from "../../../test/support/handoff-side.ts";
import type { Event } from "../../core/model/event.ts";
import { toWorkstreamId } from "../../core/model/ids.ts";
import type { GitPort } from "../../git/types.ts";
import { MemoryLog } from "../../store/memory.ts";
import { HANDOFFS_REF } from "../effects/refs.ts";
import { readArtifacts, readArtifactsInTurns } from "./history.ts";
import { readHandoff, readHandoffs, readTip } from "./read.ts";
import { repairHandoffs } from "./repair.ts";

const COMMIT = "c".repeat(40);
const A1 = "a/t1/a-1-cccccccccc.json";
const A2 = "a/t2/a-2-cccccccccc.json";

/** Two tasks that are done, with their handoffs. */
async function begin(change?: (git: GitPort) => Partial<GitPort>): Promise<HandoffSide> {
  const side = new HandoffSide("producer", change);
  const project = {
    id: PROJECT,
    root: "/repo",
    base: "main",
    policy: "fifo",
    maxParallel: 8,
    resources: {},
  } as const;
  await side.send({ kind: "open_project", project });
  const registrations = [registration({ id: "a", tasks: ["T1", "T2", "T3"] })];
  await side.send({
    kind: "register",
    project: PROJECT,
    registrations,
    ranks: { tasks: [], overlaps: [], stacks: [] },
  });
  const rest = { approve: [], approveAll: true, planningMs: 0, maxParallel: 8, by: "user" };
  await side.send({ kind: "go", project: PROJECT, include: [toWorkstreamId("a")], ...rest });
  for (let round = 0; round < 2; round += 1) {
    await side.send({ kind: "schedule", slots: 1 });
    const [attempt] = side.state.active.keys();
    const claim = { attempt: attempt!, fence: side.state.attempts.get(attempt!)?.fence ?? 0 };
    await side.send({ kind: "attempt_started", ...claim, sandbox: "process" });
    const result = { commit: COMMIT, files: [], added: 1, deleted: 0, workMs: 10, warnings: [] };
    await side.send({ kind: "attempt_succeeded", ...claim, ...result });
    await side.carryOut({ kind: "task_joined", ...claim, tip: COMMIT, handoff: null, artifacts: [] });
  }
  return side;
}

const EVERYTHING = { isWanted: () => true, by: "dana" };
const repair = (side: HandoffSide) => repairHandoffs(side.context, side.project, EVERYTHING);

test("a ref that nothing can be added to is put aside, and all that the history knows goes into a new one", async () => {
  let isDamaged = false;
  const side = await begin((git) => ({
    editTree: (treeish, edits) =>
      isDamaged && treeish !== null
        ? Promise.reject(new Error("bad tree object"))
        : git.editTree(treeish, edits),
  }));
  const { repository } = side;
  const before = new Map(side.files());
  const tip = repository.refs.get(HANDOFFS_REF) ?? "";
  const files = new Map(before);
  files.delete(A1);
  repository.refs.set(HANDOFFS_REF, repository.commit(repository.writeTree(files), [tip], "cut", 0));
  isDamaged = true;
  expect((await repair(side)).map(({ what, fault }) => [what, fault])).toEqual([
    ["a#T1", `refs/osqr/handoffs has no ${A1}`],
  ]);
  expect(side.files()).toEqual(before);
  expect([...repository.refs.keys()].filter((ref) => ref.includes("salvage"))).toEqual([
    "refs/osqr/salvage/handoffs",
  ]);
  expect(side.history.at(-1)).toMatchObject({ kind: "handoff_repaired", by: "dana" });
});

test("an older history, which does not hold the content, is asked what was known then", async () => {
  const side = await begin();
  const before = new Map(side.files());
  const older = new MemoryLog();
  for (const event of side.history) {
    const { seq: _, at, kind, artifact: _content, ...data } = event as Event & { artifact?: unknown };
    older.append([{ at, kind, data, v: 1 }]);
  }
  side.repository.refs.delete(HANDOFFS_REF);
  side.log.events.splice(0, side.log.events.length, ...older.events);
  expect([...readArtifacts(side.log, PROJECT)].map(({ path }) => path.replace(".md", ".json"))).toEqual([
    A1,
    A2,
  ]);
  expect((await repair(side)).map(({ what }) => what)).toEqual(["a#T1", "a#T2"]);
  expect(side.files()).toEqual(before);
});

test("a long history is read in turns: whoever asks meanwhile is answered", async () => {
  const side = await begin();
  const filler = { at: 1, kind: "project_opened", v: 1, data: { project: projectDraft() } };
  side.log.append(Array.from({ length: 2_000 }, () => filler));
  let turns = 0;
  const clock = {
    ...side.context.engine.ports.clock,
    soon: (callback: () => void) => {
      turns += 1;
      setImmediate(callback);
    },
  };
  const read = await readArtifactsInTurns({ log: side.log, clock }, PROJECT);
  expect(read).toHaveLength(2);
  expect(turns).toBeGreaterThanOrEqual(8);
  const controller = new AbortController();
  const ending = readArtifactsInTurns({ log: side.log, clock }, PROJECT, { signal: controller.signal });
  controller.abort();
  turns = 0;
  expect([await ending, turns]).toEqual([null, 0]);
});

test("many handoffs that are not there cost one look at the ref", async () => {
  const calls: string[] = [];
  const side = await begin((git) => ({
    listFiles: (commit, under) => {
      calls.push("listFiles");
      return git.listFiles(commit, under);
    },
    readFile: (commit, path) => {
      calls.push(`readFile ${path}`);
      return git.readFile(commit, path);
    },
  }));
  const { git } = side.project;
  const tip = await readTip(git);
  const paths = [A1, ...Array.from({ length: 1_000 }, (_, at) => `a/t${at}/gone.md`)];
  calls.length = 0;
  const read = await readHandoffs(git, tip, paths);
  // What is there is read: this git in memory gives no contents together.
  expect(calls).toEqual(["listFiles", `readFile ${A1}`]);
  expect([read.get(A1)?.ok, read.size]).toEqual([true, 1_001]);
  expect(read.get("a/t7/gone.md")).toEqual({
    ok: false,
    fault: "refs/osqr/handoffs has no a/t7/gone.json",
  });
});

test("git that stumbles once is asked again; what stays wrong is said of each file", async () => {
  let failures = 2;
  const side = await begin((git) => ({
    readFile: (commit, path) => {
      if (path === A1) failures -= 1;
      return path === A1 && failures >= 0
        ? Promise.reject(new Error("too many open files"))
        : git.readFile(commit, path);
    },
  }));
  const { git } = side.project;
  const tip = await readTip(git);
  expect((await readHandoff(git, tip, A1)).ok).toBe(true);
  failures = 3;
  const read = await readHandoffs(git, tip, [A1, "a/t9/none.md"]);
  expect([...read].map(([path, each]) => [path, each.ok ? null : each.fault])).toEqual([
    [A1, `${A1}: too many open files`],
    ["a/t9/none.md", "refs/osqr/handoffs has no a/t9/none.json"],
  ]);
  expect(await readHandoff(git, null, A1)).toEqual({ ok: false, fault: "refs/osqr/handoffs is gone" });
});
