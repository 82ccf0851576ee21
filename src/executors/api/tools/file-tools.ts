/** The tools with which a model works in its tree. What changes something waits for permission; what cannot be done is told to the model. */
import { z } from "zod";
import type { AgentAction } from "../../../core/model/agent.ts";
import { showChanges } from "../../../core/show-change.ts";
import { cleanLine } from "../../../sandbox/output/clean.ts";
import { type AgentTool, bindTool, type ToolReply, toError, toText } from "../../agent-door/tool.ts";
import type { Permit } from "../permissions.ts";
import * as texts from "./file-tool-texts.ts";
import type { ServerReply, ToolRequest } from "./tool-server.ts";

const TITLE_CHARS_MAX = 200;
const CONTENT_CHARS_MAX = 64 * 1024;

/** What the tools need of the attempt that they work in. All three throw where it is over. */
export interface FileToolsPort {
  call(request: ToolRequest): Promise<ServerReply>;
  permit(action: AgentAction): Promise<Permit>;
  /** A call begins. At most 200 characters. */
  begin(title: string): void;
}

export function createFileTools(port: FileToolsPort): readonly AgentTool[] {
  return [
    bindTool(texts.READ_FILE, (args) => read(port, `read ${args.path}`, { op: "read", ...args })),
    bindTool(texts.LIST_FILES, (args) => read(port, `list ${args.pattern}`, { op: "list", ...args })),
    bindTool(texts.SEARCH, ({ glob = null, ignore_case: ignoreCase, ...args }) =>
      read(port, `search ${args.pattern}`, { op: "search", glob, ignoreCase, ...args }),
    ),
    bindTool(texts.WRITE_FILE, (args) => change(port, { op: "write", ...args }, args.content)),
    bindTool(texts.EDIT_FILE, ({ path, old_string: oldText, new_string: newText, replace_all: all }) =>
      change(port, { op: "edit", path, oldText, newText, all }, newText),
    ),
    bindTool(texts.RUN_COMMAND, ({ command, timeout_seconds: seconds }) =>
      runCommand(port, command, seconds * 1_000),
    ),
  ];
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
  const before = request.op === "edit" ? request.oldText : null;
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
    shown: showChanges([{ path: name, before, after: content.slice(0, CONTENT_CHARS_MAX) }]),
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
