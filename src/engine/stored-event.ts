import type { Event, EventBody } from "../core/model/event.ts";
import type { StoredEvent } from "../store/types.ts";

/** An event as it was stored. */
export function fromStored({ seq, at, body }: StoredEvent): Event {
  const {
    v: _v,
    seq: _seq,
    at: _at,
    ...rest
  } = JSON.parse(body) as EventBody & Record<"v" | "seq" | "at", number>;
  return { ...(rest as EventBody), seq, at };
}
