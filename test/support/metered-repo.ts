/** The service with the scripted agent in the place of Claude's, and a scripted model server in the place of its provider. */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { SCRIPTED_AGENT_MOUNTS, writeScript } from "../fixtures/agents/rig.ts";
import type { Script } from "../fixtures/agents/script.ts";
import type { ModelScriptInput } from "../fixtures/model-server/script.ts";
import { type ModelServer, startModelServer } from "../fixtures/model-server/server.ts";
import { openService, type TestService } from "./e2e-repo.ts";
import type { TestRepo } from "./git-repo.ts";

const AGENT = realpathSync(join(import.meta.dirname, "../fixtures/agents/scripted-agent.ts"));

/** What the preset expects of its agent. */
const LIKE_CLAUDE: Script = { modes: ["default"], models: ["sonnet", "haiku", "opus"] };

/** The operator's key: it may be nowhere but in the operator's environment and at the provider. */
export const REAL_KEY = "sk-ant-real-0123456789abcdefghij";

export async function startProvider(
  turns: ModelScriptInput["prompts"][number]["turns"],
): Promise<ModelServer> {
  const aside = turns[0] ?? {};
  const server = await startModelServer({ script: { prompts: [{ match: "work", turns }], aside } });
  onTestFinished(() => server.stop());
  return server;
}

/** @param config lines after those that name the agent */
export function openMetered(
  repo: TestRepo,
  server: Pick<ModelServer, "url">,
  {
    tasks,
    config,
    executor = [],
  }: {
    readonly tasks: Readonly<Record<string, Script>>;
    readonly config: readonly string[];
    readonly executor?: readonly string[];
  },
): Promise<TestService> {
  const scripts = Object.entries(tasks).map(([name, script]) => [name, { ...LIKE_CLAUDE, ...script }]);
  const script = writeScript(repo.folder, { tasks: Object.fromEntries(scripts) });
  const lines = [
    "executor: claude",
    "executors:",
    "  claude:",
    `    argv: [${process.execPath}, ${AGENT}, --script, ${script}]`,
    ...executor.map((line) => `    ${line}`),
    "sandbox:",
    "  mounts:",
    ...SCRIPTED_AGENT_MOUNTS.map(({ target }) => `    - ${target}`),
    ...config,
  ];
  const variables = { ANTHROPIC_API_KEY: REAL_KEY, ANTHROPIC_BASE_URL: server.url };
  return openService(repo, { config: lines.join("\n"), variables });
}
