/** A task that goes on with the conversation of the one before it, in the same place and with the same private home (EO-10). */
import type { AttemptId } from "../../../core/model/ids.ts";
import type { SessionChoice } from "../../../core/model/session.ts";
import type { Attempt, Task, Workstream } from "../../../core/model/work.ts";
import { nameOfTask } from "../../../core/report/words.ts";
import { chooseSession, listUsers } from "../../../core/sessions/choose.ts";
import type { SourceHandoff } from "../../handoffs/admit.ts";
import type { ProjectPorts } from "../../ports.ts";
import { isBriefSmall, type KnownSpec, writeBriefing } from "../briefing.ts";
import { cleanAttempt, homeKey, keepWork } from "../cleanup.ts";
import type { EffectContext, Known } from "../context.ts";
import { modelOf, type Running } from "../running.ts";

/** What was found out about the conversation; `before` null: it begins a new one. */
export interface TakenOver {
  readonly choice: SessionChoice;
  readonly before: Attempt | null;
}

/**
 * Agents find a conversation by the folder that it was held in: the work tree is made anew at the very same path, with what the
 * workstream has by now. Nobody else may use it: the home is this attempt's from here on. Null: its spec does not ask for it.
 */
export async function takeOver(running: Running): Promise<TakenOver | null> {
  const { context, launch, live, task } = running;
  const { state, engine } = context;
  const now = engine.ports.clock.now();
  const known = state.tasks.get(task.id) ?? task;
  const choice = chooseSession(state, known, { executor: launch.executor, model: modelOf(running), now });
  if (choice === null) return null;
  const before = choice.from === null ? null : (state.attempts.get(choice.from) ?? null);
  if (before === null) {
    await cleanLeft(context, running.workstream);
    return { choice, before: null };
  }
  const reason = await context.mutex.run(homeKey(before.home), () => claimHome(running, before.home));
  if (reason === null) return { choice, before };
  live.home = null;
  return { choice: { from: null, reason }, before: null };
}

/** Null: it is this attempt's now, and its last work tree is gone. Else why not. */
async function claimHome(
  { context, project, launch, live }: Running,
  home: AttemptId,
): Promise<string | null> {
  for (const [id, other] of context.live)
    if (id !== launch.attempt && other.home === home) return `the conversation of ${home} goes on with ${id}`;
  if ((await project.git.findWorkspace(home)) === null) {
    await project.removeAttemptFolder(home, "all");
    return `nothing is left of the workspace of ${home}`;
  }
  live.home = home;
  await keepWork(context, project, home);
  await project.git.removeWorkspace(home);
  return null;
}

/** Conversations that were kept for a next task and are too old by now. */
async function cleanLeft(context: EffectContext, { tasks }: Workstream): Promise<void> {
  for (const id of tasks) {
    const last = context.state.attempts.get(
      context.state.tasks.get(id)?.attempts.at(-1) ?? ("" as AttemptId),
    );
    if (last?.state.kind === "completed" && last.session !== null) await cleanAttempt(context, last.id);
  }
}

/** The next task as whoever did the last one is told it: without what the conversation knows already. */
export async function writeNextTask(
  context: Known,
  project: ProjectPorts,
  subject: {
    readonly task: Task;
    readonly workstream: Workstream;
    readonly handoffs: readonly SourceHandoff[];
    readonly before: Attempt;
  },
): Promise<string> {
  const { before, handoffs, ...rest } = subject;
  const own = new Set<string>(listUsers(context.state, before.home).map(({ id }) => id));
  const others = handoffs.filter(({ handoff }) => !own.has(handoff.attempt ?? ""));
  const knows = knownSpecOf(context, before);
  const briefing = await writeBriefing(context, project, { ...rest, handoffs: others }, { knows });
  return [
    `Your result for ${nameOfTask(context.state, before.task)} counts. This is the next task, in the same conversation and at the same path: the work tree was made anew and holds what the workstream has by now, your result too. Files that were in it besides are gone.`,
    briefing.trimEnd(),
    "How to work here has not changed. Do this task now. When it is done, call hand_off and end your turn.",
  ].join("\n\n");
}

/** What was told where the conversation began. */
function knownSpecOf(context: Known, before: Attempt): KnownSpec {
  if (wasMigratedSince(context, before)) return "nothing";
  const first = context.state.attempts.get(before.home) ?? before;
  return isBriefSmall(first) ? "some" : "much";
}

/** The spec that the conversation has read may not be the one that counts. */
const wasMigratedSince = ({ state }: Known, { workstream, claimedAt }: Attempt): boolean =>
  [...state.migrations.values()].some((each) => each.workstream === workstream && each.at >= claimedAt);
