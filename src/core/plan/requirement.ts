import type { DecisionId, TaskId, WorkstreamId } from "../model/ids.ts";
import type { Requirement } from "../model/work.ts";

/** A requirement taken apart. `workstream` is the one that meets it. */
export type ParsedRequirement =
  | { readonly kind: "task"; readonly workstream: WorkstreamId; readonly task: TaskId }
  | { readonly kind: "phase"; readonly workstream: WorkstreamId; readonly phase: string }
  | { readonly kind: "done" | "landed"; readonly workstream: WorkstreamId }
  | { readonly kind: "artifact"; readonly workstream: WorkstreamId; readonly path: string }
  | { readonly kind: "decision"; readonly decision: DecisionId }
  | { readonly kind: "question"; readonly contentKey: string };

/** Takes a requirement apart; keys of specs hold no `#`, `:` or `/`. Null for a text that is none. */
export function parseRequirement(requirement: Requirement): ParsedRequirement | null {
  const colon = requirement.indexOf(":");
  const kind = requirement.slice(0, colon);
  const rest = requirement.slice(colon + 1);
  switch (kind) {
    case "task": {
      const workstream = rest.slice(0, rest.indexOf("#")) as WorkstreamId;
      return { kind, workstream, task: rest as TaskId };
    }
    case "phase": {
      const slash = rest.lastIndexOf("/");
      return { kind, workstream: rest.slice(0, slash) as WorkstreamId, phase: rest.slice(slash + 1) };
    }
    case "done":
    case "landed":
      return { kind, workstream: rest as WorkstreamId };
    case "artifact": {
      const end = rest.indexOf(":");
      return { kind, workstream: rest.slice(0, end) as WorkstreamId, path: rest.slice(end + 1) };
    }
    case "decision":
      return { kind, decision: rest as DecisionId };
    case "question":
      return { kind, contentKey: rest };
    default:
      return null;
  }
}
