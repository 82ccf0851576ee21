/** What a look at a running attempt found. It changes nothing but what is known of it; who ends it is the effect. */
import { toStanding } from "../checks/judge-sample.ts";
import { WATCHED } from "../checks/watch-policy.ts";
import type { Command } from "../model/command.ts";
import { claimOf } from "./claims.ts";
import type { Step } from "./step.ts";

const TEXT_MAX = 500;

/** Only a change is news. */
export function recordWatched(step: Step, command: Extract<Command, { kind: "attempt_watched" }>): void {
  const { id, fence, watched = [] } = claimOf(step, command, ["running", "waiting"]);
  const findings = command.findings.slice(0, WATCHED.length).map((each) => ({
    ...each,
    reason: each.reason.slice(0, TEXT_MAX),
    advice: each.advice.slice(0, TEXT_MAX),
  }));
  if (toStanding(watched) === toStanding(findings)) return;
  step.emit({ kind: "attempt_watched", attempt: id, fence, findings });
}
