import type { AgentAction } from "../core/model/agent.ts";

/** What a person is asked about is recorded for ever: it holds no secret. */
export const maskShown = (action: AgentAction, mask: (text: string) => string): AgentAction =>
  action.shown === undefined ? action : { ...action, shown: mask(action.shown.join("\n")).split("\n") };
