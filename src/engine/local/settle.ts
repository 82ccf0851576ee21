/** What was just signed has to be recorded as done before anybody asks what is left. */
import { PERSON } from "../../core/evolve/reviews.ts";
import type { ProjectId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { Engine } from "../engine.ts";

/** Its handoff is a commit: some hundred ms, unless the disk is very slow. */
const SETTLE_MS_MAX = 10_000;

/** True while a signature is on its way into the work of a project. */
function isSettling(state: State, project: ProjectId): boolean {
  for (const [attempt, id] of state.joining) {
    const workstream = state.tasks.get(id)?.workstream;
    if (workstream === undefined || state.attempts.get(attempt)?.executor !== PERSON) continue;
    if (state.workstreams.get(workstream)?.project === project) return true;
  }
  return false;
}

/** Resolves when no signature is on its way any more, at the latest after ten seconds. */
export function awaitSignatures(engine: Engine, project: ProjectId): Promise<void> {
  if (!isSettling(engine.state, project)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      unsubscribe();
      resolve();
    };
    const stop = engine.ports.clock.after(SETTLE_MS_MAX, end);
    const unsubscribe = engine.subscribe(() => {
      if (!isSettling(engine.state, project)) end();
    });
  });
}
