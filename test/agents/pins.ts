/** The real agents that osqr is tested with, by exact version. */
export interface PinnedAgent {
  /** Name of its preset. */
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** The program, relative to the folder of the installation. */
  readonly program: string;
}

const BIN = "node_modules/.bin";

export const PINNED_AGENTS: readonly PinnedAgent[] = [
  {
    name: "claude",
    package: "@agentclientprotocol/claude-agent-acp",
    version: "0.100.0",
    program: `${BIN}/claude-agent-acp`,
  },
  {
    name: "codex",
    package: "@agentclientprotocol/codex-acp",
    version: "2.6.0",
    program: `${BIN}/codex-acp`,
  },
  {
    name: "opencode",
    package: "opencode-ai",
    version: "1.18.33",
    // Its own starter is put in place by an install script, which is not run.
    program: `node_modules/opencode-linux-${process.arch}/bin/opencode`,
  },
  {
    name: "gemini",
    package: "@google/gemini-cli",
    version: "0.61.0",
    program: `${BIN}/gemini`,
  },
  {
    name: "qwen",
    package: "@qwen-code/qwen-code",
    version: "0.24.4",
    program: `${BIN}/qwen`,
  },
];
