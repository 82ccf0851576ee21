/** Starts what works on an attempt: a program, or an agent with its desk. */
import { OsqrError } from "../../../core/errors.ts";
import type { AgentSession } from "../../../core/model/agent.ts";
import type { Attempt } from "../../../core/model/work.ts";
import { withSpent } from "../../../core/sessions/choose.ts";
import type { AttemptOrder, ExecutorSession } from "../../../executors/types.ts";
import type { WorkspaceRef } from "../../../git/types.ts";
import type { SourceHandoff } from "../../handoffs/admit.ts";
import type { Preparation } from "../../ports.ts";
import { collectAnswers, isBriefSmall, writeBriefing } from "../briefing.ts";
import { begin, modelOf, type Running } from "../running.ts";
import { needPurse } from "../usage.ts";
import { openDesk } from "./desk.ts";
import { listStartMessages, listTold, writeMessages } from "./messages.ts";
import { type TakenOver, writeNextTask } from "./next-task.ts";
import { type Told, writeFirst, writeGoOn, writeTold } from "./prompts.ts";

export interface Prepared {
  readonly workspace: WorkspaceRef;
  readonly handoffs: readonly SourceHandoff[];
  readonly inputHash: string | null;
  /** The attempt whose workspace and conversation it goes on with; null: it begins anew. */
  readonly last: Attempt | null;
  /** What was found out about the conversation of the task before; null: nobody asks for it. */
  readonly taken: TakenOver | null;
  /** What it is started again with, after a turn that has ended; absent: it starts for the first time. */
  readonly told?: Told;
}

/** What does not change when an agent is started again. */
export interface StartPlace {
  readonly prepared: Preparation;
  /** The attempt's own folder. */
  readonly folder: string;
  /** Folder of the attempt whose private home it uses; null: its own. */
  readonly homeFolder: string | null;
}

/** Null: it was stopped before it started. */
export async function prepare(
  running: Running,
  { workspace, inputHash, last, taken, handoffs }: Prepared,
): Promise<StartPlace | null> {
  const { context, project, launch, live, workstream } = running;
  const isApproved = context.isApproved(workstream.project, workstream.run);
  const prepared = await project.prepare(workspace, isApproved, live.abort.signal);
  const folder = await project.attemptFolder(launch.attempt);
  const home = last?.home ?? taken?.before?.home ?? null;
  const homeFolder = home === null ? null : await project.attemptFolder(home);
  const said = {
    ...(home === null ? {} : { continues: home }),
    ...(taken === null ? {} : { conversation: taken.choice }),
    ...(handoffs.length === 0 ? {} : { briefed: handoffs.map(({ path }) => path) }),
  };
  if (!(await begin(running, { inputHash, sandbox: project.sandbox, ...said }))) return null;
  return { prepared, folder, homeFolder };
}

/** Null: it has to stop. */
export async function startSession(
  running: Running,
  start: Prepared,
  place: StartPlace,
): Promise<ExecutorSession | null> {
  const { context, project, launch, live, task, workstream } = running;
  const executor = project.executors.get(launch.executor);
  if (executor === undefined)
    throw new OsqrError("agent-missing", `no executor named ${launch.executor} is there`, {
      hints: ["what is there: osqr doctor"],
    });
  if (live.stopped !== null) return null;
  const { handoffs } = start;
  const isSmall = isBriefSmall(launch);
  const briefing = await writeBriefing(context, project, { task, workstream, handoffs, isSmall });
  const session = await executor.start({
    attempt: launch.attempt,
    task: task.id,
    title: task.title,
    script: task.script,
    workspace: start.workspace,
    folder: place.folder,
    homeFolder: place.homeFolder,
    briefing,
    answers: collectAnswers(context, workstream),
    env: place.prepared.env,
    mounts: place.prepared.mounts,
    network: project.network(),
    timeoutMs: task.timeoutMs,
    model: modelOf(running),
    purse: needPurse(running),
    ...(await toConversation(running, start, briefing)),
  });
  live.session = session;
  if (live.stopped !== null) await session.cancel(live.stopped);
  return session;
}

/** What an agent is told. A run block is told nothing: it has no turns. */
async function toConversation(
  running: Running,
  { last, taken, told, handoffs }: Prepared,
  briefing: string,
): Promise<Pick<AttemptOrder, "prompt" | "goOn" | "session" | "desk">> {
  const { context, project, live, launch, task, workstream } = running;
  const desk = openDesk(running, handoffs, (ask) => async (option) => {
    return (await live.session?.answer(ask, option)) ?? false;
  });
  const briefed = new Set(handoffs.map(({ path }) => path));
  const atStart = listTold(context, task, launch.attempt);
  const messages = listStartMessages(context, task, { told: atStart, briefed });
  const knowsSkill = project.executors.get(launch.executor)?.knowsSkill === true;
  const prompt = writeFirst(context, { task, briefing, last, messages: messages.first, knowsSkill });
  const again = (session: AgentSession | null) =>
    session === null ? null : withSpent(context.state, workstream, session);
  if (told !== undefined)
    return { desk, prompt, session: again(live.conversation), goOn: writeTold(context, told) };
  if (last !== null)
    return { desk, prompt, session: again(last.session), goOn: writeGoOn(context, last, messages.goOn) };
  const before = taken?.before ?? null;
  if (before === null) return { desk, prompt, session: null, goOn: null };
  const next = await writeNextTask(context, project, { task, workstream, handoffs, before });
  const said = writeMessages(context, messages.first);
  return { desk, prompt, session: again(before.session), goOn: said === "" ? next : `${next}\n\n${said}` };
}
