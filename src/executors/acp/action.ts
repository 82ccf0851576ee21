/** What an agent asks to be allowed to do, recognised from its request. Pure. */
import { isAbsolute, normalize, relative, resolve } from "node:path/posix";
import type { ActionKind, AgentAction } from "../../core/model/agent.ts";
import { showChanges } from "../../core/show-change.ts";
import { type JsonObject, pick, toList, toObject, toText } from "./json.ts";

const PATHS_MAX = 50;
const PATH_CHARS_MAX = 1_000;
const TITLE_CHARS_MAX = 200;
const CONTENT_BYTES_MAX = 64 * 1024;
const COMMAND_CHARS_MAX = 16_384;

/** Names under which agents give a path, a text and so on in `rawInput`. */
const PATH_NAMES = ["file_path", "filePath", "path", "abs_path", "notebook_path", "absolute_path"];
const SOURCE_NAMES = ["source", "from", "old_path", "sourcePath"];
const TARGET_NAMES = ["destination", "to", "new_path", "destinationPath", "target"];
const BEFORE_NAMES = ["old_string", "oldString", "old_source"];
const CONTENT_NAMES = ["content", "new_string", "newString", "new_source", "contents"];

export interface ActionQuirks {
  /** A shell call's title is its command: the agent gives no raw input. */
  readonly commandInTitle?: boolean;
  /** The id of a call begins with the tool's name, `mcp_<server>_<tool>` for a server's. */
  readonly toolInCallId?: boolean;
}

/** A request for permission, with what earlier updates told of the same call. */
export interface PermissionCall {
  /** Fields of the tool call, not checked. */
  readonly call: JsonObject;
  /** `_meta` of the request itself. */
  readonly meta: unknown;
}

interface Evidence {
  readonly call: JsonObject;
  readonly input: JsonObject;
  readonly diffs: readonly Diff[];
  readonly command: string | null;
  readonly tool: string | null;
  readonly host: string | null;
  readonly paths: readonly string[];
}

interface Diff {
  readonly path: string;
  readonly isNew: boolean;
  readonly before: string;
  readonly text: string;
}

/**
 * @param tree the work tree, absolute: paths in it become relative
 * @param servers names of the MCP servers that the session has
 */
export function toAction(
  request: PermissionCall,
  tree: string,
  options: ActionQuirks & { readonly servers?: readonly string[] } = {},
): AgentAction {
  const { call } = request;
  const input = toObject(call.rawInput) ?? {};
  const diffs = readDiffs(call);
  const tool = findTool(request, input, options);
  const evidence: Evidence = {
    call,
    input,
    diffs,
    tool,
    command: tool === null ? findCommand(call, input, options) : null,
    host: findHost(input),
    paths: findPaths(call, input, diffs),
  };
  const kind = toKind(evidence);
  return {
    kind,
    paths: evidence.paths.slice(0, PATHS_MAX).map((path) => toRelative(path, tree)),
    command: kind === "execute" ? evidence.command : null,
    host: kind === "fetch" ? evidence.host : null,
    tool: kind === "tool" ? tool : null,
    content: findContent(input, diffs),
    ...(kind === "create" || kind === "edit" ? findShown(input, diffs) : {}),
    title: toLine(toText(call.title) ?? toText(call.name) ?? "").slice(0, TITLE_CHARS_MAX),
  };
}

/** What is seen in the request counts before what the agent calls it: a "read" that carries a command runs it. */
function toKind({ call, input, diffs, command, tool, paths }: Evidence): ActionKind {
  if (tool !== null) return "tool";
  if (command !== null) return "execute";
  // Of so many files some would go unseen.
  if (paths.length > PATHS_MAX) return "other";
  const named = call.kind;
  if (named === "execute" || named === "delete" || named === "move") return named;
  if (diffs.length > 0) return diffs.every((diff) => diff.isNew) ? "create" : "edit";
  if (named === "edit") return "edit";
  if (named === "fetch" || toText(input.url) !== null) return "fetch";
  if (named === "search") return "read";
  // A read that names no file may read anything.
  if (named === "read") return paths.length > 0 ? "read" : "other";
  return "other";
}

/** `<server>/<tool>` where the agent's own data, not its text, says that a server's tool is called. */
function findTool(
  { call, meta }: PermissionCall,
  input: JsonObject,
  { toolInCallId, servers = [] }: ActionQuirks & { readonly servers?: readonly string[] },
): string | null {
  const name =
    toText(pick(call._meta, "claudeCode", "toolName")) ??
    toText(pick(call._meta, "toolName")) ??
    toText(call.name);
  const named = /^mcp__(.+?)__(.+)$/.exec(name ?? "");
  if (named !== null) return `${named[1]}/${named[2]}`;
  const isServerCall =
    pick(call._meta, "is_mcp_tool_call") === true || pick(meta, "is_mcp_tool_approval") === true;
  const server = toText(input.server);
  const tool = toText(input.tool);
  if (isServerCall && server !== null && tool !== null) return `${server}/${tool}`;
  if (toolInCallId !== true) return null;
  // Behind the name: `__` and the id that the model gave, else times and counts.
  const id = (toText(call.toolCallId) ?? "").replace(/(-\d+)+$/, "");
  for (const known of servers) {
    for (const start of [`mcp_${known}_`, `${known}__`]) {
      const name = id.startsWith(start) ? id.slice(start.length).split("__", 1)[0] : "";
      if (name) return `${known}/${name}`;
    }
  }
  return null;
}

function findCommand(call: JsonObject, input: JsonObject, quirks: ActionQuirks): string | null {
  const given = input.command ?? input.cmd;
  const words = toList(given);
  const command =
    words.length > 0 && words.every((word) => typeof word === "string") ? words.join(" ") : toText(given);
  if (command !== null) return command.slice(0, COMMAND_CHARS_MAX);
  if (quirks.commandInTitle !== true || call.kind !== "execute") return null;
  return cutTitle(toText(call.title));
}

/** Without the folder and the description that older versions add behind the command. The last of several counts: none hides a command. */
function cutTitle(title: string | null): string | null {
  const start = title?.lastIndexOf(" [current working directory ") ?? -1;
  if (title === null || start === -1) return title;
  return /^ \[[^\]]*\](?: \(.*\))?$/s.test(title.slice(start)) ? title.slice(0, start) : title;
}

function findHost(input: JsonObject): string | null {
  const url = toText(input.url);
  return url !== null && URL.canParse(url) ? new URL(url).hostname : null;
}

function readDiffs(call: JsonObject): Diff[] {
  return toList(call.content).flatMap((entry) => {
    const diff = toObject(entry);
    if (diff?.type !== "diff" || typeof diff.path !== "string") return [];
    // Some agents give an empty text for a file that is not there. An empty file has nothing to lose either.
    const before = toText(diff.oldText) ?? "";
    return [{ path: diff.path, isNew: before === "", before, text: toText(diff.newText) ?? "" }];
  });
}

function findPaths(call: JsonObject, input: JsonObject, diffs: readonly Diff[]): string[] {
  const locations = toList(call.locations).map((entry) => pick(entry, "path"));
  const named = [...SOURCE_NAMES, ...PATH_NAMES, ...TARGET_NAMES].map((name) => input[name]);
  const changes = Object.keys(toObject(input.changes) ?? {});
  const found = [...named, ...diffs.map((diff) => diff.path), ...locations, ...changes];
  const paths = found.filter((path) => typeof path === "string" && path !== "" && !path.includes("://"));
  return [...new Set(paths as string[])].map((path) => path.slice(0, PATH_CHARS_MAX));
}

function findContent(input: JsonObject, diffs: readonly Diff[]): string | null {
  const given = CONTENT_NAMES.map((name) => toText(input[name])).find((text) => text !== null);
  const text = diffs.length > 0 ? diffs.map((diff) => diff.text).join("\n") : given;
  if (text === undefined || text === null || text === "") return null;
  const bytes = Buffer.from(text);
  return bytes.length <= CONTENT_BYTES_MAX ? text : bytes.subarray(0, CONTENT_BYTES_MAX).toString("utf8");
}

/** Nothing where it does not tell what changes. */
function findShown(input: JsonObject, diffs: readonly Diff[]): Pick<AgentAction, "shown"> {
  const text = (names: readonly string[]): string | null =>
    names.map((name) => toText(input[name])).find((found) => found !== null) ?? null;
  const cut = (whole: string): string => whole.slice(0, CONTENT_BYTES_MAX);
  const after = text(CONTENT_NAMES);
  const told = after === null ? [] : [{ path: "", before: text(BEFORE_NAMES) ?? "", text: after }];
  const changes = (diffs.length > 0 ? diffs : told).slice(0, PATHS_MAX);
  const shown = showChanges(
    changes.map((change) => ({ path: change.path, before: cut(change.before), after: cut(change.text) })),
  );
  return shown.length === 0 ? {} : { shown };
}

/** Links are not followed: what a path means on disk is for others to find out. */
function toRelative(path: string, tree: string): string {
  const full = isAbsolute(path) ? normalize(path) : resolve(tree, path);
  const inside = relative(tree, full);
  if (inside === "") return ".";
  return inside === ".." || inside.startsWith("../") ? full : inside;
}

function toLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
