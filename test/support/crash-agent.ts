/** A project whose work an agent does, and the agent: each of its turns may be the last one, and does the same. */
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCRIPTED_AGENT_MOUNTS, writeScript } from "../fixtures/agents/rig.ts";
import type { Step } from "../fixtures/agents/script.ts";
import type { CrashRepoOptions } from "./crash-repo.ts";
import type { Expectation } from "./crash-witness.ts";

const AGENT = realpathSync(join(import.meta.dirname, "../fixtures/agents/scripted-agent.ts"));
/** A conversation that is taken up more often than that goes in circles. */
const TURNS_MAX = 40;

const QUESTION = {
  key: "WAY",
  question: "Which way?",
  options: [
    { id: "left", label: "left" },
    { id: "right", label: "right" },
  ],
};

const TURN: readonly Step[] = [
  { do: "edit", path: "solo/one.txt", content: "one\n" },
  { do: "usage", input: 100, output: 10 },
  { do: "permission", kind: "edit", path: "solo/two.txt", content: "two\n" },
  { do: "permission", kind: "delete", path: "solo/old.txt" },
  { do: "mcp", tool: "ask_operator", args: QUESTION },
  { do: "shell", command: "mkdir -p solo; echo asked > solo/three.txt" },
  { do: "mcp", tool: "hand_off", args: { summary: "all three are there", notes: [] } },
];

/** @param extra steps at the end of each turn */
export function makeAgentStory(extra: readonly Step[] = []): {
  readonly options: CrashRepoOptions;
  readonly expected: Expectation;
} {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "osqr-crash-agent-"));
  const turns = Array.from({ length: TURNS_MAX }, () => [...TURN, ...extra]);
  const script = writeScript(folder, { turns });
  const config = [
    "executor: scripted",
    "executors:",
    "  scripted:",
    `    argv: [${process.execPath}, ${AGENT}, --script, ${script}]`,
    "sandbox:",
    "  mounts:",
    ...SCRIPTED_AGENT_MOUNTS.map(({ target }) => `    - ${target}`),
    "",
  ].join("\n");
  const files = {
    "README.md": "A project.\n",
    "check.sh": "test ! -e broken && echo ok\n",
    "solo/old.txt": "old\n",
    ".osqr/config.yaml": "gates:\n  check: sh check.sh\n",
    "docs/solo.md":
      '---\nid: solo\nstatus: ready\ntouches: ["solo/**"]\n---\n# The solo\n\n## Phase 1: Work\n\n- [ ] T1 write all three\n',
  };
  return {
    options: { files, config },
    expected: {
      specs: ["solo"],
      files: { "solo/one.txt": "one\n", "solo/two.txt": "two\n", "solo/three.txt": "asked\n" },
    },
  };
}
