import { assert } from "../errors.ts";
import type { Event } from "../model/event.ts";
import type { Blocker } from "../model/flow.ts";
import type { BlockerId } from "../model/ids.ts";
import { type Draft, needTask, needWorkstream, putWorkstream, refreshWorkstream } from "./draft.ts";

type Of<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

export function needBlocker(state: Pick<Draft, "blockers">, id: BlockerId): Blocker {
  const blocker = state.blockers.get(id);
  assert(blocker !== undefined, `no blocker ${id}`);
  return blocker;
}

/** Counts a blocker on what it blocks, and looks again at what may start. */
function weigh(draft: Draft, { workstream: id, task: taskId }: Blocker, by: 1 | -1, event: string): void {
  const workstream = draft.workstreams.get(id);
  if (workstream === undefined) return;
  if (taskId === null) {
    putWorkstream(draft, id, { blockers: workstream.blockers + by });
  } else if (draft.tasks.has(taskId)) {
    const task = needTask(draft, taskId);
    draft.tasks = draft.tasks.set(taskId, { ...task, blockers: task.blockers + by });
  }
  refreshWorkstream(draft, id, event);
}

export function declareBlocker(draft: Draft, event: Of<"blocker_declared">): void {
  const blocker: Blocker = { ...event.blocker, declaredAt: event.at, resolvedAt: null, resolution: null };
  draft.blockers = draft.blockers.set(blocker.id, blocker);
  draft.nextBlocker += 1;
  weigh(draft, blocker, 1, event.kind);
}

export function transferBlocker(draft: Draft, event: Of<"blocker_transferred">): void {
  const blocker = needBlocker(draft, event.blocker);
  draft.blockers = draft.blockers.set(blocker.id, { ...blocker, owner: event.to });
}

export function resolveBlocker(draft: Draft, event: Of<"blocker_resolved">): void {
  const blocker = needBlocker(draft, event.blocker);
  const { resolution, at: resolvedAt } = event;
  draft.blockers = draft.blockers.set(blocker.id, { ...blocker, resolution, resolvedAt });
  weigh(draft, blocker, -1, event.kind);
}

export function transferOwnership(draft: Draft, event: Of<"ownership_transferred">): void {
  const { workstream, task: id, from, to: owner, by, reason, at } = event;
  const { transfers: before } = needWorkstream(draft, workstream);
  const transfers = [...before, { task: id, from, to: owner, by, reason, at }];
  putWorkstream(draft, workstream, id === null ? { owner, transfers } : { transfers });
  if (id !== null) draft.tasks = draft.tasks.set(id, { ...needTask(draft, id), owner });
}

/** Both know of each other. */
export function linkWorkstreams(draft: Draft, event: Of<"workstreams_linked">): void {
  const { workstream, other, how, reason } = event;
  for (const [from, to] of [
    [workstream, other],
    [other, workstream],
  ] as const) {
    if (!draft.workstreams.has(from)) continue;
    const { links } = needWorkstream(draft, from);
    putWorkstream(draft, from, { links: [...links, { workstream: to, how, reason }] });
  }
}

export function closeWorkstream(draft: Draft, event: Of<"workstream_closed">): void {
  const { workstream, how, into } = event;
  putWorkstream(draft, workstream, { closed: { how, into } });
  draft.duplicates = draft.duplicates.set(`${into}\n${workstream}`, workstream);
}
