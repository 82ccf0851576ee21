import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Handoff } from "../../../src/core/handoff/shape.ts";
import type { DecisionView } from "../../../src/core/report/types.ts";
import type { HandoffDetail, HandoffView } from "../../../src/engine/flow-service.ts";
import type { Explanation } from "../../../src/engine/service.ts";
import { type CliRepo, openCli, workflow } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

const REF = "refs/osqr/handoffs";

const build = {
  key: "build",
  title: "build it",
  kind: "work",
  role: "contributor",
  run: "echo built > built.txt",
};

function openFlow(steps: readonly Readonly<Record<string, unknown>>[]): CliRepo {
  return openCli({
    ".osqr/workflows/flow.yaml": workflow("flow", steps),
    "docs/a.md": spec({ "T1 Write one": "echo one > one.txt" }, ["workflow: flow"]),
  });
}

test("scenario 7: a step that ends commits a handoff with every field, and the next one starts from it", async () => {
  const cli = openFlow([
    build,
    { key: "use", title: "use it", kind: "work", run: 'grep "build it" "$OSQR_BRIEFING" > seen.txt' },
  ]);
  expect(await cli.go()).toEqual([]);
  // It was there before the next step was given away.
  const events = await cli.log();
  const done = events.find((event) => event.kind === "task_completed" && event.task.endsWith("#build"));
  const next = events.find(
    (event) => event.kind === "attempts_claimed" && event.launches.some(({ task }) => task.endsWith("#use")),
  );
  expect(done?.seq).toBeLessThan(next?.seq ?? 0);
  expect(cli.read("seen.txt")).not.toBe("");
  const list = await cli.ask<readonly HandoffView[]>("handoff", "list", "a");
  expect(list.map(({ what, status }) => [what, status])).toEqual([
    ["a#build", "committed"],
    ["a#use", "committed"],
    ["a", "committed"],
  ]);
  // What git holds is the contract; the command only shows it.
  const path = list[0]?.path.replace(/\.md$/, ".json") ?? "";
  const committed = JSON.parse(cli.git("show", `${REF}:${path}`)) as Handoff;
  expect(committed).toMatchObject({
    schemaVersion: 2,
    event: "task_completed",
    workItem: { name: "a" },
    workflow: { name: "flow", version: 1 },
    step: { key: "build", order: 1, role: "contributor" },
    attempt: "a-1",
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    actor: { name: "command", kind: "executor" },
    outcome: "build it: 1 file, +1 −0",
    files: ["built.txt"],
    next: { action: expect.stringContaining("use"), step: "use" },
    baseline: "pre-integration",
    links: [],
  });
  const used = await cli.ask<HandoffDetail>("handoff", "show", "a#use");
  expect(used.content?.links).toEqual([{ relation: "after", task: "a#build", path: list[0]?.path }]);
  const merged = await cli.ask<HandoffDetail>("handoff", "show", list[2]?.path ?? "");
  expect(merged.content).toMatchObject({ event: "integrated", baseline: "post-integration" });
});

/** Puts other bytes in the place of a committed handoff, as a broken disk would. */
function damage({ root, git, environment }: CliRepo, path: string): void {
  const run = (args: readonly string[], input: string, env: Readonly<Record<string, string>> = {}): string =>
    execFileSync("git", args, { cwd: root, env: { ...environment, ...env }, input, encoding: "utf8" }).trim();
  const index = { GIT_INDEX_FILE: `${root}/.git/damaged` };
  run(["read-tree", REF], "", index);
  const blob = run(["hash-object", "-w", "--stdin"], "not what it was\n");
  run(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`], "", index);
  const commit = run(["commit-tree", run(["write-tree"], "", index), "-p", REF], "damaged\n");
  git("update-ref", REF, commit);
}

test("edge case 3: where a handoff is missing or unreadable nothing starts from it, and the way on is named and works", async () => {
  const work = (key: string) => ({
    key,
    kind: "work",
    run: `echo ${key} > ${key}.txt`,
    entry: [`somebody lets ${key} begin`],
  });
  const cli = openFlow([build, work("middle"), work("last")]);
  const begin = async (): Promise<readonly DecisionView[]> => {
    for (const { id } of await cli.inbox()) await cli.ok("decide", id, "met", "--as", "dana");
    return cli.go();
  };
  await cli.go();
  cli.git("update-ref", "-d", REF);
  expect(await begin()).toEqual([]);
  const missing = await cli.ask<Explanation>("why", "a#middle");
  expect(missing.sentences.join(" ")).toMatch(/build.*osqr handoff repair/s);
  expect(await cli.ofKind("attempt_started")).toHaveLength(1);
  await cli.ok("handoff", "repair");
  // What stood in the way may have changed what was confirmed: it is asked again.
  expect((await cli.go()).map(({ blocks }) => blocks)).toEqual([["a#middle"]]);
  await begin();
  const list = await cli.ask<readonly HandoffView[]>("handoff", "list", "a");
  expect(list.map(({ what, status }) => [what, status])).toEqual([
    ["a#build", "committed"],
    ["a#middle", "committed"],
  ]);
  const middle = list.find(({ what }) => what === "a#middle")?.path.replace(/\.md$/, ".json") ?? "";
  damage(cli, middle);
  expect(await begin()).toEqual([]);
  expect((await cli.ok("handoff", "list", "a")).stdout).toContain("not JSON");
  expect((await cli.ok("status")).stdout + (await cli.ok("why", "a")).stdout).toContain(
    "osqr handoff repair",
  );
  await cli.ok("handoff", "repair", "a#middle");
  await cli.go();
  expect(await begin()).toEqual([]);
  expect(cli.read("last.txt")).toBe("last\n");
  expect((await cli.ofKind("handoff_repaired")).map(({ task }) => task.split("/").at(-1))).toEqual([
    "a#build",
    "a#middle",
  ]);
});
