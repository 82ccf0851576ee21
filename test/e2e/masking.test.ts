/** No secret of the operator is in what osqr keeps: its log, its logs of attempts, its decisions. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Step } from "../fixtures/agents/script.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import { findDecision, openProject, spec, type TestService } from "../support/e2e-repo.ts";
import { openMetered, REAL_KEY, startProvider } from "../support/metered-repo.ts";

/** In two parts: this file holds none. */
const KEY = ["AKIA", "Q7ZJ3K2M5N8P4R6T"].join("");
const PASSWORD = "my-very-own-password-8472-xyz";

/** All that osqr keeps, beside work trees, the objects of git and the private homes of agents. */
async function findKept(osqr: TestService, text: string): Promise<string[]> {
  expect(JSON.stringify([osqr.events(), await osqr.report(), osqr.reported])).not.toContain(text);
  const folder = osqr.env.OSQR_HOME ?? "";
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => {
    const full = join(folder, path);
    if (
      /(^|\/)(workspaces|objects|home)\//.test(path) ||
      !statSync(full, { throwIfNoEntry: false })?.isFile()
    )
      return false;
    return readFileSync(full, "latin1").includes(text);
  });
}

const steps: Readonly<Record<string, Step>> = {
  "a command that it asks to run": {
    do: "permission",
    kind: "execute",
    command: `curl -H "x-api-key: ${REAL_KEY}" https://x.example`,
    refused: [],
    allowed: [],
  },
  "a form": {
    do: "form",
    message: `which of ${REAL_KEY}`,
    schema: {
      type: "object",
      properties: { a: { type: "string", enum: ["x", REAL_KEY] } },
      required: ["a"],
    },
  },
  "an error": { do: "fail", code: -32603, message: `boom ${REAL_KEY}` },
  "what it reports": { do: "shell", command: `osqr-progress "it is ${REAL_KEY}"` },
};

test.each(Object.entries(steps))("an agent's own key is not kept: %s", async (_, step) => {
  const server = await startProvider([{ say: "Well.", usage: { input: 10, cached: 0, output: 20 } }]);
  const repo = makeAgentsRepo({ a: ["T1"] });
  const tasks = { "a#T1": { turns: [[step, edit("a.txt", "x")]] } };
  const osqr = await openMetered(repo, server, { tasks, config: [] });
  await osqr.go();
  expect(JSON.stringify(osqr.events())).toContain("[masked]");
  expect(await findKept(osqr, REAL_KEY)).toEqual([]);
});

test("what is masked in a request for permission is judged all the same", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  // Between these marks everything is masked.
  const command = `echo -----BEGIN ${"PRIVATE"} KEY-----\ngit push --force origin main\n`;
  const turn = [{ do: "permission", kind: "execute", command, refused: [], allowed: [] } as const];
  const osqr = await openWithAgent(
    repo,
    { "a#T1": { turns: [turn] } },
    { config: "autonomy: { tier: full_auto }" },
  );
  await osqr.start();
  await osqr.until("decision_opened");
  const [judged] = osqr.ofKind("permission_judged");
  expect(judged).toMatchObject({ outcome: "ask", action: { command: "echo [masked]" } });
  expect(judged?.hazards).toContain("irreversible");
});

test("a question and a note of a run block hold no key", async () => {
  const key = `${KEY.slice(0, 4)}""${KEY.slice(4)}`;
  const osqr = await openProject({
    "docs/a.md": spec({
      "T1 ask": `osqr-progress "at ${key}"\nosqr-ask MODEL "use ${key} or not" y=Yes n=No`,
    }),
  });
  await osqr.start();
  const { decision } = await osqr.until("decision_opened");
  expect(decision.question).toBe("use [masked] or not");
  expect(osqr.ofKind("attempt_progressed").map(({ text }) => text)).toEqual(["at [masked]"]);
  expect(await findKept(osqr, KEY)).toEqual([]);
});

test("what sandbox.env hands in is not kept of what a run block prints", async () => {
  const script = 'echo "tok $MY_TOKEN in $MY_LANG"; osqr-progress "tok $MY_TOKEN"; exit 3';
  const osqr = await openProject(
    { "docs/a.md": spec({ "T1 print": script }) },
    {
      config: "sandbox: { env: [MY_TOKEN, MY_LANG] }\n",
      variables: { MY_TOKEN: PASSWORD, MY_LANG: "german" },
    },
  );
  expect(findDecision(await osqr.go(), "a").context).toContain("tok [masked] in german");
  expect(await findKept(osqr, PASSWORD)).toEqual([]);
});

test("nor of what a gate and a set-up print", async () => {
  const variables = { MY_TOKEN: PASSWORD };
  const gated = await openProject(
    { "docs/a.md": spec({ "T1 make": 'echo "$MY_TOKEN" > a.txt' }) },
    {
      config: "sandbox: { env: [MY_TOKEN] }\ngates:\n  check: test ! -e a.txt || { cat a.txt; exit 1; }\n",
      variables,
    },
  );
  await gated.go();
  expect(JSON.stringify(gated.events())).toContain('"tail":["[masked]"]');
  expect(await findKept(gated, PASSWORD)).toEqual([]);
  const setUp = await openProject(
    { "docs/a.md": spec({ "T1 make": "true" }), "token.txt": `${PASSWORD}\n` },
    { config: 'sandbox: { env: [MY_TOKEN] }\nsetup: "cat token.txt; exit 1"\n', variables },
  );
  expect(findDecision(await setUp.go(), "a").context).toContain("[masked]");
  expect(await findKept(setUp, PASSWORD)).toEqual([]);
});

test("nor of what an agent says, reports and hands on", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const turn = [
    { do: "shell", command: "echo $MY_TOKEN" },
    { do: "say", text: `it is ${PASSWORD}` },
    { do: "mcp", tool: "report_progress", args: { text: `pw ${PASSWORD}` } },
    { do: "mcp", tool: "hand_off", args: { summary: `pw ${PASSWORD}` } },
    edit("a.txt", "x"),
  ] as const;
  const osqr = await openWithAgent(
    repo,
    { "a#T1": { turns: [[...turn]] } },
    { sandbox: ["env: [MY_TOKEN]"], variables: { MY_TOKEN: PASSWORD } },
  );
  expect((await osqr.go()).summary).toBe("Built 1 of 1.");
  expect(osqr.ofKind("hand_off_written").map(({ summary }) => summary)).toEqual(["pw [masked]"]);
  expect(await findKept(osqr, PASSWORD)).toEqual([]);
});
