import { type JsonObject, pick, toObject, toText } from "./json.ts";

/** A `session/update` as far as osqr reads it. */
export type Update =
  /** `usage`: of the call of the model that gave the text, not checked. */
  | { readonly kind: "text"; readonly text: string; readonly message: string | null; readonly usage: unknown }
  /** A new call of a tool. */
  | { readonly kind: "call"; readonly id: string; readonly call: JsonObject }
  /** More about a call that is known. */
  | { readonly kind: "call-change"; readonly id: string; readonly call: JsonObject }
  /** `cost`: not checked; `usage_update.used` is how full the context is, not what was spent. */
  | { readonly kind: "usage"; readonly cost: unknown }
  /** The model fails the agent, which tries again. `status`: of HTTP; null: it does not say. */
  | { readonly kind: "alarm"; readonly text: string; readonly status: number | null }
  /** The turn ends because the agent cannot go on, whatever reason it gives for its end. */
  | { readonly kind: "broken" }
  /** Plans, thoughts, modes, and whatever newer agents tell: nothing follows from them. */
  | { readonly kind: "other" };

/** Reads the parameters of a `session/update`, of whichever kind. Null: they are not of that session, or none at all. */
export function readUpdate(params: unknown, session: string | null): Update | null {
  const update = toObject(pick(params, "update"));
  const id = pick(params, "sessionId");
  if (update === null || (session !== null && id !== session)) return null;
  const call = toText(update.toolCallId);
  switch (update.sessionUpdate) {
    case "agent_message_chunk": {
      const text = pick(update, "content", "text");
      return typeof text === "string"
        ? { kind: "text", text, message: toText(update.messageId), usage: pick(update, "_meta", "usage") }
        : { kind: "other" };
    }
    case "tool_call":
      return call === null ? null : { kind: "call", id: call, call: update };
    case "tool_call_update":
      return call === null ? null : { kind: "call-change", id: call, call: update };
    case "usage_update":
      return { kind: "usage", cost: update.cost };
    case "session_info_update":
      return readCodexState(pick(update, "_meta", "codex"));
    default:
      return { kind: "other" };
  }
}

/** Codex ends a turn that failed with `end_turn`, and a text: what happened stands in its own data only. */
function readCodexState(codex: unknown): Update {
  if (pick(codex, "threadStatus", "type") === "systemError") return { kind: "broken" };
  const error = toObject(pick(codex, "error"));
  if (error === null) return { kind: "other" };
  const status = pick(error, "codexErrorInfo", "responseStreamDisconnected", "httpStatusCode");
  const text = [error.message, error.additionalDetails].filter((part) => typeof part === "string").join(": ");
  return { kind: "alarm", text, status: typeof status === "number" ? status : null };
}
