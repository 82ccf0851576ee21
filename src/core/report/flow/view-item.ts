import type { EpochMs } from "../../model/ids.ts";
import type { State } from "../../model/state.ts";
import { findCurrent } from "../steps.ts";
import { viewDetail } from "./detail.ts";
import { type Facts, isDone } from "./facts.ts";
import { toIso, toIsoOrNull } from "./iso.ts";
import type { Measured } from "./measure-item.ts";
import { rollUpPeople } from "./roll-up.ts";
import { ratioOf } from "./spread.ts";
import { cycleOf, type StepTimes } from "./step-times.ts";
import type { FlowItem, ItemStep } from "./types.ts";

export const nameOfWorkflow = ({
  name,
  version,
}: {
  readonly name: string;
  readonly version: number;
}): string => `${name}@${version}`;

function viewStep(times: StepTimes): ItemStep {
  const { key, title, kind, order, role, total, completed } = times.step;
  return {
    key,
    title,
    kind,
    order,
    role,
    total,
    completed,
    startedAt: toIsoOrNull(times.startedAt),
    completedAt: toIsoOrNull(times.completedAt),
    cycleMs: cycleOf(times),
  };
}

/** It has begun and is not over. */
const isBetween = ({ startedAt, endedAt }: Facts): boolean => startedAt !== null && endedAt === null;

/** One workstream as the report shows it. Its own times and its state are those of now, its figures those of the window. */
export function viewItem(
  state: State,
  measured: Measured,
  options: { now: EpochMs; detail: boolean; isBrief: boolean },
): FlowItem {
  const { facts, steps, leadMs, touchMs, rework, blocked } = measured;
  const { workstream, tasks } = facts;
  const { count, open, sumMs, byType } = blocked;
  return {
    project: state.projects.get(workstream.project)?.root ?? workstream.project,
    name: workstream.name,
    number: workstream.number,
    title: workstream.title,
    status: facts.status,
    workflow: nameOfWorkflow(workstream.workflow),
    owner: workstream.owner,
    spec: workstream.spec.path,
    step: isBetween(facts) ? (findCurrent(workstream, tasks)[0]?.key ?? null) : null,
    registeredAt: toIso(workstream.addedAt),
    startedAt: toIsoOrNull(facts.startedAt),
    completedAt: toIsoOrNull(facts.completedAt),
    endedAt: toIsoOrNull(facts.endedAt),
    leadMs,
    flowMs: measured.flowMs,
    workMs: measured.workMs,
    efficiency: leadMs === null ? null : ratioOf(touchMs, leadMs),
    tasks: { total: tasks.length, completed: tasks.filter(isDone).length },
    attempts: facts.attempts.length,
    rework,
    people: rollUpPeople([measured]),
    blocked: { count, open, sumMs, byType },
    reverts: measured.reverts,
    steps: options.isBrief ? [] : steps.map(viewStep),
    detail: options.detail ? viewDetail(state, facts, options.now) : null,
  };
}
