import { evolve } from "../evolve/evolve.ts";
import type { Refusal } from "../model/command.ts";
import type { Event, EventBody } from "../model/event.ts";
import type { EpochMs } from "../model/ids.ts";
import type { State } from "../model/state.ts";

/** Thrown inside `decide` only; it comes out as a value. */
export class RefusedError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = "RefusedError";
    this.refusal = refusal;
  }
}

export function refuse(code: string, message: string, hints: readonly string[] = []): never {
  throw new RefusedError({ code, message, hints });
}

/** Events being decided on, and the state that they lead to. */
export class Step {
  state: State;
  readonly now: EpochMs;
  readonly events: Event[] = [];

  /** A clock that went backwards does not make history go backwards: `now` is never before the last event. */
  constructor(state: State, now: EpochMs) {
    this.state = state;
    this.now = Math.max(now, state.at);
  }

  emit(body: EventBody): void {
    const event: Event = { ...body, seq: this.state.seq + 1, at: this.now };
    this.state = evolve(this.state, event);
    this.events.push(event);
  }
}
