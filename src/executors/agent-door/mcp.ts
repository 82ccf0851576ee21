/**
 * MCP for agents, over one stream: the only place, with its transport, that knows the protocol's library. Both of its generations are spoken, the one that
 * begins with `initialize` and the one that does not.
 */
import type { Duplex } from "node:stream";
import { McpServer, type StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { VERSION } from "../../core/version.ts";
import { StreamTransport } from "./stream-transport.ts";
import { type AgentTool, SERVER_NAME } from "./tool.ts";

/** Elements and members in the arguments of one call. */
const ARGUMENT_PARTS_MAX = 1_000;
const SUBSCRIPTIONS_MAX = 4;

const INSTRUCTIONS = `osqr gave you this task and checks its result itself. Do this one task in this work tree; do not commit, push or touch .osqr/.
Read get_context where something is unclear. Ask with ask_operator, never by prose; when it says that the question is recorded, end your turn.
Tell what you decide with report_decision, how far you are with report_progress. Call hand_off as the last thing.`;

/** Serves the tools on a stream until it ends. Whatever comes in is checked and bounded; a slow reader is waited for. */
export function serveMcp(stream: Duplex, tools: readonly AgentTool[]): void {
  serveStdio(() => createServer(tools), {
    transport: new StreamTransport(stream),
    maxSubscriptions: SUBSCRIPTIONS_MAX,
  });
}

function createServer(tools: readonly AgentTool[]): McpServer {
  const server = new McpServer(
    { name: SERVER_NAME, title: "osqr", version: VERSION },
    {
      capabilities: { tools: { listChanged: false } },
      instructions: INSTRUCTIONS,
      maxToolInputElements: ARGUMENT_PARTS_MAX,
    },
  );
  for (const tool of tools) register(server, tool);
  return server;
}

function register(server: McpServer, tool: AgentTool): void {
  const { name, title, description, isReadOnly } = tool;
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: toUncheckedSchema(tool),
      annotations: {
        title,
        readOnlyHint: isReadOnly,
        destructiveHint: false,
        idempotentHint: isReadOnly,
        openWorldHint: false,
      },
      // Some agents hide tools behind a search of their own.
      _meta: { "anthropic/alwaysLoad": true },
    },
    async (args, { mcpReq }) => {
      const { text, isError } = await tool.call(args, mcpReq.signal);
      return { content: [{ type: "text", text }], isError };
    },
  );
}

/** Tells agents the arguments, and leaves the check to the tool, which says how to correct them. */
function toUncheckedSchema({ inputSchema }: AgentTool): StandardSchemaWithJSON {
  const toJson = (): Record<string, unknown> => ({ ...inputSchema });
  return {
    "~standard": {
      version: 1,
      vendor: "osqr",
      validate: (value) => ({ value }),
      jsonSchema: { input: toJson, output: toJson },
    },
  };
}
