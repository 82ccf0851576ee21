/** Handoffs that an open review stands on and that cannot be read: nobody can sign before they are made again. */
import type { DecisionId } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import { nameOfTask } from "../../../core/report/words.ts";
import { readHandoffs, readTip } from "../../handoffs/read.ts";
import { type HandoffFault, listReviewed } from "../../handoffs/stands-on.ts";
import type { LocalProject } from "../projects.ts";

interface Standing {
  readonly decision: DecisionId;
  readonly what: string;
  readonly path: string;
}

/** What each open review of these stands on, but for what a collector has not committed yet: the history has that. */
function listStanding(state: State, decisions: readonly DecisionId[]): readonly Standing[] {
  return decisions.flatMap((id) => {
    const subject = state.decisions.get(id)?.subject;
    const task = subject?.kind === "review" && state.open.has(id) ? state.tasks.get(subject.task) : undefined;
    const reviewed = task === undefined ? [] : listReviewed(state, task);
    return reviewed.flatMap(({ id: source, state: now, handoff }) =>
      now.kind === "completed" && handoff !== null && !state.uncollected.has(source)
        ? [{ decision: id, what: nameOfTask(state, source), path: handoff.path }]
        : [],
    );
  });
}

/** The first fault of each review that has one. One look at the ref for all of them. */
export async function findReviewFaults(
  state: State,
  { ports: { git } }: LocalProject,
  decisions: readonly DecisionId[],
): Promise<ReadonlyMap<DecisionId, HandoffFault>> {
  const standing = listStanding(state, decisions);
  const faults = new Map<DecisionId, HandoffFault>();
  if (standing.length === 0) return faults;
  const paths = [...new Set(standing.map(({ path }) => path))];
  const read = await readHandoffs(git, await readTip(git), paths);
  for (const { decision, what, path } of standing) {
    const found = read.get(path);
    if (found?.ok === false && !faults.has(decision)) faults.set(decision, { what, fault: found.fault });
  }
  return faults;
}

/** What is in the way of a signature, and the command that mends it. */
export const sayFault = ({ what, fault }: HandoffFault): string =>
  `the handoff of ${what} cannot be read (${fault}), so that nobody can sign it off; make it again: osqr handoff repair ${what}`;
