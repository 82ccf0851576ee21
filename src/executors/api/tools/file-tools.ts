/** The tools with which a model works in its tree. What changes something waits for permission; what cannot be done is told to the model. */
import { z } from "zod";
import type { AgentAction } from "../../../core/model/agent.ts";
import { cleanLine } from "../../../sandbox/output/clean.ts";
import { type AgentTool, defineTool, type ToolReply, toError, toText } from "../../agent-door/tool.ts";
import type { Permit } from "../permissions.ts";
import type { ServerReply, ToolRequest } from "./tool-server.ts";

const TITLE_CHARS_MAX = 200;
const CONTENT_CHARS_MAX = 64 * 1024;
const COMMAND_SECONDS = 120;
const COMMAND_SECONDS_MAX = 600;
const READ_LINES = 1_000;

/** What the tools need of the attempt that they work in. All three throw where it is over. */
export interface FileToolsPort {
  call(request: ToolRequest): Promise<ServerReply>;
  permit(action: AgentAction): Promise<Permit>;
  /** A call begins. At most 200 characters. */
  begin(title: string): void;
}

const path = z.string().min(1).max(4_096).describe("Path in the work tree");
const text = (charsMax: number) =>
  z
    .string()
    .max(charsMax)
    .overwrite((value) => value.toWellFormed());

export function createFileTools(port: FileToolsPort): readonly AgentTool[] {
  return [
    createReadTool(port),
    createListTool(port),
    createSearchTool(port),
    createWriteTool(port),
    createEditTool(port),
    createRunTool(port),
  ];
}

function createReadTool(port: FileToolsPort): AgentTool {
  return defineTool({
    name: "read_file",
    title: "Read a file",
    description: "Reads a text file, or lines of it.",
    schema: z.object({
      path,
      offset: z.number().int().min(1).max(10_000_000).default(1).describe("First line, from 1"),
      limit: z.number().int().min(1).max(5_000).default(READ_LINES).describe("Number of lines"),
    }),
    example: { path: "src/main.ts" },
    isReadOnly: true,
    run: (input) => read(port, `read ${input.path}`, { op: "read", ...input }),
  });
}

function createListTool(port: FileToolsPort): AgentTool {
  return defineTool({
    name: "list_files",
    title: "List files",
    description: "Lists files by a pattern, without .git and node_modules.",
    schema: z.object({
      pattern: z.string().min(1).max(1_000).default("**").describe("Such as *.ts or src/**/*.{ts,tsx}"),
      path: path.default("."),
    }),
    example: { pattern: "src/**/*.ts" },
    isReadOnly: true,
    run: (input) => read(port, `list ${input.pattern}`, { op: "list", ...input }),
  });
}

function createSearchTool(port: FileToolsPort): AgentTool {
  return defineTool({
    name: "search",
    title: "Search in files",
    description: "Finds lines in files by a regular expression, without .git and node_modules.",
    schema: z.object({
      pattern: z.string().min(1).max(1_000).describe("Regular expression, for one line"),
      path: path.default("."),
      glob: z.string().min(1).max(1_000).optional().describe("Only in files such as *.ts"),
      ignore_case: z.boolean().default(false),
    }),
    example: { pattern: "function parse\\w+", glob: "*.ts" },
    isReadOnly: true,
    run: ({ glob = null, ignore_case: ignoreCase, ...input }) =>
      read(port, `search ${input.pattern}`, { op: "search", glob, ignoreCase, ...input }),
  });
}

function createWriteTool(port: FileToolsPort): AgentTool {
  return defineTool({
    name: "write_file",
    title: "Write a file",
    description: "Makes a file, or replaces its whole text. For a small change use edit_file.",
    schema: z.object({ path, content: text(1_000_000).describe("The whole new text") }),
    example: { path: "src/greet.ts", content: "export const greeting = 'hello';\n" },
    run: (input) => change(port, { op: "write", ...input }, input.content),
  });
}

function createEditTool(port: FileToolsPort): AgentTool {
  return defineTool({
    name: "edit_file",
    title: "Edit a file",
    description: "Replaces a text in a file by another. Read the file first and copy the old text exactly.",
    schema: z.object({
      path,
      old_string: text(200_000).min(1).describe("Text in the file, exactly as it stands there"),
      new_string: text(200_000).describe("What stands there instead"),
      replace_all: z.boolean().default(false).describe("Replace it everywhere. Else it must be there once"),
    }),
    example: { path: "src/greet.ts", old_string: "'hello'", new_string: "'good morning'" },
    run: ({ path: file, old_string: oldText, new_string: newText, replace_all: all }) =>
      change(port, { op: "edit", path: file, oldText, newText, all }, newText),
  });
}

function createRunTool(port: FileToolsPort): AgentTool {
  return defineTool({
    name: "run_command",
    title: "Run a command",
    description:
      "Runs a command with bash in the work tree and gives back what it printed, cut in the middle where it is long, and its exit code. What it leaves in the background is ended with it.",
    schema: z.object({
      command: text(50_000).min(1).describe("For bash"),
      timeout_seconds: z.number().min(1).max(COMMAND_SECONDS_MAX).default(COMMAND_SECONDS),
    }),
    example: { command: "npm test" },
    run: ({ command, timeout_seconds: seconds }) => runCommand(port, command, seconds * 1_000),
  });
}

async function read(port: FileToolsPort, title: string, request: ToolRequest): Promise<ToolReply> {
  port.begin(toTitle(title));
  return toReply(await port.call(request));
}

/** Nobody is asked for what could not be done anyway. */
async function change(
  port: FileToolsPort,
  request: Extract<ToolRequest, { op: "write" | "edit" }>,
  content: string,
): Promise<ToolReply> {
  const title = toTitle(`${request.op} ${request.path}`);
  port.begin(title);
  const checked = await port.call({ op: "check", path: request.path });
  if (!checked.ok) return toReply(checked);
  const { name, exists } = target.parse(JSON.parse(checked.text));
  const permit = await port.permit({
    ...NO_DETAILS,
    kind: exists ? "edit" : "create",
    paths: [name],
    content: content.slice(0, CONTENT_CHARS_MAX).toWellFormed(),
    title,
  });
  return permit.isAllowed ? toReply(await port.call(request)) : toRefusal(permit);
}

const target = z.object({ name: z.string(), exists: z.boolean() });

const NO_DETAILS = { paths: [], command: null, host: null, tool: null, content: null } as const;

async function runCommand(port: FileToolsPort, command: string, timeoutMs: number): Promise<ToolReply> {
  const title = toTitle(`run ${command}`);
  port.begin(title);
  const permit = await port.permit({ ...NO_DETAILS, kind: "execute", command, title });
  return permit.isAllowed ? toReply(await port.call({ op: "run", command, timeoutMs })) : toRefusal(permit);
}

function toReply({ ok, text: said }: ServerReply): ToolReply {
  return ok ? toText(said) : toError(`Not done: ${said}`);
}

function toRefusal({ reason }: Permit): ToolReply {
  const why = reason === "" ? "" : `: ${reason}`;
  return toError(
    `Not allowed${why}. Nothing was done. Do not try the same in another way: go on without it, or ask with ask_operator.`,
  );
}

function toTitle(title: string): string {
  return cleanLine(title.replaceAll(/\s+/g, " ")).slice(0, TITLE_CHARS_MAX).toWellFormed();
}
