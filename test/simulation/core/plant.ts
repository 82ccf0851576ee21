/** How faults are planted in a core. */
import { type Decided, decide } from "../../../src/core/decide/decide.ts";
import { evolve } from "../../../src/core/evolve/evolve.ts";
import type { Command } from "../../../src/core/model/command.ts";
import type { Event } from "../../../src/core/model/event.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Core } from "./run.ts";

/** A core whose fold is broken; its decisions are the real ones on the states that it makes. */
export function withEvolve(broken: typeof evolve): Core {
  return {
    evolve: broken,
    decide(state, command, now) {
      const decided = decide(state, command, now);
      return decided.ok ? { ...decided, state: decided.events.reduce(broken, state) } : decided;
    },
  };
}

/** A core that decides wrongly; `change` may change the command, the state that is looked at, and what came of it. */
export function withDecide(broken: (state: State, command: Command, now: number) => Decided): Core {
  return { evolve, decide: broken };
}

/** Decides on a state that is not the true one, and applies the events to the true one. */
export function decideOn(seen: State, state: State, command: Command, now: number): Decided {
  const decided = decide(seen, command, now);
  return decided.ok ? { ...decided, state: decided.events.reduce(evolve, state) } : decided;
}

export const oneEvent = (state: State, event: Event): Decided => ({
  ok: true,
  events: [event],
  state: evolve(state, event),
});
