import { type JsonObject, pick, toList, toObject } from "./json.ts";
import { dropEmpty } from "./permissions.ts";

const CALLS_MAX = 64;
/** Characters of one call that are kept. */
const CALL_CHARS_MAX = 256 * 1024;

/** Calls of tools that are under way, with all that updates told of each: a request for permission may name the id only. */
export class KnownCalls {
  readonly #calls = new Map<string, JsonObject>();

  find(id: string): JsonObject | null {
    return this.#calls.get(id) ?? null;
  }

  /** Adds what an update tells. A call that has ended is forgotten. */
  learn(id: string, update: JsonObject): void {
    const known = this.#calls.get(id) ?? {};
    this.#calls.delete(id);
    if (update.status === "completed" || update.status === "failed") return;
    const call = { ...known, ...dropEmpty(keep(update)) };
    // What is too long to be kept is not known: whoever judges it sees less, and asks.
    const isLong = JSON.stringify(call).length > CALL_CHARS_MAX;
    this.#calls.set(id, isLong ? { toolCallId: id.slice(0, 500) } : call);
    if (this.#calls.size > CALLS_MAX) this.#calls.delete(this.#calls.keys().next().value ?? "");
  }
}

function keep({
  toolCallId,
  title,
  name,
  kind,
  content,
  locations,
  rawInput,
  _meta,
}: JsonObject): JsonObject {
  const diffs = toList(content).filter((entry) => pick(entry, "type") === "diff");
  const meta = toObject(_meta) ?? {};
  const known = { claudeCode: meta.claudeCode, is_mcp_tool_call: meta.is_mcp_tool_call };
  return { toolCallId, title, name, kind, content: diffs, locations, rawInput, _meta: dropEmpty(known) };
}
