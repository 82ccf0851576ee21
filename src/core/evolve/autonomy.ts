/** What answers and results teach about how far agents may go by themselves (AO-11, EO-9). */
import { evolveCounts, type Lesson, NO_COUNTS } from "../autonomy/learning.ts";
import { evolveTrust, NO_TRUST, type TrustChange } from "../autonomy/trust.ts";
import type { Decision } from "../model/decision.ts";
import type { Event } from "../model/event.ts";
import type { WorkstreamId } from "../model/ids.ts";
import { type Draft, needWorkstream, putWorkstream } from "./draft.ts";

function trust(draft: Draft, id: WorkstreamId, change: TrustChange, at: Event["at"]): void {
  const { trust: known = NO_TRUST } = needWorkstream(draft, id);
  putWorkstream(draft, id, { trust: evolveTrust(known, change, at) });
}

/** A person has allowed or refused what an agent wanted to do. */
export function learnFromAnswer(
  draft: Draft,
  { subject, workstream: id }: Decision,
  { option, by, at }: Extract<Event, { kind: "decision_resolved" }>,
): void {
  if (subject.kind !== "permission" || by !== "user" || !draft.workstreams.has(id)) return;
  const lesson: Lesson = option === "allow" ? "approved" : "overridden";
  trust(draft, id, lesson === "approved" ? "accepted" : "overridden", at);
  const project = draft.projects.get(needWorkstream(draft, id).project);
  if (subject.learns === null || project === undefined) return;
  const counts = evolveCounts(project.autonomy ?? NO_COUNTS, { kind: subject.learns, lesson });
  draft.projects = draft.projects.set(project.id, { ...project, autonomy: counts });
}

/** An agent has done a task. */
export function learnFromResult(draft: Draft, event: Extract<Event, { kind: "task_completed" }>): void {
  const attempt = event.attempt === null ? undefined : draft.attempts.get(event.attempt);
  if (event.how === "done" && attempt !== undefined && attempt.session !== null)
    trust(draft, attempt.workstream, "succeeded", event.at);
}
