/** An agent of which nothing is seen any more: a person is asked while it goes on. Nothing is ended for being quiet. */
import { formatDuration } from "../format-duration.ts";
import type { Command, QuestionDraft } from "../model/command.ts";
import type { AttemptId, DecisionId } from "../model/ids.ts";
import type { Attempt } from "../model/work.ts";
import { claimOf } from "./claims.ts";
import { askQuestion, toOption } from "./questions.ts";
import type { Step } from "./step.ts";

type Of<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** One that waits for an answer is not stuck. It holds no slot while it is asked about. */
export function reportStuck(step: Step, command: Of<"attempt_stuck">): void {
  const attempt = claimOf(step, command, ["running", "waiting"]);
  if (attempt.state.kind === "waiting") return;
  const { id, fence, task, workstream } = attempt;
  if (command.busy !== undefined) {
    // It works: it keeps its slot while it is asked about.
    askQuestion(step, workstream, busyQuestion(attempt, command.busy), [task]);
    return;
  }
  const decision = askQuestion(step, workstream, stuckQuestion(attempt, command.quietMs), [task]);
  step.emit({ kind: "attempt_parked", attempt: id, fence, decision });
}

/** It moves again by itself, or gets on: nobody has to answer any more whether it does. The other question stays. */
export function reportMoving(step: Step, command: Of<"attempt_moved">): void {
  const { id, fence, state } = claimOf(step, command, ["running", "waiting"]);
  const contentKey = command.busy === true ? busyKey(id) : stuckKey(id);
  for (const decision of listAsked(step, contentKey)) {
    if (state.kind === "waiting" && state.decision === decision)
      step.emit({ kind: "attempt_resumed", attempt: id, fence });
    step.emit({ kind: "decision_withdrawn", decision, reason: `${id} moves again` });
  }
}

const stuckKey = (id: AttemptId): string => `stuck:${id}`;
const busyKey = (id: AttemptId): string => `progress:${id}`;

/** Open questions about an attempt that seems to be stuck. */
const listAsked = ({ state }: Step, contentKey: string): readonly DecisionId[] =>
  [...state.open.keys()].filter((id) => {
    const decision = state.decisions.get(id);
    return decision?.subject.kind === "stuck" && decision.contentKey === contentKey;
  });

/** It works and makes nothing. */
function busyQuestion(
  attempt: Attempt,
  { reason, advice }: { reason: string; advice: string },
): QuestionDraft {
  const { id, task } = attempt;
  return {
    ...stuckQuestion(attempt, 0),
    contentKey: busyKey(id),
    question: `${task.slice(task.indexOf("#") + 1)} makes no progress: ${reason}`.slice(0, 500),
    context: `${advice.replace("<attempt>", id)} It goes on meanwhile.`,
  };
}

function stuckQuestion({ id, task, executor }: Attempt, quietMs: number): QuestionDraft {
  const key = task.slice(task.indexOf("#") + 1);
  return {
    contentKey: stuckKey(id),
    type: "error",
    priority: "high",
    subject: { kind: "stuck", task, attempt: id },
    question: `${key} may be stuck: nothing was seen of ${executor} for ${formatDuration(quietMs)}`,
    context: `No message, no call of a tool, no request and no change in its work tree. It goes on meanwhile.`,
    location: null,
    options: [
      toOption("wait", "keep waiting", "it is watched on; asked again when it stays quiet as long", true),
      toOption(
        "again",
        "start it again",
        "in the same workspace and, where the agent can, the same conversation",
      ),
      toOption("cancel", "cancel workstream", "its work is kept in refs/osqr/salvage"),
    ],
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
  };
}
