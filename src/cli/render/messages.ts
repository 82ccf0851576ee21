/** What a task was told of the work of others: `osqr show <task>`, `osqr trace`. */
import type { MessageView } from "../../core/report/messages.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";

function describeTold({ told }: MessageView): string {
  if (told === null) return "not told yet";
  return told.how === "start"
    ? `told ${told.attempt} at its start`
    : `told ${told.attempt} with turn ${told.turn}`;
}

/** Empty where there is none. @param title one line above them */
export function renderMessages(
  messages: readonly MessageView[],
  { width }: Page,
  title = "messages",
): string[] {
  if (messages.length === 0) return [];
  return [
    ...indentWrapped(title, 2, width),
    ...messages.flatMap((message) => {
      const { number, from, type, subject } = message;
      return indentWrapped(
        `${number}  ${type} from ${from} · ${describeTold(message)}: ${subject}`,
        4,
        width,
      );
    }),
  ];
}
