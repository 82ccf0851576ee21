/**
 * Workstreams that declared the same paths never work at the same time. Whoever starts first holds its paths until it
 * lands, and the scheduler keeps the other back. That must not make two wait for each other:
 *
 * - Where one waits for the other anyway, it starts after the other landed.
 * - Where neither does, both keep apart while they run, and a new one starts only when all that it depends on is there: once
 *   it holds its paths it waits for no other workstream, so that every holder comes to its end.
 * - One that needs parts of a workstream which needs parts of it cannot start so late. Whoever overlaps with it comes after
 *   it, or, where they are the same two, the plan says that it cannot work.
 */

import { findOverlaps, type Overlap } from "../conflicts/overlaps.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { SpecProblem } from "../model/spec.ts";
import type { Stopped } from "./circles.ts";
import type { Need } from "./needs.ts";
import { Relations } from "./relations.ts";
import { listStanding, type Scope } from "./scope.ts";
import type { DraftWorkstream } from "./settle.ts";

export interface Serialized {
  readonly drafts: readonly DraftWorkstream[];
  /** Pairs that the scheduler keeps apart. */
  readonly apart: readonly Overlap<WorkstreamId>[];
  /** Pairs of which the first starts after the second landed. */
  readonly ordered: readonly Overlap<WorkstreamId>[];
  /** Pairs that may run at once, because the operator's config says so. */
  readonly beside: readonly Overlap<WorkstreamId>[];
  readonly deadlocks: readonly Stopped[];
}

interface Sorting {
  readonly relations: Relations;
  readonly drafts: ReadonlyMap<WorkstreamId, DraftWorkstream>;
  readonly apart: Overlap<WorkstreamId>[];
  readonly ordered: Overlap<WorkstreamId>[];
  readonly deadlocks: Stopped[];
}

export function serializeOverlaps(scope: Scope, drafts: readonly DraftWorkstream[]): Serialized {
  const sorting: Sorting = {
    relations: new Relations(scope, drafts),
    drafts: new Map(drafts.map((draft) => [draft.fresh.id, draft])),
    apart: [],
    ordered: [],
    deadlocks: [],
  };
  const declared = [
    ...listStanding(scope).map(({ id, touches }) => ({ id, touches })),
    ...drafts.map(({ fresh: { id, spec } }) => ({ id, touches: spec.touches })),
  ];
  // What stands already was sorted when it was registered.
  const pairs = findOverlaps(declared).filter(({ a, b }) => sorting.drafts.has(a) || sorting.drafts.has(b));
  if (scope.input.config.overlaps === "branch")
    return { drafts, apart: [], ordered: [], beside: pairs, deadlocks: [] };
  for (const pair of pairs) sortPair(sorting, pair);
  const { apart, ordered, deadlocks } = sorting;
  const held = new Set(apart.flatMap(({ a, b }) => [a, b]));
  const after = Map.groupBy(ordered, ({ a }) => a);
  const changed = drafts.map((draft) => {
    const { id } = draft.fresh;
    const late = held.has(id) ? startLate(draft) : draft;
    return startAfter(
      late,
      (after.get(id) ?? []).map(({ b }) => b),
    );
  });
  return { drafts: changed, apart, ordered, beside: [], deadlocks };
}

function sortPair(
  { relations, drafts, apart, ordered, deadlocks }: Sorting,
  pair: Overlap<WorkstreamId>,
): void {
  const { a, b, paths } = pair;
  const forth = relations.reaches(a, b);
  const back = relations.reaches(b, a);
  if (forth && back) {
    deadlocks.push(describeDeadlock(drafts, pair));
    return;
  }
  const dependent = forth ? a : back ? b : pickLater(relations, drafts, pair);
  if (dependent === null || !drafts.has(dependent)) {
    apart.push(pair);
    return;
  }
  const first = dependent === a ? b : a;
  ordered.push({ a: dependent, b: first, paths });
  relations.add(dependent, first);
}

/** Of two that do not wait for each other, the one that has to come later; null: whoever starts first. */
function pickLater(
  relations: Relations,
  drafts: ReadonlyMap<WorkstreamId, DraftWorkstream>,
  { a, b }: Overlap<WorkstreamId>,
): WorkstreamId | null {
  const isMutualA = relations.isMutual(a);
  const isMutualB = relations.isMutual(b);
  if (!isMutualA && !isMutualB) return null;
  const later = isMutualB ? a : b;
  if (drafts.has(later)) return later;
  return later === a ? b : a;
}

function describeDeadlock(
  drafts: ReadonlyMap<WorkstreamId, DraftWorkstream>,
  { a, b, paths }: Overlap<WorkstreamId>,
): Stopped {
  const stopped = [a, b].flatMap((id) => drafts.get(id)?.fresh ?? []);
  const [one] = stopped as [(typeof stopped)[0]];
  const nameOf = (id: WorkstreamId): string => id.slice(id.indexOf("/") + 1);
  const problem: SpecProblem = {
    severity: "error",
    code: "overlap-deadlock",
    message: `${nameOf(a)} and ${nameOf(b)} need parts of each other and both write ${paths.join(", ")}: neither can wait for the other to land`,
    location: { path: one.spec.path, line: 1 },
    found: paths.join(", "),
    expected: "specs that need each other write different files",
    hint: "take the shared paths out of one, or make them one spec",
  };
  return { problem, keys: stopped.map(({ spec }) => spec.key) };
}

/** All that any of its tasks waits for elsewhere, on those that come first. */
function startLate(draft: DraftWorkstream): DraftWorkstream {
  const { id } = draft.fresh;
  const all = draft.tasks.flatMap(({ needs }) => needs).filter(({ on }) => on !== id);
  const early = all.map((need): Need => {
    const waits = need.requirement !== null || need.stacks;
    const isKnowledge = need.edge?.dependency.type === "knowledge";
    return waits && !isKnowledge
      ? { ...need, requirement: `landed:${need.on}`, stacks: false, knowledge: [] }
      : { ...need, knowledge: [] };
  });
  const tasks = draft.tasks.map((each) => ({
    ...each,
    needs: [
      ...each.needs.map((need) => ({ ...need, stacks: false })),
      ...(each.isRoot ? dropDoubles(early) : []),
    ],
  }));
  return { ...draft, tasks };
}

function dropDoubles(needs: readonly Need[]): readonly Need[] {
  const found = new Map<string, Need>();
  for (const need of needs) if (need.requirement !== null) found.set(need.requirement, need);
  return [...found.values()];
}

function startAfter(draft: DraftWorkstream, others: readonly WorkstreamId[]): DraftWorkstream {
  if (others.length === 0) return draft;
  const first = others.map(
    (on): Need => ({ requirement: `landed:${on}`, on, edge: null, stacks: false, knowledge: [] }),
  );
  const tasks = draft.tasks.map((each) => {
    const needs = each.needs.map((need) => (others.includes(need.on) ? { ...need, stacks: false } : need));
    return { ...each, needs: each.isRoot ? [...needs, ...first] : needs };
  });
  return { ...draft, tasks };
}
