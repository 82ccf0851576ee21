import type { Event } from "../../core/model/event.ts";
import type { ProjectId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { EventLog } from "../../store/types.ts";
import { fromStored } from "../stored-event.ts";
import { artifactOfTask } from "./history.ts";
import type { Artifact } from "./place.ts";

/** Handoffs that wait for the collector, in the order of the history. What a crash took from memory is read from the log. */
export class Outstanding {
  readonly #byPath = new Map<string, Artifact>();

  /** Hears of every event that matters, with the state after it or a later one. */
  note(event: Event, state: State): void {
    if (event.kind === "task_completed" && event.handoff?.commit === null) {
      const artifact = artifactOfTask(state, event);
      if (artifact !== null) this.#byPath.set(artifact.path, artifact);
    } else if (event.kind === "handoffs_collected") {
      for (const path of event.paths) this.#byPath.delete(path);
    } else if (event.kind === "handoff_repaired") this.#byPath.delete(event.handoff.path);
  }

  /** Those of a project. Where one is not in memory, the whole log is read. */
  list(log: EventLog, state: State, project: ProjectId): readonly Artifact[] {
    const isKnown = listUncollected(state, project).every((path) => this.#byPath.has(path));
    if (!isKnown) {
      this.#byPath.clear();
      for (const stored of log.read({ after: 0 })) this.note(fromStored(stored), state);
    }
    const isIts = ({ workstream }: Artifact): boolean =>
      state.workstreams.get(workstream)?.project === project;
    return [...this.#byPath.values()].filter(isIts);
  }
}

/** Paths of the handoffs of a project's tasks that have no commit yet. */
export function listUncollected(state: State, project: ProjectId): readonly string[] {
  return [...state.uncollected.keys()].flatMap((id) => {
    const task = state.tasks.get(id);
    if (task === undefined || state.workstreams.get(task.workstream)?.project !== project) return [];
    return task.handoff?.path ?? [];
  });
}
