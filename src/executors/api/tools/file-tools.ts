/** The tools with which a model works in its tree. What changes something waits for permission; what cannot be done is told to the model. */
import { type ToolSet, tool } from "ai";
import { z } from "zod";
import type { AgentAction } from "../../../core/model/agent.ts";
import { cleanLine } from "../../../sandbox/output/clean.ts";
import type { Permit } from "../permissions.ts";
import type { ToolReply, ToolRequest } from "./tool-server.ts";

const TITLE_CHARS_MAX = 200;
const CONTENT_CHARS_MAX = 64 * 1024;
const COMMAND_SECONDS = 120;
const COMMAND_SECONDS_MAX = 600;
const READ_LINES = 1_000;

/** What the tools need of the attempt that they work in. */
export interface FileToolsPort {
  /** @throws where the attempt is over */
  call(request: ToolRequest): Promise<ToolReply>;
  /** @throws where the attempt is over */
  permit(action: AgentAction): Promise<Permit>;
  /** A call begins. At most 200 characters. */
  begin(title: string): void;
}

const path = z.string().min(1).max(4_096).describe("Path in the work tree");
const text = (charsMax: number, what: string) =>
  z
    .string()
    .max(charsMax)
    .overwrite((value) => value.toWellFormed())
    .describe(what);

const schemas = {
  read_file: z.object({
    path,
    offset: z.number().int().min(1).max(10_000_000).default(1).describe("First line, from 1"),
    limit: z.number().int().min(1).max(5_000).default(READ_LINES).describe("Number of lines"),
  }),
  write_file: z.object({ path, content: text(1_000_000, "The whole new text of the file") }),
  edit_file: z.object({
    path,
    old_string: text(200_000, "Text in the file, exactly as it stands there").min(1),
    new_string: text(200_000, "What stands there instead"),
    replace_all: z.boolean().default(false).describe("Replace it everywhere. Else it must be there once"),
  }),
  list_files: z.object({
    pattern: z.string().min(1).max(1_000).default("**").describe("Such as *.ts, src/**/*.{ts,tsx}"),
    path: path.default("."),
  }),
  search: z.object({
    pattern: z.string().min(1).max(1_000).describe("Regular expression, for one line"),
    path: path.default("."),
    glob: z.string().min(1).max(1_000).optional().describe("Only in files such as *.ts"),
    ignore_case: z.boolean().default(false),
  }),
  run_command: z.object({
    command: text(50_000, "For bash, in the work tree").min(1),
    timeout_seconds: z.number().min(1).max(COMMAND_SECONDS_MAX).default(COMMAND_SECONDS),
  }),
};

export function createFileTools(port: FileToolsPort): ToolSet {
  const { call, begin } = port;
  const run = async (title: string, request: ToolRequest): Promise<string> => {
    begin(toTitle(title));
    return toResult(await call(request));
  };
  return {
    read_file: tool({
      description: "Reads a text file, or lines of it.",
      inputSchema: schemas.read_file,
      execute: (input) => run(`read ${input.path}`, { op: "read", ...input }),
    }),
    list_files: tool({
      description: "Lists files by a pattern, without .git and node_modules.",
      inputSchema: schemas.list_files,
      execute: (input) => run(`list ${input.pattern}`, { op: "list", ...input }),
    }),
    search: tool({
      description: "Finds lines in files by a regular expression, without .git and node_modules.",
      inputSchema: schemas.search,
      execute: ({ glob = null, ignore_case: ignoreCase, ...input }) =>
        run(`search ${input.pattern}`, { op: "search", glob, ignoreCase, ...input }),
    }),
    write_file: tool({
      description: "Makes a file or replaces its whole text. For a small change use edit_file.",
      inputSchema: schemas.write_file,
      execute: (input) => change(port, { op: "write", ...input }, input.content),
    }),
    edit_file: tool({
      description: "Replaces a text in a file by another. Read the file first and copy the old text exactly.",
      inputSchema: schemas.edit_file,
      execute: ({ path: file, old_string: oldText, new_string: newText, replace_all: all }) =>
        change(port, { op: "edit", path: file, oldText, newText, all }, newText),
    }),
    run_command: tool({
      description: `Runs a command with bash and gives back what it printed, cut in the middle where it is long, and its exit code. What it leaves in the background is ended with it. At most ${COMMAND_SECONDS_MAX} s.`,
      inputSchema: schemas.run_command,
      execute: ({ command, timeout_seconds: seconds }) => runCommand(port, command, seconds * 1_000),
    }),
  };
}

/** Nobody is asked for what could not be done anyway. */
async function change(
  port: FileToolsPort,
  request: Extract<ToolRequest, { op: "write" | "edit" }>,
  content: string,
): Promise<string> {
  const title = toTitle(`${request.op} ${request.path}`);
  port.begin(title);
  const checked = await port.call({ op: "check", path: request.path });
  if (!checked.ok) return toResult(checked);
  const { name, exists } = target.parse(JSON.parse(checked.text));
  const permit = await port.permit({
    kind: exists ? "edit" : "create",
    paths: [name],
    command: null,
    host: null,
    tool: null,
    content: content.slice(0, CONTENT_CHARS_MAX).toWellFormed(),
    title,
  });
  return permit.isAllowed ? toResult(await port.call(request)) : toRefusal(permit);
}

const target = z.object({ name: z.string(), exists: z.boolean() });

async function runCommand(port: FileToolsPort, command: string, timeoutMs: number): Promise<string> {
  const title = toTitle(`run ${command}`);
  port.begin(title);
  const permit = await port.permit({
    kind: "execute",
    paths: [],
    command,
    host: null,
    tool: null,
    content: null,
    title,
  });
  return permit.isAllowed
    ? toResult(await port.call({ op: "run", command, timeoutMs }))
    : toRefusal(permit);
}

function toResult({ ok, text: said }: ToolReply): string {
  return ok ? said : `Not done: ${said}`;
}

function toRefusal({ reason }: Permit): string {
  const why = reason === "" ? "" : `: ${reason}`;
  return `Not allowed${why}. Nothing was changed. Do not try the same in another way: go on without it, or ask with ask_operator.`;
}

function toTitle(title: string): string {
  return cleanLine(title.replaceAll(/\s+/g, " ")).slice(0, TITLE_CHARS_MAX).toWellFormed();
}
