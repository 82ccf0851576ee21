/**
 * Which project an event is of, and whose work it tells of. Attempts, decisions and runs are numbered over the whole home: what they
 * belong to is learned from the events that made them, so every event from the first on has to be taken.
 */
import type { Event } from "../../core/model/event.ts";

const PROJECT = /^(p-[0-9a-f]{8})\//;

/** Id of the project in an id of a workstream or a task; null where there is none. */
function projectIn(id: string): string | null {
  return PROJECT.exec(id)?.[1] ?? null;
}

const workstreamIn = (task: string) => task.slice(0, Math.max(0, task.indexOf("#")));

export class EventOwners {
  /** Id of a project by its root. */
  readonly #roots = new Map<string, string>();
  readonly #runs = new Map<string, string>();
  /** Task of each attempt. */
  readonly #tasks = new Map<string, string>();
  /** Workstream of each decision. */
  readonly #deciders = new Map<string, string>();
  /** Task or workstream of each blocker. */
  readonly #blocked = new Map<string, string>();
  /** Names of workstreams by id. */
  readonly #names = new Map<string, string>();

  /** Learns from an event. Called before it is asked about. */
  take(event: Event): void {
    switch (event.kind) {
      case "project_opened":
        this.#roots.set(event.project.root, event.project.id);
        return;
      case "workstream_added":
        this.#names.set(event.workstream.id, event.workstream.name);
        return;
      case "run_started":
        this.#runs.set(event.run.id, event.run.project);
        return;
      case "attempts_claimed":
        for (const { attempt, task } of event.launches) this.#tasks.set(attempt, task);
        return;
      case "review_opened":
        this.#tasks.set(event.attempt, event.task);
        return;
      case "blocker_declared":
        this.#blocked.set(event.blocker.id, event.blocker.task ?? event.blocker.workstream);
        return;
      case "decision_opened":
        this.#deciders.set(event.decision.id, event.decision.workstream);
        return;
      default:
        return;
    }
  }

  /** Id of the project at a root, null where no event has opened it yet. */
  findProject(root: string): string | null {
    return this.#roots.get(root) ?? null;
  }

  /** Whether an event tells of a project. A scheduling decision may tell of several. */
  isOf(event: Event, project: string): boolean {
    if (event.kind === "attempts_claimed") {
      const tasks = [...event.launches, ...event.held].map(({ task }) => task);
      return [...tasks, ...event.ready].some((task) => projectIn(task) === project);
    }
    return this.#projectOf(event) === project;
  }

  #projectOf(event: Event): string | null {
    if ("project" in event) return typeof event.project === "string" ? event.project : event.project.id;
    if ("run" in event)
      return typeof event.run === "string" ? (this.#runs.get(event.run) ?? null) : event.run.project;
    if ("scope" in event && event.scope.kind === "run") return this.#runs.get(event.scope.id) ?? null;
    const subject = this.subjectOf(event);
    return subject === null ? null : projectIn(subject);
  }

  /** Id of the task or workstream that an event is about, null where it is about neither or about several. */
  subjectOf(event: Event): string | null {
    if ("task" in event && event.task !== null) return event.task;
    if ("message" in event) return event.message.to;
    if ("scope" in event) return event.scope.kind === "run" ? null : event.scope.id;
    if ("workstream" in event)
      return typeof event.workstream === "string" ? event.workstream : event.workstream.id;
    if ("migration" in event) return event.migration.workstream;
    if ("blocker" in event)
      return this.#blocked.get(typeof event.blocker === "string" ? event.blocker : event.blocker.id) ?? null;
    if ("attempt" in event && event.attempt !== null) return this.#tasks.get(event.attempt) ?? null;
    if (!("decision" in event)) return null;
    if (typeof event.decision !== "string") return event.decision.workstream;
    return this.#deciders.get(event.decision) ?? null;
  }

  /** An id of a task or workstream as people know it: `token-format#T1`. */
  nameOf(id: string): string {
    const owner = workstreamIn(id) || id;
    const name = this.#names.get(owner) ?? owner.replace(PROJECT, "");
    return name + id.slice(owner.length);
  }
}
