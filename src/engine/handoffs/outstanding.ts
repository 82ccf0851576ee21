import { evolve } from "../../core/evolve/evolve.ts";
import type { Event } from "../../core/model/event.ts";
import type { ProjectId } from "../../core/model/ids.ts";
import { emptyState, type State } from "../../core/model/state.ts";
import type { EventLog } from "../../store/types.ts";
import { fromStored } from "../stored-event.ts";
import { artifactOfTask } from "./history.ts";
import type { Artifact } from "./place.ts";

/** Handoffs that wait for the collector, in the order of the history. What a crash took from memory is read from the log, once. */
export class Outstanding {
  readonly #byPath = new Map<string, Artifact>();
  #isComplete = false;

  /** Hears of every event, with a state that knows the workstream it is about. */
  note(event: Event, state: State): void {
    if (event.kind === "task_completed" && event.handoff?.commit === null) {
      const artifact = artifactOfTask(state, event);
      if (artifact !== null) this.#byPath.set(artifact.path, artifact);
    } else if (event.kind === "handoffs_collected") {
      for (const path of event.paths) this.#byPath.delete(path);
    } else if (event.kind === "handoff_repaired") this.#byPath.delete(event.handoff.path);
  }

  /** Those of a project, also of tasks that are gone since. */
  list(log: EventLog, state: State, project: ProjectId): readonly Artifact[] {
    if (!this.#isComplete && !this.#knowsAll(state)) this.#readAll(log);
    return [...this.#byPath.values()].filter((artifact) => artifact.project === project);
  }

  #knowsAll(state: State): boolean {
    const left = new Set([...this.#byPath.values()].map(({ task }) => task));
    return [...state.uncollected.keys()].every((id) => {
      const path = state.tasks.get(id)?.handoff?.path;
      return path === undefined ? left.has(id) : this.#byPath.has(path);
    });
  }

  #readAll(log: EventLog): void {
    this.#byPath.clear();
    let state = emptyState();
    for (const stored of log.read({ after: 0 })) {
      const event = fromStored(stored);
      this.note(event, state);
      state = evolve(state, event);
    }
    this.#isComplete = true;
  }
}
