/** Starts what works on an attempt: a program, or an agent with its desk. */
import { OsqrError } from "../../../core/errors.ts";
import type { Attempt } from "../../../core/model/work.ts";
import type { AttemptOrder, ExecutorSession } from "../../../executors/types.ts";
import type { WorkspaceRef } from "../../../git/types.ts";
import type { SourceHandoff } from "../../handoffs/admit.ts";
import type { Preparation } from "../../ports.ts";
import { collectAnswers, isBriefSmall, writeBriefing } from "../briefing.ts";
import { begin, type Running } from "../running.ts";
import { needPurse } from "../usage.ts";
import { openDesk } from "./desk.ts";
import { GO_ON, writeAnswers, writeFirst, writeGoOn } from "./prompts.ts";

export interface Prepared {
  readonly workspace: WorkspaceRef;
  readonly handoffs: readonly SourceHandoff[];
  readonly inputHash: string | null;
  /** The attempt whose workspace and conversation it goes on with; null: it begins anew. */
  readonly last: Attempt | null;
  /** Answers to questions with which the agent had ended its turn. */
  readonly answers?: readonly string[];
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
  { workspace, inputHash, last }: Prepared,
): Promise<StartPlace | null> {
  const { context, project, launch, live, workstream } = running;
  const isApproved = context.isApproved(workstream.project, workstream.run);
  const prepared = await project.prepare(workspace, isApproved, live.abort.signal);
  const folder = await project.attemptFolder(launch.attempt);
  const homeFolder = last === null ? null : await project.attemptFolder(last.home);
  const continues = last === null ? {} : { continues: last.home };
  if (!(await begin(running, { inputHash, sandbox: project.sandbox, ...continues }))) return null;
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
    model: launch.model === undefined ? task.model : launch.model,
    purse: needPurse(running),
    ...toConversation(running, start, briefing),
  });
  live.session = session;
  if (live.stopped !== null) await session.cancel(live.stopped);
  return session;
}

/** What an agent is told. A run block is told nothing: it has no turns. */
function toConversation(
  running: Running,
  { last, answers, handoffs }: Prepared,
  briefing: string,
): Pick<AttemptOrder, "prompt" | "goOn" | "session" | "desk"> {
  const { context, live, task } = running;
  const desk = openDesk(running, handoffs, (ask) => async (option) => {
    return (await live.session?.answer(ask, option)) ?? false;
  });
  const prompt = writeFirst(context, { task, briefing, last });
  if (answers !== undefined)
    return {
      desk,
      prompt,
      session: live.conversation,
      goOn: answers.length === 0 ? GO_ON : writeAnswers(answers),
    };
  const session = last?.session ?? null;
  return { desk, prompt, session, goOn: last === null ? null : writeGoOn(context, last) };
}
