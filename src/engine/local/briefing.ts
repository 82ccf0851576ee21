/** What an agent would be told about a task, as things stand: nothing is started for it. */
import { reservationOf } from "../../core/budget/reserve.ts";
import { savingsOf } from "../../core/budget/savings.ts";
import { OsqrError } from "../../core/errors.ts";
import { listSources } from "../../core/handoff/sources.ts";
import { listPending } from "../../core/messages/pending.ts";
import type { AttemptId, TaskId, WorkstreamId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { Task } from "../../core/model/work.ts";
import { nameOfTask } from "../../core/report/words.ts";
import { listStartMessages } from "../effects/agent/messages.ts";
import { findLast, writeFirst, writeGoOn } from "../effects/agent/prompts.ts";
import { isBriefSmall, writeBriefing } from "../effects/briefing.ts";
import type { Engine } from "../engine.ts";
import type { SourceHandoff } from "../handoffs/admit.ts";
import type { BriefingView } from "../service.ts";
import { readHandoffOf } from "./flow/handoffs.ts";
import { findTaskOrRefuse, needNamed } from "./names.ts";
import type { LocalProject } from "./projects.ts";

/** Stands for the next attempt. */
const NOBODY = "" as AttemptId;

/** @throws `no-briefing` where a person does it, or no task is named */
export async function showBriefing(
  engine: Engine,
  project: LocalProject,
  what: string,
): Promise<BriefingView> {
  const { state } = engine;
  const task = needTask(state, project, what);
  const workstream = state.workstreams.get(task.workstream);
  if (workstream === undefined) throw new Error(`bug: ${task.id} has no workstream`);
  const { handoffs, missing } = await readSources(engine, project, task);
  const isSmall = isCut(state, task);
  const briefing = await writeBriefing(engine, project.ports, { task, workstream, handoffs, isSmall });
  const last = findLast(engine, task);
  const briefed = new Set(handoffs.map(({ path }) => path));
  const told = listPending(state, task, { id: NOBODY });
  const messages = listStartMessages(engine, task, { told, briefed });
  return {
    task: nameOfTask(state, task.id),
    executor: task.executor,
    text:
      task.script === null
        ? writeFirst(engine, { task, briefing, last, messages: messages.first })
        : briefing,
    goOn: last === null ? null : writeGoOn(engine, last, messages.goOn),
    missing,
    ...(isSmall ? { isSmall: true as const } : {}),
  };
}

/** As it was begun; of one that has not begun, as it would be now. */
function isCut(state: State, task: Task): boolean {
  const attempt = task.attempts.flatMap((id) => state.attempts.get(id) ?? []).at(-1);
  if (attempt !== undefined && (state.active.has(attempt.id) || state.parked.has(attempt.id)))
    return isBriefSmall(attempt);
  const run = state.workstreams.get(task.workstream)?.run ?? null;
  return reservationOf(task) !== null && savingsOf(state, run).isRed;
}

function needTask(state: State, { id }: LocalProject, what: string): Task {
  const task = findTaskOrRefuse(state, id, what);
  if (task?.kind === "work") return task;
  if (task !== null)
    throw new OsqrError(
      "no-briefing",
      `${nameOfTask(state, task.id)} is done by a person: no agent is told about it`,
      {
        hints: [`what it asks: osqr show ${nameOfTask(state, task.id)}`],
      },
    );
  const { name, tasks } = needNamed(state, id, what);
  const keys = tasks.flatMap((each) => state.tasks.get(each) ?? []).filter(({ kind }) => kind === "work");
  const [first] = keys;
  throw new OsqrError("no-briefing", `a briefing is about one task, ${name} is a workstream`, {
    hints: first === undefined ? [] : [`for one of them: osqr show ${name}#${first.key} --briefing`],
  });
}

/** What it starts from as far as it is there, and what is not. */
async function readSources(
  engine: Engine,
  { ports }: LocalProject,
  task: Task,
): Promise<{ readonly handoffs: readonly SourceHandoff[]; readonly missing: readonly string[] }> {
  const { state } = engine;
  const handoffs: SourceHandoff[] = [];
  const missing = listUnfinished(state, task).map((name) => `${name}: not done yet`);
  for (const source of listSources(state, task)) {
    const read = await readHandoffOf(engine, ports, source);
    if (read === null) continue;
    if (read.ok) handoffs.push({ path: read.path, handoff: read.handoff });
    else missing.push(`${nameOfTask(state, source.id)}: ${read.fault}`);
  }
  return { handoffs, missing };
}

function listUnfinished(state: State, { knowledge, news = [] }: Task): readonly string[] {
  const awaited = knowledge.filter((id) => !news.includes(id));
  return awaited.flatMap((id) => {
    const own = state.tasks.get(id as TaskId);
    const ids = own === undefined ? (state.workstreams.get(id as WorkstreamId)?.tasks ?? []) : [own.id];
    const open = ids.filter((each) => state.tasks.get(each)?.state.kind !== "completed");
    return open.map((each) => nameOfTask(state, each));
  });
}
