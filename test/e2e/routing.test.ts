/** Who does what, over the real engine. The agent of these tests is the command executor with a script of its own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProjectPorts } from "../../src/engine/ports.ts";
import type { Executor } from "../../src/executors/types.ts";
import { openProject } from "../support/e2e-repo.ts";
import { writeBelow } from "../support/git-repo.ts";

const SPEC =
  "# A\n\n**Status**: ready\n\n- [ ] T1 Write the guide\n- [ ] T2 Check it\n\n```sh run task=T2\ntest -s guide.md\n```\n";

/** Adds executors that write their name and model into a file, where `isHere` lets them. */
const withAgents = (names: readonly string[], isHere: () => boolean = () => true) => ({
  log: <T>(log: T): T => log,
  project(ports: ProjectPorts): ProjectPorts {
    const command = ports.executors.get("command") as Executor;
    const agents = names.map(
      (name): Executor => ({
        name,
        refuse: () => null,
        start: (order) => command.start({ ...order, script: `echo "${name} ${order.model}" > guide.md` }),
      }),
    );
    return {
      ...ports,
      get executors() {
        return new Map([command, ...(isHere() ? agents : [])].map((each) => [each.name, each]));
      },
    };
  },
});

const read = (root: string): string => readFileSync(join(root, "guide.md"), "utf8").trim();

const DOCS = { "docs/a.md": SPEC };

test("who the operator names does what has no run block, with the model that the route names", async () => {
  const config = 'executors: { claude: {}, codex: {} }\nroutes: { documentation: ["claude:haiku"] }\n';
  const spec = SPEC.replace("Write the guide", "Write the user guide");
  const { repo, go, ofKind } = await openProject(
    { "docs/a.md": spec },
    { config, wrap: withAgents(["claude", "codex"]) },
  );
  expect((await go()).status).toBe("completed");
  expect(read(repo.root)).toBe("claude haiku");
  const launches = ofKind("attempts_claimed").flatMap((event) => event.launches);
  expect(launches.map(({ executor }) => executor)).toEqual(["claude", "command"]);
});

test("an agent that nobody has named waits for one word, and works from then on", async () => {
  const { repo, service, go, decide } = await openProject(DOCS, { wrap: withAgents(["claude"]) });
  const report = await go({ approveAll: false });
  expect([report.status, report.decisions.map(({ question }) => question)]).toEqual([
    "needs_you",
    ["1 command is new or changed, and no config names the agent claude: run them on this machine?"],
  ]);
  expect((await decide("D-1", "approve")).status).toBe("completed");
  expect(read(repo.root)).toBe("claude sonnet");
  writeBelow(repo.root, "docs/b.md", "---\nid: b\n---\n- [ ] T1 Write it again\n");
  repo.gitIn(repo.root, "add", "-A");
  repo.gitIn(repo.root, "commit", "-q", "-m", "another");
  const { commands } = await service.plan(repo.root, { only: null, skip: [] });
  expect(commands).toMatchObject([{ kind: "agent", text: "claude", approved: true }]);
});

test("a task that nobody can do says so, and goes on once somebody can", async () => {
  let isHere = false;
  const { repo, service, go, ofKind } = await openProject(DOCS, {
    wrap: withAgents(["codex"], () => isHere),
  });
  const { status, workstreams } = await go();
  expect([status, workstreams.map((each) => each.status)]).toEqual(["failed", ["blocked"]]);
  expect(ofKind("task_blocked").flatMap(({ by }) => by.map(({ message }) => message))).toEqual([
    "no run block, and no agent is here that could do it: osqr doctor",
  ]);
  await expect(go({ executor: "cdoex" })).rejects.toMatchObject({
    code: "unknown-executor",
    hints: ["did you mean codex?"],
  });
  isHere = true;
  const plan = await service.plan(repo.root, { only: null, skip: [], executor: "codex:mini" });
  expect(plan.workstreams[0]?.tasks[0]).toMatchObject({ executor: "codex", model: "mini", blocked: null });
  expect((await go({ executor: "codex:mini" })).status).toBe("completed");
  expect(read(repo.root)).toBe("codex mini");
  expect(ofKind("task_rerouted").map(({ from, to, reason }) => [from.executor, to, reason])).toEqual([
    ["command", { executor: "codex", model: "mini" }, "codex: asked for with --executor"],
  ]);
});

test("a repository brings in no executor, and chooses none that the operator has not named", async () => {
  const project =
    "executor: codex\nexecutors: { evil: { argv: [/tmp/evil] } }\nroutes: { testing: [evil] }\n";
  const files = { ...DOCS, ".osqr/config.yaml": project };
  const { repo, service } = await openProject(files, {
    config: "executors: { claude: {} }\n",
    wrap: withAgents(["claude", "codex"]),
  });
  const { notes, workstreams } = await service.plan(repo.root, { only: null, skip: [] });
  expect(notes.filter((note) => note.startsWith(".osqr"))).toEqual([
    ".osqr/config.yaml: executors was not taken over: only the operator's config says who may run",
    ".osqr/config.yaml: executor was not taken over: the operator's config has no executor codex: claude",
    ".osqr/config.yaml: routes.testing was not taken over: the operator's config has no executor evil: claude",
  ]);
  expect(workstreams[0]?.tasks[0]).toMatchObject({ executor: "claude", model: "sonnet", blocked: null });
});

test("a circle of fallbacks starts nothing, and is named with its line", async () => {
  const { repo, service } = await openProject(DOCS);
  const folder = join(repo.folder, "config");
  writeBelow(folder, "osqr/config.yaml", "fallbacks:\n  claude: [codex]\n  codex: [claude]\n");
  await expect(service.plan(repo.root, { only: null, skip: [] })).rejects.toMatchObject({
    code: "config-invalid",
    message: expect.stringMatching(/config\.yaml:2: fallbacks\.claude: .* cycle claude → codex → claude$/),
  });
});

test("an agent of the config that is not there is said with what it lacks", async () => {
  const config = "executors: { mine: { argv: [/nowhere/agent] } }\n";
  const { service, repo } = await openProject({ "docs/a.md": SPEC }, { config });
  const plan = await service.plan(repo.root, { only: null, skip: [] });
  expect(plan.workstreams[0]?.tasks.map(({ blocked }) => blocked)).toEqual([
    "mine: /nowhere/agent is not there, or may not be run",
    null,
  ]);
});
