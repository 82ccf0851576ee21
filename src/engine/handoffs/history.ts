/** Handoffs as the history tells them: what `osqr handoff repair` and the start after a crash make them from. */

import { needWorkstream } from "../../core/evolve/draft.ts";
import { evolve } from "../../core/evolve/evolve.ts";
import {
  describeCompletion,
  describeIntegration,
  describeReturn,
  describeRevert,
} from "../../core/handoff/build.ts";
import type { Event } from "../../core/model/event.ts";
import type { EpochMs, ProjectId } from "../../core/model/ids.ts";
import { emptyState, type State } from "../../core/model/state.ts";
import type { Task, Workstream } from "../../core/model/work.ts";
import type { EventLog } from "../../store/types.ts";
import type { EnginePorts } from "../ports.ts";
import { fromStored } from "../stored-event.ts";
import { type Artifact, integrationPath, returnPath, revertPath } from "./place.ts";

/** Whose a handoff is. */
export const toOwner = ({ id: workstream, project }: Workstream, task: Task | null = null) => ({
  project,
  workstream,
  task: task?.id ?? null,
});

type Completed = Extract<Event, { kind: "task_completed" }>;

export const toTitle = ({ name }: Workstream, { key, title }: Task): string => `${name} ${key}: ${title}`;

/** The handoff that an event leaves beside those of tasks that complete; null: it leaves none. `state` is the one after it. */
export function artifactOf(state: State, event: Event): Artifact | null {
  const { at } = event;
  switch (event.kind) {
    case "workstream_returned": {
      const workstream = needWorkstream(state, event.workstream);
      const path = returnPath(workstream, { number: workstream.returns.length, at });
      const title = `${workstream.name}: sent back to ${event.to}`;
      return {
        path,
        content: describeReturn(state, event),
        ...toOwner(workstream),
        title,
        at,
      };
    }
    case "workstream_landed": {
      const workstream = needWorkstream(state, event.workstream);
      const path = integrationPath(workstream, event.commit, at);
      const title = `${workstream.name}: integrated`;
      const content = describeIntegration(state, event);
      return { path, content, ...toOwner(workstream), title, at };
    }
    case "workstream_reverted": {
      const workstream = needWorkstream(state, event.workstream);
      const path = revertPath(workstream, event.commit);
      const title = `${workstream.name}: reverted`;
      return {
        path,
        content: describeRevert(state, event),
        ...toOwner(workstream),
        title,
        at,
      };
    }
    default:
      return null;
  }
}

/** Handoffs that returns, merges and reverts of a workstream have left; of a merge that was taken out again with the time of that. */
export function listEventPlaces(
  workstream: Workstream,
): readonly { readonly path: string; readonly at: EpochMs }[] {
  const { integration, reverts, returns } = workstream;
  const landed =
    integration.kind === "landed"
      ? [{ path: integrationPath(workstream, integration.commit, integration.at), at: integration.at }]
      : integration.kind === "nothing"
        ? [{ path: integrationPath(workstream, null, integration.at), at: integration.at }]
        : [];
  const sentBack = returns.map(({ at }, index) => ({
    path: returnPath(workstream, { number: index + 1, at }),
    at,
  }));
  const takenOut = reverts.flatMap(({ of, commit, at }) => [
    { path: integrationPath(workstream, of, at), at },
    { path: revertPath(workstream, commit), at },
  ]);
  return [...sentBack, ...takenOut, ...landed];
}

/** Their paths alone. */
export const listEventPaths = (workstream: Workstream): readonly string[] =>
  listEventPlaces(workstream).map(({ path }) => path);

/** The handoff of a task. Histories that do not hold its content are asked what was known when it completed. */
export function artifactOfTask(before: State, event: Completed): Artifact | null {
  const { handoff, attempt, tip } = event;
  const task = before.tasks.get(event.task);
  if (handoff === null || attempt === null || task === undefined) return null;
  const workstream = needWorkstream(before, task.workstream);
  const content = event.artifact ?? describeCompletion(before, { attempt, commit: tip });
  const title = toTitle(workstream, task);
  const at = "timestamp" in content ? Date.parse(String(content.timestamp)) : event.at;
  return { path: handoff.path, content, ...toOwner(workstream, task), title, at };
}

type Wants = (path: string) => boolean;

/** All handoffs of a project, in the order of the history. Reads all of it; null for each event that left none that is wanted. */
function* walkHistory(
  log: EventLog,
  project: ProjectId,
  wants: Wants = () => true,
): Generator<Artifact | null> {
  let state = emptyState();
  for (const stored of log.read({ after: 0 })) {
    const event = fromStored(stored);
    const before = state;
    state = evolve(state, event);
    const artifact =
      event.kind === "task_completed" ? ofTask(before, event, wants) : artifactOf(state, event);
    yield artifact?.project === project && wants(artifact.path) ? artifact : null;
  }
}

/** What an older history has to be asked for is not made where nobody wants it. */
const ofTask = (before: State, event: Completed, wants: Wants): Artifact | null =>
  event.handoff !== null && wants(event.handoff.path) ? artifactOfTask(before, event) : null;

/** All of them at once. */
export function* readArtifacts(log: EventLog, project: ProjectId): Generator<Artifact> {
  for (const artifact of walkHistory(log, project)) if (artifact !== null) yield artifact;
}

/** Events read at once; in between everybody else has a turn: a long history takes seconds. */
const TURN_EVENTS = 250;

/** Those whose path is wanted. Null: the end came before all was read. */
export async function readArtifactsInTurns(
  { log, clock }: Pick<EnginePorts, "log" | "clock">,
  project: ProjectId,
  { wants, signal }: { readonly wants?: Wants; readonly signal?: AbortSignal } = {},
): Promise<readonly Artifact[] | null> {
  const found: Artifact[] = [];
  let events = 0;
  for (const artifact of walkHistory(log, project, wants)) {
    if (artifact !== null) found.push(artifact);
    events += 1;
    if (events % TURN_EVENTS !== 0) continue;
    await new Promise<void>((resolve) => clock.soon(resolve));
    if (signal?.aborted === true) return null;
  }
  return found;
}
