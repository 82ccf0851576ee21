/** What may be done about an agent that stopped in the midst of its work. */
import { formatDuration } from "../format-duration.ts";
import type { FailureKind } from "../model/agent.ts";
import type { QuestionDraft } from "../model/command.ts";
import type { Task } from "../model/work.ts";
import { offerFresh, toOption } from "./questions.ts";

/** It can go on there, begin anew, and where only its time was too short, what is there can be taken for a part of it. */
export function offerToGoOn(
  draft: QuestionDraft,
  { timeoutMs, stage }: Pick<Task, "timeoutMs" | "stage">,
  { failure }: { readonly failure?: FailureKind },
): QuestionDraft {
  if (failure === "unchanged") return offerDone(draft);
  const asked = offerFresh(draft);
  if (failure !== "timeout") return asked;
  const options = asked.options.flatMap((option) => {
    if (option.id !== "retry") return [option];
    const description = `${option.description}, with another ${formatDuration(timeoutMs)}`;
    const goOn = { ...option, description };
    return stage === "after" ? [goOn] : [goOn, SPLIT];
  });
  return { ...asked, options };
}

/** Nobody knows whether anything was to do but a person. */
function offerDone(draft: QuestionDraft): QuestionDraft {
  const rest = draft.options.flatMap((option) =>
    option.id === "retry" ? [GO_ON] : option.id === "skip" ? [] : [option],
  );
  return { ...draft, options: [DONE, ...rest] };
}

const DONE = toOption("done", "take it as done", "nothing was to do: the task counts as done as it is");
const GO_ON = toOption("retry", "go on", "the same conversation is told once more that nothing was changed");

const SPLIT = toOption(
  "split",
  "split",
  "what is there is checked as it is and counts for this task; what is missing becomes a task of its own: osqr add <text>",
);
