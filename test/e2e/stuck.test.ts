import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProjectPorts } from "../../src/engine/ports.ts";
import { findProcesses } from "../../src/sandbox/testing.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import { findDecision } from "../support/e2e-repo.ts";

/** Nobody waits for minutes here. */
const soon = {
  wrap: {
    log: <Log>(log: Log): Log => log,
    project: (ports: ProjectPorts): ProjectPorts => Object.assign(ports, { stuckAfterMs: () => 2_500 }),
  },
};

test("an agent that does nothing any more is asked about and not ended; told to wait it is watched on, told again it goes on with its conversation", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const turns = [
    [edit("a.txt", "begun"), { do: "stall" }],
    [{ do: "shell", command: "cp a.txt b.txt" }, edit("prompt.txt", "{prompt}")],
  ] as const;
  const osqr = await openWithAgent(repo, { "a#T1": { turns } }, soon);
  const first = findDecision(await osqr.go(), "a");
  expect(first.question).toContain("T1 may be stuck: nothing was seen of scripted for ");
  expect(findProcesses("scripted-agent.ts")).not.toEqual([]);
  const second = findDecision(await osqr.decide(first.id, "wait"), "a");
  expect(second.id).not.toBe(first.id);
  expect(osqr.ofKind("attempt_ended")).toEqual([]);
  await osqr.decide(second.id, "again");
  await osqr.until("workstream_landed");
  expect(osqr.ofKind("session_opened").map(({ how }) => how)).toEqual(["new", "resumed"]);
  expect(osqr.ofKind("recovery_chosen")).toMatchObject([{ failure: "stuck", step: "resume", nth: 1 }]);
  expect(repo.git("show", "main:b.txt")).toBe("begun");
  expect(repo.git("show", "main:prompt.txt")).toContain("a person wanted it started again");
  expect(osqr.reported).toEqual([]);
});

test("nobody is asked any more once it moves again by itself", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const command = "until [ -e go.txt ]; do sleep 0.05; done";
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [[{ do: "shell", command }]] } }, soon);
  const { id } = findDecision(await osqr.go(), "a");
  const workspaces = join(osqr.env.OSQR_HOME ?? "", "workspaces");
  const [name = ""] = readdirSync(workspaces).filter((each) => each.startsWith("a-"));
  writeFileSync(join(workspaces, name, "tree", "go.txt"), "go");
  await osqr.until("workstream_landed");
  const withdrawn = osqr.ofKind("decision_withdrawn").map(({ decision, reason }) => [decision, reason]);
  expect(withdrawn).toContainEqual([id, "a-1 moves again"]);
  expect(osqr.ofKind("session_opened")).toHaveLength(1);
  expect(repo.git("show", "main:go.txt")).toBe("go");
});
