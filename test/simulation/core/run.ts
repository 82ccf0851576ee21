import { toCanonicalJson } from "../../../src/core/canonical.ts";
import { decide } from "../../../src/core/decide/decide.ts";
import { evolve } from "../../../src/core/evolve/evolve.ts";
import type { Command } from "../../../src/core/model/command.ts";
import type { Event } from "../../../src/core/model/event.ts";
import { emptyState, type State } from "../../../src/core/model/state.ts";
import { checkState } from "../invariants.ts";
import { HistoryRules } from "../rules/history.ts";

/** The core, or one with a planted fault. */
export interface Core {
  decide: typeof decide;
  evolve: typeof evolve;
}

export const REAL_CORE: Core = { decide, evolve };

/** Carries out commands on a core and checks every rule after each. */
export class CoreRun {
  readonly core: Core;
  readonly history: Event[] = [];
  readonly refusals = new Map<string, number>();
  state: State = emptyState();
  readonly #rules = new HistoryRules();

  constructor(core: Core = REAL_CORE) {
    this.core = core;
  }

  /** What is broken after the command; empty: nothing. A refusal is an answer. */
  send(command: Command, now: number): string[] {
    const decided = this.core.decide(this.state, command, now);
    if (!decided.ok) {
      const { code } = decided.refusal;
      this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
      return [];
    }
    const problems: string[] = [];
    let before = this.state;
    for (const event of decided.events) {
      const after = this.core.evolve(before, event);
      problems.push(...this.#rules.feed(event, before, after));
      before = after;
    }
    this.history.push(...decided.events);
    this.state = decided.state;
    return [...problems, ...checkState(this.state)];
  }
}

/** The state that a process would have that reads the history from its start. */
export function replayEvents(events: readonly Event[], core: Core = REAL_CORE): State {
  let state = emptyState();
  for (const event of events) state = core.evolve(state, JSON.parse(toCanonicalJson(event)) as Event);
  return state;
}
