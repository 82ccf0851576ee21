/** What is built may hold no secret: whoever made it, and whatever it says of itself. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProjectPorts } from "../../src/engine/ports.ts";
import { edit, makeAgentsRepo, openWithAgent } from "../support/agents-repo.ts";
import { findDecision, findView, openProject, spec } from "../support/e2e-repo.ts";

/** In two parts: this file holds none. */
const KEY = ["AKIA", "Q7ZJ3K2M5N8P4R6T"].join("");
const KEY_LINE = `const id = "${KEY}";\n`;

/** Files of the home that hold the text, beside the work trees and the objects of git. */
function findInHome(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => {
    const full = join(folder, path);
    if (/(^|\/)(workspaces|objects)\//.test(path) || !statSync(full, { throwIfNoEntry: false })?.isFile())
      return false;
    return readFileSync(full, "latin1").includes(text);
  });
}

test("an agent that commits an AWS key is told where it stands, and its work lands once that is gone", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const turns = [
    [edit("src/aws.ts", `// keys\n${KEY_LINE}`)],
    [edit("src/aws.ts", "const id = process.env.ID;\n"), edit("prompt.txt", "{prompt}")],
  ];
  const osqr = await openWithAgent(repo, { "a#T1": { turns } });
  expect((await osqr.go()).summary).toBe("Built 1 of 1.");
  const [ended] = osqr.ofKind("attempt_ended");
  expect(ended).toMatchObject({ outcome: "failed", reason: "it adds 1 secret: src/aws.ts:2 AWS access key" });
  expect(osqr.ofKind("recovery_chosen")).toMatchObject([{ failure: "validation", step: "resume" }]);
  const prompt = repo.git("show", "main:prompt.txt");
  expect(prompt).toContain("src/aws.ts:2 AWS access key");
  expect(prompt).toContain("Take it out of the file and read it from the environment.");
  expect(repo.git("log", "main", "--format=%H", "-S", KEY)).toBe("");
  expect(JSON.stringify([osqr.events(), await osqr.report(), osqr.reported])).not.toContain(KEY);
  await osqr.quiet();
  expect(findInHome(osqr.env.OSQR_HOME ?? "", KEY)).toEqual([]);
});

test("one that does not mend it is asked about after its rounds; nothing of it lands", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const again = [edit("src/aws.ts", KEY_LINE)];
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [again, again, again] } });
  const decision = findDecision(await osqr.go(), "a");
  expect(decision.question).toContain("it adds 1 secret: src/aws.ts:1 AWS access key");
  expect(decision.context).toContain("  src/aws.ts:1 AWS access key");
  expect(JSON.stringify([osqr.events(), decision])).not.toContain(KEY);
  expect(repo.git("ls-tree", "-r", "--name-only", "main")).not.toContain("aws");
});

test("with no rounds to mend it in, one is asked about at once", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const again = [edit("src/aws.ts", KEY_LINE)];
  const osqr = await openWithAgent(repo, { "a#T1": { turns: [again, again] } }, { config: "taskRounds: 0" });
  expect(findDecision(await osqr.go(), "a").question).toContain("it adds 1 secret");
  expect(osqr.ofKind("recovery_chosen")).toMatchObject([{ failure: "validation", step: "ask" }]);
  expect(osqr.ofKind("attempt_ended")).toHaveLength(1);
});

test("a run block that adds a private key fails before any of the project's commands run on it", async () => {
  const body = "MIIEpAIBAAKCAQEAx9fQ2bLz7vW1kR8nT5mY3cHdGjSaPuVoXyZeB4iNqUwErtKl0";
  const script = `{ echo "-----BEGIN RSA $(echo PRIVATE) KEY-----"; echo ${body}; echo ${body}; echo "-----END RSA $(echo PRIVATE) KEY-----"; } > id_rsa`;
  const osqr = await openProject(
    { "docs/a.md": spec({ "T1 Make a key": script }) },
    { config: 'gates:\n  check: "true"\n' },
  );
  const decision = findDecision(await osqr.go(), "a");
  expect(decision.question).toBe("T1 failed: it adds 1 secret: id_rsa:1 private key");
  expect(osqr.ofKind("gates_run")).toEqual([]);
  expect(osqr.ofKind("attempt_ended")[0]?.salvage).toBe("refs/osqr/salvage/a-1");
});

test("what nobody looked at before stops at the merge, before the gates, with the place", async () => {
  const osqr = await openProject(
    { "docs/a.md": spec({ "T1 Write it": `echo 'id = "AKIA'Q7ZJ3K2M5N8P4R6T'"' > a.ini` }) },
    {
      config: "gates:\n  check: 'false'\n",
      wrap: {
        log: (log) => log,
        project: (ports): ProjectPorts => Object.assign(ports, { scanSecrets: async () => null }),
      },
    },
  );
  const report = await osqr.go();
  const decision = findDecision(report, "a");
  expect(decision.question).toMatch(/^a: git diff \w{7} \w{7} failed on the merged tree$/);
  expect(decision.context).toContain("a.ini:1 AWS access key");
  expect(findView(report, "a").gates).toMatchObject([
    { name: "secrets", status: "failed", newFailures: ["a.ini:1 AWS access key"] },
  ]);
});

test.each([
  ["switched off", "gates:\n  secrets: off\n"],
  ["with its path let through", "gates:\n  secrets: { allow: [fixtures/**] }\n"],
  ["with a comment that the operator has named", "gates:\n  secrets: { comment: 'osqr: no secret' }\n"],
])("%s by the operator it lands", async (_, config) => {
  const osqr = await openProject(
    {
      "docs/a.md": spec({
        "T1 Write it": `mkdir fixtures; echo 'id = "AKIA'Q7ZJ3K2M5N8P4R6T'" # osqr: no secret' > fixtures/a.ini`,
      }),
    },
    { config },
  );
  expect((await osqr.go()).summary).toBe("Built 1 of 1.");
});

test("a project's own config lets nothing through, and the plan says so", async () => {
  const own = "gates:\n  secrets: { allow: ['**'] }\n";
  const osqr = await openProject({
    ".osqr/config.yaml": own,
    "docs/a.md": spec({ "T1 Write it": `echo 'AKIA'Q7ZJ3K2M5N8P4R6T > a.ini` }),
  });
  const { plan } = await osqr.start();
  expect(plan.notes.join("\n")).toContain("gates.secrets");
  const rested = await osqr.rest(0);
  expect(findDecision(rested, "a").question).toContain("a.ini:1 AWS access key");
});
