import { type JsonObject, pick, toObject, toText } from "./json.ts";

/** A `session/update` as far as osqr reads it. */
export type Update =
  | { readonly kind: "text"; readonly text: string; readonly message: string | null }
  /** A new call of a tool. */
  | { readonly kind: "call"; readonly id: string; readonly call: JsonObject }
  /** More about a call that is known. */
  | { readonly kind: "call-change"; readonly id: string; readonly call: JsonObject }
  /** `cost`: not checked; `usage_update.used` is how full the context is, not what was spent. */
  | { readonly kind: "usage"; readonly cost: unknown }
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
        ? { kind: "text", text, message: toText(update.messageId) }
        : { kind: "other" };
    }
    case "tool_call":
      return call === null ? null : { kind: "call", id: call, call: update };
    case "tool_call_update":
      return call === null ? null : { kind: "call-change", id: call, call: update };
    case "usage_update":
      return { kind: "usage", cost: update.cost };
    default:
      return { kind: "other" };
  }
}
