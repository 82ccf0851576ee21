import { type Named, overlapQuestion } from "../decide/overlaps.ts";
import type { QuestionDraft } from "../model/command.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { Scope } from "./scope.ts";
import type { Serialized } from "./serialize.ts";

/** What the later of two is asked, where the operator wants to be asked about paths that they share. */
export function askAboutOverlaps(
  scope: Scope,
  { apart, drafts }: Pick<Serialized, "apart" | "drafts">,
): ReadonlyMap<WorkstreamId, readonly QuestionDraft[]> {
  const found = new Map<WorkstreamId, QuestionDraft[]>();
  if (scope.input.config.overlaps !== "ask") return found;
  const fresh = new Map<WorkstreamId, Named>(drafts.map(({ fresh: each }) => [each.id, each]));
  for (const { a, b, paths } of apart) {
    // What stands comes before what is new in the order of the pairs.
    const earlier = fresh.get(a) ?? scope.input.state.workstreams.get(a);
    const later = fresh.get(b);
    if (earlier === undefined || later === undefined) continue;
    const own = found.get(b) ?? [];
    found.set(b, [...own, overlapQuestion(earlier, later, paths)]);
  }
  return found;
}
