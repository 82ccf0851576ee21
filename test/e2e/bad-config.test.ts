/** What a bad config does to a command: it is said with its place, and nothing that costs starts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { agentConfig, edit } from "../support/agents-repo.ts";
import { type CliRepo, openCli } from "../support/cli-repo.ts";

const FILES = {
  "README.md": "start\n",
  "docs/costly.md": "---\nid: costly\nstatus: ready\n---\n# costly\n\n- [ ] T1 do it\n",
  "docs/free.md":
    "---\nid: free\nstatus: ready\n---\n# free\n\n- [ ] T1 write it\n\n  ```sh run\n  echo free > free.txt\n  ```\n",
};

/** @param config the operator's, which may name the folder of the repository */
function open(config: (folder: string) => string): CliRepo & { readonly configFile: string } {
  const cli = openCli(FILES);
  const configFile = join(cli.folder, "config/osqr/config.yaml");
  mkdirSync(dirname(configFile), { recursive: true });
  writeFileSync(configFile, config(cli.folder));
  return { ...cli, configFile };
}

test.each(["plan", "go"])(
  "osqr %s with an unknown preset says file and line, and what was meant",
  async (command) => {
    const cli = open(() => "executor: mine\nexecutors:\n  mine:\n    preset: opencod\n");
    const { code, stderr } = await cli.osqr(command);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `${cli.configFile}:4: executors.mine.preset: expected claude or codex or gemini or opencode or qwen, found "opencod"`,
    );
    expect(stderr).toContain("did you mean opencode?");
  },
);

test("with a budget of 0 nothing that costs starts, and all who are asked say so", async () => {
  const cli = open((folder) =>
    agentConfig(
      folder,
      { "costly#T1": { turns: [[edit("costly.txt", "it cost")]] } },
      { config: "budget: { run: { tokens: 0 } }" },
    ),
  );
  const { stdout: plan } = await cli.ok("plan");
  expect(plan).toContain("the budget of the run is 0: 1 task that costs does not start");
  expect(plan).not.toContain("may be exceeded");
  const question = "The budget of the run is 0: nothing that costs may start";
  expect(await cli.go()).toMatchObject([{ question, blocks: ["costly#T1"] }]);
  const launches = (await cli.ofKind("attempts_claimed")).flatMap((event) => event.launches);
  expect(launches.map(({ task }) => task)).toEqual([expect.stringMatching(/free#T1$/)]);
  expect(await cli.ofKind("session_opened")).toEqual([]);
  const files = cli.git("ls-tree", "--name-only", "main");
  expect([files.includes("free.txt"), files.includes("costly.txt")]).toEqual([true, false]);
  expect((await cli.ok("why", "costly#T1")).stdout).toContain(question);
  expect((await cli.ok("report")).stdout).toContain(question);
});
