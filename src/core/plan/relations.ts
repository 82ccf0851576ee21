import type { WorkstreamId } from "../model/ids.ts";
import { parseRequirement } from "./requirement.ts";
import { listStanding, type Scope } from "./scope.ts";
import type { DraftWorkstream } from "./settle.ts";

/** Who waits for whom among workstreams, directly and through others. */
export class Relations {
  readonly #direct = new Map<WorkstreamId, Set<WorkstreamId>>();
  #reached = new Map<WorkstreamId, ReadonlySet<WorkstreamId>>();

  constructor(scope: Scope, drafts: readonly DraftWorkstream[]) {
    for (const { fresh, tasks } of drafts) {
      const needs = tasks.flatMap((each) => each.needs);
      for (const { on, news } of needs) if (news !== true) this.#link(fresh.id, on);
    }
    for (const workstream of listStanding(scope)) {
      for (const task of workstream.tasks) {
        for (const requirement of scope.input.state.tasks.get(task)?.requires ?? []) {
          const parsed = parseRequirement(requirement);
          if (parsed !== null && "workstream" in parsed) this.#link(workstream.id, parsed.workstream);
        }
      }
    }
  }

  /** From now on `from` waits for `to`. */
  add(from: WorkstreamId, to: WorkstreamId): void {
    if (this.reaches(from, to)) return;
    this.#link(from, to);
    this.#reached = new Map();
  }

  #link(from: WorkstreamId, to: WorkstreamId): void {
    if (from === to) return;
    const direct = this.#direct.get(from);
    if (direct === undefined) this.#direct.set(from, new Set([to]));
    else direct.add(to);
  }

  /** True where `from` waits for `to`. */
  reaches(from: WorkstreamId, to: WorkstreamId): boolean {
    return this.#reachedFrom(from).has(to);
  }

  /** True for one that waits, through others, for itself: parts of two that need parts of each other. */
  isMutual(id: WorkstreamId): boolean {
    return this.reaches(id, id);
  }

  #reachedFrom(id: WorkstreamId): ReadonlySet<WorkstreamId> {
    const known = this.#reached.get(id);
    if (known !== undefined) return known;
    const found = new Set(this.#direct.get(id));
    for (const each of found) for (const next of this.#direct.get(each) ?? []) found.add(next);
    this.#reached.set(id, found);
    return found;
  }
}
