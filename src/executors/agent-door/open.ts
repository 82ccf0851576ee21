import { randomBytes } from "node:crypto";
import { openDoor } from "../../sandbox/door.ts";
import type { AgentHandlers } from "./handlers.ts";
import { SERVER_NAME } from "./tool.ts";
import { type AgentToolsOptions, createAgentTools } from "./tools.ts";

/** How an agent starts its MCP server, over stdin and stdout. The environment holds the token. */
export interface McpServerDefinition {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface AgentDoorOptions extends AgentToolsOptions {
  /** Where the socket goes, as of every door. */
  readonly folder: string;
  /** Path of `osqr-mcp`, as `installAsk` gives it. */
  readonly program: string;
  /** This attempt's own, from `createDoorToken`. It is good until the door is closed. */
  readonly token: string;
}

/** The one way from an agent to the daemon. */
export interface AgentDoor {
  /** The socket: `$OSQR_DOOR`, and a mount to write. */
  readonly path: string;
  readonly mcpServer: McpServerDefinition;
  /** Answers a question. True: a call that waits got it; false: nobody waits, the agent has to be told by its next prompt. */
  answer(ask: string, optionId: string): boolean;
  /** The attempt is being ended: who waits for an answer is told that it comes later; nothing new is asked. */
  park(): void;
  close(): Promise<void>;
}

/** A token for one attempt: 192 random bits. */
export function createDoorToken(): string {
  return randomBytes(24).toString("base64url");
}

/**
 * Opens the door of an attempt that an agent works on. It asks, tells and reads with tools by MCP (`mcpServer`); `osqr-ask` and
 * `osqr-progress` work beside them.
 */
export async function openAgentDoor(options: AgentDoorOptions): Promise<AgentDoor> {
  const { folder, program, token, handlers } = options;
  const tools = createAgentTools(options);
  // Loaded when the first agent starts: the protocol's library takes time and memory that a daemon without agents need not spend.
  const { serveMcp } = await import("./mcp.ts");
  const door = await openDoor({
    folder,
    onAsk: (ask, question) => {
      void refusal(handlers.onAsk(ask, question)).then((reason) => {
        if (reason !== null) door.refuse(ask, reason);
      });
    },
    onProgress: (text) => handlers.onProgress(text),
    mcp: { token, onStream: (stream) => serveMcp(stream, tools.list) },
  });
  const env = { OSQR_DOOR: door.path, OSQR_MCP_TOKEN: token };
  return {
    path: door.path,
    mcpServer: { name: SERVER_NAME, command: program, args: [], env },
    answer: (ask, optionId) => door.answer(ask, optionId) || tools.answer(ask, optionId),
    park() {
      tools.park();
      door.park();
    },
    async close() {
      tools.park();
      await door.close();
    },
  };
}

async function refusal(receipt: ReturnType<AgentHandlers["onAsk"]>): Promise<string | null> {
  try {
    const known = await receipt;
    return "refused" in known ? known.refused : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
