import type { QuestionDraft } from "../model/command.ts";
import { type Decision, SPEC_GONE } from "../model/decision.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import { toOption } from "./questions.ts";

/** The open question about a changed spec of a workstream; null: there is none. */
export function findScopeQuestion(state: State, workstream: WorkstreamId): Decision | null {
  for (const id of state.open.keys()) {
    const decision = state.decisions.get(id);
    if (decision?.subject.kind === "scope" && decision.subject.workstream === workstream) return decision;
  }
  return null;
}

/** One text is asked about once. */
export const scopeKey = (workstream: WorkstreamId, hash: string): string => `scope:${workstream}:${hash}`;

/** What to do with a text that changed, or went away, while its workstream runs. */
export function scopeQuestion(
  { id, name, spec }: Workstream,
  change: { readonly hash: string; readonly summary: readonly string[]; readonly base: string },
): QuestionDraft {
  const { hash, summary, base } = change;
  const isGone = hash === SPEC_GONE;
  const [first = "it says something else now"] = summary;
  const what = spec.path ?? name;
  return {
    contentKey: scopeKey(id, hash),
    type: "scope",
    priority: "high",
    subject: { kind: "scope", workstream: id, hash },
    question: isGone
      ? `${what} is gone from ${base} while its workstream runs: is it still wanted?`
      : `${what} changed while its workstream runs: ${first}`,
    context: isGone ? "" : summary.slice(1).join("\n"),
    location: spec.path === null || isGone ? null : { path: spec.path, line: 1 },
    options: isGone ? GONE_OPTIONS : CHANGED_OPTIONS,
    blocksProgress: true,
    deadline: null,
    defaultOption: null,
    autoResolveMinutes: null,
  };
}

const CHANGED_OPTIONS = [
  toOption("keep", "keep the old text", "go on as it began; what is new in the text stays to be built later"),
  toOption("migrate", "take the new text", "tasks that stay the same stay done; what changed is done again"),
  toOption("anew", "start anew", "cancel this and build the spec as it is committed now"),
];

const GONE_OPTIONS = [
  toOption("keep", "go on", "with the text that it began with; nothing is ticked anywhere"),
  toOption("cancel", "cancel it", "what was made so far is kept aside, and nothing lands"),
];
