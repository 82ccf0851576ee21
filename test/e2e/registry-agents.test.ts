/** Agents that are started by the public registry's launch data. */
import { chmodSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findAgents } from "../../src/engine/local/find-agents.ts";
import { REGISTRY_AGENTS, toRegistry } from "../fixtures/agents/registry.ts";
import { SCRIPTED_AGENT_MOUNTS, writeScript } from "../fixtures/agents/rig.ts";
import { edit, makeAgentsRepo } from "../support/agents-repo.ts";
import { openService, toEnvironment } from "../support/e2e-repo.ts";
import { type TestRepo, writeBelow } from "../support/git-repo.ts";

const AGENT = realpathSync(join(import.meta.dirname, "../fixtures/agents/scripted-agent.ts"));
const PACKAGE = "lib/node_modules/@birds/finch-agent";

/** A machine on which the finch is installed as `npm install -g` does it, with a registry beside the config. */
function furnish(repo: TestRepo, registry: string) {
  const prefix = join(repo.folder, "npm");
  const script = writeScript(repo.folder, { turns: [[edit("song.txt", "tweet\n")]] });
  writeBelow(prefix, `${PACKAGE}/package.json`, JSON.stringify({ bin: { finch: "cli.sh" } }));
  writeBelow(
    prefix,
    `${PACKAGE}/cli.sh`,
    `#!/bin/sh\necho "$FINCH_UPDATES $*" > launched.txt\nexec '${process.execPath}' '${AGENT}' --script '${script}'\n`,
  );
  writeBelow(prefix, "bin/README", "");
  symlinkSync(`../${PACKAGE}/cli.sh`, join(prefix, "bin/finch"));
  writeBelow(repo.folder, "config/osqr/registry.json", registry);
  const mounts = [...SCRIPTED_AGENT_MOUNTS.map(({ target }) => target), script];
  const config = [
    "executor: bird",
    "executors:",
    "  bird: { registry: finch, args: [--loud] }",
    "  big: { registry: stork }",
    `sandbox: { mounts: ${JSON.stringify(mounts)} }`,
  ].join("\n");
  const variables = { PATH: `${join(prefix, "bin")}:${process.env.PATH ?? ""}` };
  return { config, variables, program: join(prefix, "bin/finch") };
}

test("one that is installed does work: with the arguments and variables of its entry, and the operator's", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const { config, variables } = furnish(repo, toRegistry(...Object.values(REGISTRY_AGENTS)));
  const osqr = await openService(repo, { config, variables });
  const report = await osqr.go();
  expect(report.summary).toContain("Built 1 of 1");
  expect(repo.git("show", "main:song.txt")).toBe("tweet");
  expect(repo.git("show", "main:launched.txt")).toBe("off --acp --loud");
  expect(osqr.ofKind("attempts_claimed")[0]?.launches[0]?.executor).toBe("bird");
});

test("osqr doctor greets it, and says what is wrong with the others and with the file", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const { config, variables, program } = furnish(repo, toRegistry(...Object.values(REGISTRY_AGENTS)));
  writeBelow(repo.folder, "config/osqr/config.yaml", config);
  const env = { ...toEnvironment(repo), ...variables };
  const file = join(repo.folder, "config/osqr/registry.json");
  expect(await findAgents(env)).toMatchObject([
    {
      name: "big",
      ok: false,
      problems: [expect.stringContaining(`${file}: expected a program of stork for `)],
    },
    { name: "bird", ok: true, program, version: "1.0.0", problems: [] },
  ]);
  const finch = { ...REGISTRY_AGENTS.finch, distribution: { npx: { package: "a b" } } };
  writeBelow(repo.folder, "config/osqr/registry.json", toRegistry(finch));
  expect((await findAgents(env)).map(({ problems }) => problems)).toEqual([
    [`${file}: expected an agent with the id stork, found none; it has 1`],
    [
      `${file}: agents[0].distribution.npx.package: expected a package of npm such as @scope/name@1.2.3, found "a b"`,
    ],
  ]);
  writeBelow(repo.folder, "config/osqr/config.yaml", `${config}\nregistry: ${repo.folder}/elsewhere.json\n`);
  const [found] = await findAgents(env);
  expect(found?.problems).toEqual([
    `${repo.folder}/elsewhere.json: expected the registry's launch data, found no file; run: curl -fo ${repo.folder}/elsewhere.json https://cdn.agentclientprotocol.com/registry/v1/latest/registry.json`,
  ]);
});

test("a file that others may write is not believed, and one that is too large is not read", async () => {
  const repo = makeAgentsRepo({ a: ["T1"] });
  const { config, variables } = furnish(repo, toRegistry(REGISTRY_AGENTS.finch));
  writeBelow(repo.folder, "config/osqr/config.yaml", config);
  const env = { ...toEnvironment(repo), ...variables };
  writeBelow(repo.folder, "config/osqr/registry.json", " ".repeat(4 * 1024 * 1024 + 1));
  expect((await findAgents(env))[1]?.problems[0]).toContain("expected at most 4194304 bytes, found 4194305");
  writeBelow(repo.folder, "config/osqr/registry.json", toRegistry(REGISTRY_AGENTS.finch));
  chmodSync(join(repo.folder, "config/osqr/registry.json"), 0o666);
  expect((await findAgents(env))[1]?.problems[0]).toContain(
    "expected a file that only you can write, found mode 666",
  );
});
