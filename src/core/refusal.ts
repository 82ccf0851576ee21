import type { Decision } from "./model/decision.ts";

/** True for an answer that leaves the askers where they are. */
export function isRefusal(decision: Pick<Decision, "subject">, option: string): boolean {
  const { kind } = decision.subject;
  return (kind === "approval" || kind === "content") && option !== "approve"
    ? true
    : kind === "dependency" && option !== "go-on";
}
