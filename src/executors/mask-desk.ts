import { maskDeep } from "../core/secrets/mask-deep.ts";
import type { AgentHandlers } from "./agent-door/handlers.ts";
import { maskQuestion } from "./mask-event.ts";

/** A desk that hears no secret: what an agent asks and tells is recorded for ever. */
export function maskDesk(desk: AgentHandlers, mask: (text: string) => string): AgentHandlers {
  return {
    ...desk,
    onAsk: (ask, question) => desk.onAsk(ask, maskQuestion(question, mask)),
    onReport: (report) => desk.onReport(maskDeep(report, mask)),
    onProgress: (text) => desk.onProgress(mask(text)),
  };
}
