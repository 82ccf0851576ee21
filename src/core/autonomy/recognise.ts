/** What an action is: which rules can speak of it, what is dangerous in it, what cannot be told. Titles count for nothing. */
import type { AgentAction } from "../model/agent.ts";
import { Collector } from "./collector.ts";
import { hidesCharacters, locatePath } from "./paths.ts";
import { quote } from "./quote.ts";
import { recogniseCommand } from "./recognise-command.ts";
import { recogniseWrite } from "./recognise-path.ts";
import { DELETES_MAX } from "./recognise-writes.ts";
import type { Places, Recognised } from "./types.ts";

/** What an executor hands over at most: there may be more of it. */
const PATHS_MAX = 50;
/** A text as long as this was cut; the cut may fall before a character of several bytes. */
const CONTENT_BYTES_MAX = 64 * 1024 - 4;

/** osqr's own tools: they ask, report and read, and can do nothing else. */
const OWN_TOOL = /^osqr\/[a-z][a-z_]{0,60}$/;

/** True for a tool of osqr's own server. */
export const isOwnTool = (action: AgentAction): boolean =>
  action.kind === "tool" && action.tool !== null && OWN_TOOL.test(action.tool);

/** Recognises an action from its request alone. Pure; time is linear in its size. */
export function recognise(action: AgentAction, places: Places): Recognised {
  const into = new Collector();
  const { kind } = action;
  if (kind === "read") recogniseRead(action.paths, places, into);
  else if (kind === "create" || kind === "edit" || kind === "delete" || kind === "move")
    recogniseChange({ ...action, kind }, places, into);
  else if (kind === "execute") {
    if (action.command === null) into.addUnknown("which command it runs is not told");
    else recogniseCommand(action.command, places, into);
    noteOthers(action.paths, places, into);
  } else if (kind === "fetch") recogniseFetch(action.host, into);
  else if (kind === "tool" && action.tool !== null)
    into.addFacet({ on: "tool", names: ["tool"], tool: action.tool });
  else into.addUnknown("what it does is not told");
  return into.finish();
}

function recogniseRead(paths: readonly string[], places: Places, into: Collector): void {
  if (paths.length === 0) into.addNote("which file it reads is not told");
  for (const path of paths) {
    const place = locatePath(path, places);
    into.addFacet({ on: "path", names: ["read"], path: place.path });
    if (place.kind === "outside" || place.kind === "invalid")
      into.addNote(`reads ${quote(path)}, outside of the work tree: the sandbox decides what is there`);
    if (hidesCharacters(path))
      into.addNote(`reads ${quote(path)}, whose name holds characters that cannot be seen`);
  }
}

type ChangeAction = AgentAction & { readonly kind: "create" | "edit" | "delete" | "move" };

function recogniseChange(action: ChangeAction, places: Places, into: Collector): void {
  const { kind, paths } = action;
  if (paths.length === 0) into.addUnknown("which file it changes is not told");
  if (paths.length >= PATHS_MAX) into.addUnknown(`it names ${PATHS_MAX} files; there may be more`);
  if (kind === "delete" && paths.length > DELETES_MAX)
    into.addHazard("mass_delete", `deletes ${paths.length} files`);
  const isWhole = action.content !== null && countBytes(action.content) < CONTENT_BYTES_MAX;
  const content = isWhole && kind !== "move" ? action.content : null;
  for (const path of paths) recogniseWrite({ change: kind, path, content }, places, into);
}

/** Paths that an agent names beside its command: its folder, its files. */
function noteOthers(paths: readonly string[], places: Places, into: Collector): void {
  const onlyLooks = into.finish().facets.every(({ names }) => names[0] === "inspect");
  for (const path of paths) {
    if (locatePath(path, places).kind !== "outside") continue;
    const what = `the command is about ${quote(path)}, outside of the work tree`;
    if (onlyLooks) into.addNote(what);
    else into.addHazard("outside", what);
  }
}

function recogniseFetch(host: string | null, into: Collector): void {
  const name = host?.toLowerCase() ?? "";
  if (/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::\d{1,5})?$/.test(name))
    into.addFacet({ on: "host", names: ["fetch"], host: name.replace(/:\d+$/, "") });
  else into.addUnknown(host === null ? "which host it loads from is not told" : `${quote(host)} is no host`);
}

/** UTF-8. */
function countBytes(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xd800 && code < 0xe000 ? 2 : 3;
  }
  return bytes;
}
