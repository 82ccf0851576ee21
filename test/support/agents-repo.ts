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

/** The service, with a scripted agent as the one that the operator's config names. */
export function openWithAgent(
  repo: TestRepo,
  tasks: Scripts,
  { hosts, config, sandbox, second, fallbacks, ...options }: AgentSettings & Omit<OpenOptions, "config"> = {},
): Promise<TestService> {
  return openService(repo, {
    config: agentConfig(repo.folder, tasks, { hosts, config, sandbox, second, fallbacks }),
    ...options,
  });
}

/** What the operator's config says beside the scripted agent. */
interface AgentSettings {
  readonly hosts?: readonly string[] | undefined;
  /** What a second agent does, `second`, which takes over from the first. */
  readonly second?: Scripts | undefined;
  /** False: the second one takes over from nobody. @default true */
  readonly fallbacks?: boolean | undefined;
  /** Further lines. */
  readonly config?: string | undefined;
  /** Further lines below `sandbox`. */
  readonly sandbox?: readonly string[] | undefined;
}

/** The operator's config that names the scripted agent as the one who works. */
export function agentConfig(
  folder: string,
  tasks: Scripts,
  { hosts = [], config = "", sandbox = [], second, fallbacks = true }: AgentSettings = {},
): string {
  const toExecutor = (name: string, place: string, scripts: Scripts): string[] => [
    `  ${name}:`,
    `    argv: [${process.execPath}, ${AGENT}, --script, ${writeScript(place, { tasks: scripts })}]`,
    `    hosts: ${JSON.stringify(hosts)}`,
  ];
  return [
    "executor: scripted",
    "executors:",
    ...toExecutor("scripted", folder, tasks),
    ...(second === undefined ? [] : toExecutor("second", join(folder, "second"), second)),
    ...(second === undefined || !fallbacks ? [] : ["fallbacks: { scripted: [second] }"]),
    "sandbox:",
    ...sandbox.map((line) => `  ${line}`),
    "  mounts:",
    ...SCRIPTED_AGENT_MOUNTS.map(({ target }) => `    - ${target}`),
    config,
  ].join("\n");
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
