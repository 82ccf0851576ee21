/** How freely the agents of one workstream work, and what becomes of what they may not. */
import { expect, test } from "vitest";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";

const shell = (command: string): Step => ({ do: "shell", command });

const change = (path: string): Step => ({
  do: "permission",
  kind: "edit",
  path,
  content: "x\n",
  allowed: [edit(path, "allowed")],
  refused: [edit(`no-${path.replaceAll("/", "-")}`, "refused")],
});

const SUPERVISED = "---\nid: a\nstatus: ready\nautonomy: supervised\n---\n# a\n\n- [ ] T1 do it\n";

test("a spec holds its agents back; the operator lets them go again, as far as the config allows", async () => {
  const repo = makeAgentsRepo({ b: ["T1"] }, { "docs/a.md": SUPERVISED });
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: [[change("src/a.ts"), change("src/c.ts")]] },
    "b#T1": { turns: [[change("src/b.ts")]] },
  });
  const plan = await osqr.service.plan(repo.root, { only: null, skip: [] });
  expect(plan.workstreams.map(({ name, autonomy }) => [name, autonomy])).toEqual([
    ["a", "supervised"],
    ["b", undefined],
  ]);
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 2");
  expect(report.decisions).toMatchObject([{ context: expect.stringContaining("of this workstream") }]);
  expect((await osqr.service.why(repo.root, "a")).sentences).toContain(
    "Its agents work at most in tier supervised.",
  );
  await expect(osqr.service.edit(repo.root, "a", { autonomy: "autonomous" }, "")).rejects.toMatchObject({
    code: "tier-too-free",
    message: "a: expected balanced or stricter, found autonomous",
  });
  const edited = await osqr.service.edit(repo.root, "a", { autonomy: "balanced" }, "it is fine");
  expect(edited.autonomy).toMatchObject({ tier: "balanced" });
  const done = await osqr.decide("D-1", "allow");
  expect(done.summary).toContain("Built 2 of 2");
  expect(repo.git("show", "main:src/c.ts")).toBe("allowed");
  const { autonomy } = done.workstreams.find(({ name }) => name === "a") ?? {};
  expect(autonomy?.trust).toEqual({ level: "new", reason: "1 task that counts, 100 % accepted" });
});

/** Asks the proxy for a tunnel, as any program does. */
const reach = (target: string): string =>
  `exec 3<>/dev/tcp/127.0.0.1/\${HTTPS_PROXY##*:} && printf 'CONNECT ${target} HTTP/1.1\\r\\nHost: ${target}\\r\\n\\r\\n' >&3 && head -n 1 <&3 && exec 3>&-`;

test("hosts that an agent may not reach are in the history, in what is shown, and in the question where it fails", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const target = "registry.example.org:443";
  const failing = {
    turns: [[shell(reach(target)), shell(reach(target)), { do: "stop", reason: "refusal" }]],
  };
  const osqr = await openWithAgent(repo, { "a#T1": failing as never }, { hosts: ["models.example.org"] });
  const report = await osqr.go();
  const advice =
    "It was refused the network: registry.example.org:443 ×2; what it may reach: executors.scripted.hosts or sandbox.network in your config.";
  expect(osqr.ofKind("network_refused").map(({ hosts }) => hosts)).toEqual([
    [{ host: "registry.example.org", port: 443, count: 1 }],
    [{ host: "registry.example.org", port: 443, count: 1 }],
  ]);
  expect(report.decisions[0]?.context).toContain(advice);
  expect(report.notes).toContain(`a T1: ${advice}`);
  const shown = await osqr.service.show(repo.root, "a-1");
  expect(shown).toMatchObject({
    attempt: { refusedHosts: [{ host: "registry.example.org", port: 443, count: 2 }] },
  });
  expect((await osqr.service.why(repo.root, "a#T1")).sentences).toContain(advice);
});

test("why something was refused reaches an agent that goes on: with its next call of a tool, else before its work is taken", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"] });
  const asks: Step = { do: "permission", kind: "edit", path: ".husky/pre-commit", content: "x\n" };
  const osqr = await openWithAgent(repo, {
    "a#T1": {
      turns: [
        [asks, { do: "mcp", tool: "report_progress", args: { text: "without" } }, edit("told.txt", "{last}")],
        [edit("again.txt", "{prompt}")],
      ],
    },
    "b#T1": { turns: [[asks, edit("b.txt", "done")], [edit("prompt.txt", "{prompt}")]] },
  });
  await osqr.go();
  await osqr.decide("D-1", "refuse");
  const report = await osqr.decide("D-2", "refuse");
  expect(report.summary).toContain("Built 2 of 2");
  const refusal = /Not allowed: .*\.husky\/pre-commit.*\. Reason: /;
  expect(repo.git("show", "main:told.txt")).toMatch(/^Shown\.\n\nNot allowed/);
  expect(repo.git("show", "main:told.txt")).toMatch(refusal);
  expect(repo.git("ls-tree", "--name-only", "main")).not.toContain("again.txt");
  expect(repo.git("show", "main:prompt.txt")).toMatch(refusal);
  expect(osqr.ofKind("turn_ended")).toHaveLength(2);
});

test("an answer against what an agent decided by itself lowers how far the next one is believed about it", async () => {
  const repo = makeAgentsRepo({ a: ["T1", "T2"] });
  const decides = (confidence: number): Step => ({
    do: "mcp",
    tool: "report_decision",
    args: { subject: "Session storage", choice: "SQLite", reason: "one file", confidence },
  });
  const osqr = await openWithAgent(repo, {
    "a#T1": { turns: [[decides(0.5)], [edit("a.txt", "{prompt}")]] },
    "a#T2": { turns: [[decides(0.95), edit("b.txt", "done")]] },
  });
  const asked = await osqr.go();
  expect(asked.decisions).toMatchObject([{ options: [{ id: "keep", recommended: true }, { id: "change" }] }]);
  const done = await osqr.decide("D-1", "change");
  expect(done.summary).toContain("Built 1 of 1");
  expect(osqr.ofKind("choice_judged").map(({ outcome }) => outcome)).toEqual(["ask", "log"]);
  expect(osqr.ofKind("choice_judged")[1]?.reasons.join("\n")).toContain(
    "stated confidence 95 %; 1 answer about decide:session storag put it at 3 % to 78 %",
  );
  expect(done.workstreams[0]?.autonomy.trust?.reason).toContain("67 % accepted");
});

const RULES = [
  "autonomy:",
  "  rules:",
  "    edit: { level: full, when: { tests: present }, otherwise: ask }",
  "    create: { level: full, when: { tests: passing }, otherwise: ask }",
].join("\n");
/** What is there is edited, what is not is created. */
const EDIT = { turns: [[change("README.md")]] };
const CREATE = { turns: [[change("src/b.ts")]] };

test("rules that want tests hold where the project has them, and where they passed on the base", async () => {
  const repo = makeAgentsRepo({ a: ["T1"], b: ["T1"] });
  const config = `gates: { tests: "true" }\n${RULES}`;
  const osqr = await openWithAgent(repo, { "a#T1": EDIT, "b#T1": CREATE }, { config });
  // Its landing has run the tests on what is the base from then on.
  expect((await osqr.go({ only: ["a"] })).decisions).toEqual([]);
  expect((await osqr.go({ only: ["b"] })).decisions).toEqual([]);
  expect(osqr.ofKind("permission_judged").map(({ action, outcome }) => [action.kind, outcome])).toEqual([
    ["edit", "proceed"],
    ["create", "proceed"],
  ]);
});

test.each([
  ["it has none", EDIT, "", "no tests are known"],
  ["they fail on the base", CREATE, 'gates: { tests: "false" }\n', "the tests are not known to pass"],
])("rules that want tests ask where %s", async (_, script, gates, reason) => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const osqr = await openWithAgent(repo, { "a#T1": script }, { config: `${gates}${RULES}` });
  expect((await osqr.go()).decisions).toMatchObject([{ context: expect.stringContaining(reason) }]);
});
