/** Which conversation a task goes on with, where its spec asks for that of the task before (EO-10). */
import { formatDuration } from "../format-duration.ts";
import type { AgentSession } from "../model/agent.ts";
import type { AttemptId, EpochMs, TaskId } from "../model/ids.ts";
import type { SessionChoice } from "../model/session.ts";
import type { State } from "../model/state.ts";
import type { Attempt, Task, Workstream } from "../model/work.ts";

type Known = Pick<State, "tasks" | "attempts" | "workstreams">;

/** Who is to go on with it. */
interface Asker {
  readonly executor: string;
  readonly model: string | null;
  readonly now: EpochMs;
}

/** Null: its spec does not ask for it. */
export function chooseSession(state: Known, task: Task, asker: Asker): SessionChoice | null {
  const { reuse } = task;
  const workstream = state.workstreams.get(task.workstream);
  if (reuse === undefined || workstream === undefined) return null;
  const last = findLatest(state, workstream, { task: task.id, ...asker });
  if (last === null) {
    const { executor, model } = asker;
    const who = model === null ? executor : `${executor}:${model}`;
    return { from: null, reason: `no task before it was done by ${who}` };
  }
  const user = findUser(state, workstream, last.home, task.id);
  if (user !== null) return { from: null, reason: `the conversation of ${last.id} goes on with ${user}` };
  const { isInTime, ago } = timeOf(last, reuse.withinMs, asker.now);
  const limit = `limit ${formatDuration(reuse.withinMs)}`;
  return isInTime
    ? { from: last.id, reason: `${last.id} ended ${ago} ago (${limit})` }
    : { from: null, reason: `${last.id} ended ${ago} ago, which is too long (${limit})` };
}

function timeOf(attempt: Attempt, withinMs: number, now: EpochMs) {
  const ms = Math.max(0, now - endOf(attempt));
  return { isInTime: ms <= withinMs, ago: formatDuration(ms) };
}

const endOf = ({ state, claimedAt }: Attempt): EpochMs => (state.kind === "completed" ? state.at : claimedAt);

/** The attempt that did another task of the workstream last, by the same executor and model. */
function findLatest(
  state: Known,
  { tasks }: Workstream,
  { task, executor, model }: Pick<Asker, "executor" | "model"> & { readonly task: TaskId },
): Attempt | null {
  let latest: Attempt | null = null;
  for (const id of tasks) {
    const done = id === task ? null : findDone(state, id);
    if (done === null || done.executor !== executor || done.model !== model) continue;
    if (latest === null || endOf(done) >= endOf(latest)) latest = done;
  }
  return latest;
}

/** The attempt of an agent whose result the task stands on; null: it is not done, or no agent did it. */
function findDone({ tasks, attempts }: Known, id: TaskId): Attempt | null {
  const task = tasks.get(id);
  if (task?.state.kind !== "completed" || task.state.how !== "done") return null;
  const last = attempts.get(task.attempts.at(-1) ?? ("" as AttemptId));
  return last?.state.kind === "completed" && last.session !== null && last.reused === null ? last : null;
}

const OPEN: readonly Attempt["state"]["kind"][] = ["claimed", "running", "waiting"];

/** The task or attempt that goes on in a workspace that another task left; null: nobody does. */
export function findUser(
  { tasks, attempts }: Known,
  workstream: Pick<Workstream, "tasks">,
  home: AttemptId,
  except: TaskId | null,
): TaskId | AttemptId | null {
  for (const id of workstream.tasks) {
    const task = id === except ? undefined : tasks.get(id);
    if (task === undefined) continue;
    const isOver = task.state.kind === "completed" || task.state.kind === "cancelled";
    if (task.resumes === home && !isOver) return id;
    const last = attempts.get(task.attempts.at(-1) ?? ("" as AttemptId));
    if (last?.home === home && OPEN.includes(last.state.kind)) return last.id;
  }
  return null;
}

/** True where a task that has not begun may still go on with the conversation of this workspace. */
export function mayBeReused(state: Known, home: AttemptId, now: EpochMs): boolean {
  const workstream = state.workstreams.get(state.attempts.get(home)?.workstream ?? ("" as Workstream["id"]));
  if (workstream?.reusesSessions !== true || workstream.intent === "cancelled") return false;
  return workstream.tasks.some((id) => {
    const task = state.tasks.get(id);
    if (task?.reuse === undefined || !isStillToDo(task)) return false;
    const { executor, model, route, reuse } = task;
    // It may start with the cheaper one.
    const choices = [{ executor, model }, ...(route?.cheaper === undefined ? [] : [route.cheaper])];
    return choices.some((choice) => {
      const last = findLatest(state, workstream, { task: id, ...choice });
      return last?.home === home && timeOf(last, reuse.withinMs, now).isInTime;
    });
  });
}

const isStillToDo = ({ state, resumes }: Task): boolean =>
  resumes === null &&
  (state.kind === "pending" ||
    state.kind === "ready" ||
    state.kind === "running" ||
    state.kind === "blocked" ||
    (state.kind === "waiting" && state.attempt === null));

/** Attempts that have worked in a workspace, also for other tasks of the workstream; the oldest first. */
export function listUsers(state: Known, home: AttemptId): readonly Attempt[] {
  const first = state.attempts.get(home);
  const workstream = first === undefined ? undefined : state.workstreams.get(first.workstream);
  if (first === undefined || workstream === undefined) return [];
  const tasks = workstream.reusesSessions === true ? workstream.tasks : [first.task];
  const users = [...new Set([...tasks, first.task])].flatMap((id) =>
    (state.tasks.get(id)?.attempts ?? []).flatMap((each) => state.attempts.get(each) ?? []),
  );
  return users.filter((each) => each.home === home).sort((a, b) => a.fence - b.fence);
}

/** The conversation with what it has cost so far, as the ledgers of its attempts have it: an agent may count on from there. */
export function withSpent(
  state: Known,
  workstream: Pick<Workstream, "tasks">,
  session: AgentSession,
): AgentSession {
  let spentMicroUsd = 0;
  for (const id of workstream.tasks) {
    for (const each of state.tasks.get(id)?.attempts ?? []) {
      const attempt = state.attempts.get(each);
      if (attempt?.session?.id === session.id) spentMicroUsd += attempt.spending?.used.microUsd ?? 0;
    }
  }
  return { ...session, spentMicroUsd };
}
