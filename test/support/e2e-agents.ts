import { realpathSync } from "node:fs";
import { join } from "node:path";
import { SCRIPTED_AGENT_MOUNTS, writeScript } from "../fixtures/agents/rig.ts";
import type { Script, Step } from "../fixtures/agents/script.ts";
import { openService, type TestService } from "./e2e-repo.ts";
import { makeRepo, type TestRepo } from "./git-repo.ts";

const AGENT = realpathSync(join(import.meta.dirname, "../fixtures/agents/scripted-agent.ts"));

/** A spec whose tasks have no run block: an agent has to do them. */
export const agentSpec = (id: string, tasks: readonly string[]): string =>
  `---\nid: ${id}\nstatus: ready\n---\n# ${id}\n\n${tasks.map((task) => `- [ ] ${task} do ${task}`).join("\n")}\n`;

export const makeAgentsRepo = (specs: Readonly<Record<string, readonly string[]>>): TestRepo => {
  const files = Object.entries(specs).map(([id, tasks]) => [`docs/${id}.md`, agentSpec(id, tasks)]);
  return makeRepo({ "README.md": "start\n", ...Object.fromEntries(files) });
};

/** The service, with a scripted agent as the one that the operator's config names. */
export function openWithAgent(
  repo: TestRepo,
  tasks: Readonly<Record<string, Script>>,
  options: Pick<Parameters<typeof openService>[1] & object, "askWaitMs" | "wrap"> = {},
): Promise<TestService> {
  const script = writeScript(repo.folder, { tasks });
  const mounts = SCRIPTED_AGENT_MOUNTS.map(({ target }) => `    - ${target}`).join("\n");
  const config = [
    "executor: scripted",
    "executors:",
    "  scripted:",
    `    argv: [${process.execPath}, ${AGENT}, --script, ${script}]`,
    "sandbox:",
    "  mounts:",
    mounts,
  ].join("\n");
  return openService(repo, { config, ...options });
}

/** A step that writes a file. */
export const edit = (path: string, content: string): Step => ({ do: "edit", path, content });
