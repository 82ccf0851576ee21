/** Repositories whose specs need an agent, and the scripted agent as the one that does them. */
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { findProcesses } from "../../src/sandbox/testing.ts";
import { SCRIPTED_AGENT_MOUNTS, writeScript } from "../fixtures/agents/rig.ts";
import type { Script, Step } from "../fixtures/agents/script.ts";
import { type OpenOptions, openService, type TestService } from "./e2e-repo.ts";
import { makeRepo, type TestRepo } from "./git-repo.ts";

const AGENT = realpathSync(join(import.meta.dirname, "../fixtures/agents/scripted-agent.ts"));

/** A spec whose tasks have no run block: an agent has to do them. */
const agentSpec = (id: string, tasks: readonly string[]): string =>
  `---\nid: ${id}\nstatus: ready\n---\n# ${id}\n\n${tasks.map((task) => `- [ ] ${task} do ${task}`).join("\n")}\n`;

/**
 * @param specs keys of the tasks by the id of their spec
 * @param files further ones
 */
export const makeAgentsRepo = (
  specs: Readonly<Record<string, readonly string[]>>,
  files: Readonly<Record<string, string>> = {},
): TestRepo => {
  const docs = Object.entries(specs).map(([id, tasks]) => [`docs/${id}.md`, agentSpec(id, tasks)]);
  return makeRepo({ "README.md": "start\n", ...files, ...Object.fromEntries(docs) });
};

type Scripts = Readonly<Record<string, Script>>;

export interface AgentOptions extends Pick<OpenOptions, "askWaitMs" | "wrap" | "waitMs"> {
  readonly hosts?: readonly string[];
  /** What a second agent does, `second`, which takes over from the first. */
  readonly second?: Scripts;
  /** More lines of the operator's config. */
  readonly config?: readonly string[];
}

/** The service, with a scripted agent as the one that the operator's config names. */
export function openWithAgent(
  repo: TestRepo,
  tasks: Scripts,
  { hosts = [], second, config: more = [], ...options }: AgentOptions = {},
): Promise<TestService> {
  const toExecutor = (name: string, folder: string, scripts: Scripts): string[] => [
    `  ${name}:`,
    `    argv: [${process.execPath}, ${AGENT}, --script, ${writeScript(folder, { tasks: scripts })}]`,
    `    hosts: ${JSON.stringify(hosts)}`,
  ];
  const mounts = SCRIPTED_AGENT_MOUNTS.map(({ target }) => `    - ${target}`).join("\n");
  const config = [
    "executor: scripted",
    ...more,
    "executors:",
    ...toExecutor("scripted", repo.folder, tasks),
    ...(second === undefined ? [] : toExecutor("second", join(repo.folder, "second"), second)),
    ...(second === undefined ? [] : ["fallbacks: { scripted: [second] }"]),
    "sandbox:",
    "  mounts:",
    mounts,
  ].join("\n");
  return openService(repo, { config, ...options });
}

export const QUESTION = {
  key: "MODEL",
  question: "Which model?",
  options: [
    { id: "local", label: "on this machine" },
    { id: "hosted", label: "elsewhere" },
  ],
};

/** Pids of the agents that work on it; those of other tests are none of them. */
export const findAgents = ({ folder }: Pick<TestRepo, "folder">): number[] =>
  findProcesses(join(folder, "agent-script.json"));

/** A step that writes a file. */
export const edit = (path: string, content: string): Step => ({ do: "edit", path, content });
