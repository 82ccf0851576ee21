/** Follows an agent through its turns, to the end of its process. */
import type { AgentFailure, StopReason } from "../../../core/model/agent.ts";
import type { AgentControls, ExecutorSession } from "../../../executors/types.ts";
import type { ProcessResult } from "../../../sandbox/types.ts";
import { toReason } from "../context.ts";
import { takeEvent } from "../follow.ts";
import { withdrawProgress } from "../guard.ts";
import { checkpointRef } from "../refs.ts";
import type { Running } from "../running.ts";
import { takeMessages } from "./messages.ts";
import { askPermission, isPermission } from "./permissions.ts";
import { GO_ON, writeTold } from "./prompts.ts";
import { Watch } from "./watch.ts";

/** How often an agent that ran into its own limit is told to go on. */
const LIMITS_MAX = 3;

export interface AgentEnd {
  readonly result: ProcessResult;
  readonly failure: AgentFailure | null;
  /** It said that its turn is over and nothing is open: its work counts. */
  readonly isDone: boolean;
  /** Its turn is over and questions are open: it goes on once they are answered. */
  readonly waits: boolean;
}

type Next =
  | { readonly kind: "prompt"; readonly text: string }
  | {
      readonly kind: "close";
      readonly isDone: boolean;
      readonly waits: boolean;
      readonly failure: AgentFailure | null;
    };

/** Reads the stream to its end. Between turns the agent is told what has come up, or its process is ended. */
export async function followAgent(
  running: Running,
  session: ExecutorSession,
  agent: AgentControls,
): Promise<AgentEnd> {
  const watch = new Watch(running, session);
  try {
    return await followTurns(running, session, { agent, watch });
  } finally {
    watch.stop();
  }
}

async function followTurns(
  running: Running,
  session: ExecutorSession,
  { agent, watch }: { readonly agent: AgentControls; readonly watch: Watch },
): Promise<AgentEnd> {
  let closing: Extract<Next, { kind: "close" }> | null = null;
  let limits = 0;
  for await (const event of session.events) {
    if (event.kind !== "ended") await watch.seen();
    if (event.kind === "session") watch.begin();
    if (event.kind === "ended") {
      const { result, failure } = event;
      return {
        result,
        failure: closing?.failure ?? running.live.givenUp ?? failure,
        isDone: closing?.isDone === true && failure === null,
        waits: closing?.waits === true,
      };
    }
    if (event.kind === "permission") {
      await askPermission(running, agent, event);
      continue;
    }
    if (event.kind !== "turn") {
      await takeEvent(running, session, event);
      continue;
    }
    dropPermissions(running);
    await withdrawProgress(running);
    await keepCheckpoint(running, event.stop);
    await Promise.allSettled([...running.live.handing]);
    if (event.stop === "max_tokens" || event.stop === "max_turns") limits += 1;
    const next = await chooseNext(running, event.stop, limits);
    running.live.refused = null;
    if (next.kind === "prompt") {
      await agent.prompt(next.text);
      continue;
    }
    closing = next;
    await session.close();
  }
  throw new Error("the agent's stream ended without saying how");
}

/** A turn that is over waits for none of its requests. */
function dropPermissions({ live }: Running): void {
  for (const ask of live.asks.keys()) if (isPermission(ask)) live.asks.delete(ask);
}

async function chooseNext(running: Running, stop: StopReason, limits: number): Promise<Next> {
  const { live, context } = running;
  const close = { kind: "close", isDone: false, waits: false, failure: null } as const;
  if (live.stopped !== null) return close;
  const answers = live.told.splice(0);
  if (answers.length === 0 && live.asks.size > 0) return { ...close, waits: true };
  const isLost = stop === "refusal" || stop === "cancelled" || limits > LIMITS_MAX;
  // What stands for it stays for whoever goes on, where nobody does here.
  const messages = answers.length === 0 && isLost ? [] : await takeMessages(running);
  if (answers.length > 0 || messages.length > 0)
    return { kind: "prompt", text: writeTold(context, { answers, messages }) };
  switch (stop) {
    case "end_turn":
      return { ...close, isDone: true };
    case "max_tokens":
    case "max_turns":
      return limits <= LIMITS_MAX
        ? { kind: "prompt", text: GO_ON }
        : { ...close, failure: toFailure("other", `it ran into its own limit ${limits} times (${stop})`) };
    case "refusal":
      return { ...close, failure: toFailure("refusal", "the model refused to go on") };
    case "cancelled":
      return { ...close, failure: explainCancelled(live) };
  }
}

/** Some agents end their turn where something is refused to them. */
function explainCancelled({ refused }: Running["live"]): AgentFailure {
  return refused === null
    ? toFailure("other", "it cancelled its own turn")
    : toFailure("permission", `it ended its turn where this was refused: ${refused}`);
}

const toFailure = (kind: AgentFailure["kind"], message: string): AgentFailure => ({
  kind,
  message,
  retryAt: null,
});

/** What the work tree holds now, kept by a ref: whatever happens to the machine, the work up to here is there. */
async function keepCheckpoint(running: Running, stop: StopReason): Promise<void> {
  const { context, launch, live, project, workstream, task } = running;
  const { attempt, fence } = launch;
  const checkpoint = await snapshot(running, `${workstream.name} ${task.key}: checkpoint of ${attempt}`);
  if (checkpoint !== null && live.workspace !== null) {
    const ref = checkpointRef(live.workspace.name);
    const before = await project.git.readRef(ref);
    await project.git.updateRef(ref, checkpoint, before);
  }
  await context.engine.submitResult({ kind: "turn_ended", attempt, fence, stop, checkpoint });
}

/** Null: nothing has changed, or it could not be taken; the work is still in its tree. */
async function snapshot({ context, live, project, launch }: Running, message: string) {
  if (live.workspace === null) return null;
  try {
    const { commit } = await project.git.snapshot(live.workspace, message, context.engine.ports.clock.now());
    return commit === live.workspace.start ? null : commit;
  } catch (error) {
    context.engine.ports.report(`${launch.attempt}: no checkpoint could be taken: ${toReason(error)}`);
    return null;
  }
}
