import { type ComparedText, TextIndex } from "../conflicts/similar.ts";
import type { WorkstreamId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import type { DuplicateCandidate } from "../model/work.ts";
import type { BuildContext } from "./build-tasks.ts";
import type { Scope } from "./scope.ts";
import type { DraftWorkstream } from "./settle.ts";

/** What an intake shows at the most. */
const CANDIDATES_MAX = 3;

interface Registered extends ComparedText {
  readonly workstream: WorkstreamId;
}

/** Looks for workstreams that say nearly the same as a new one. Costs nothing where no workflow has an intake. */
export function createResemblance(
  scope: Scope,
  drafts: readonly DraftWorkstream[],
): BuildContext["resembles"] {
  const thresholds = new Map<string, number>();
  for (const { fresh, workflow } of drafts) {
    for (const { key, kind, duplicates } of workflow.steps) {
      if (kind === "intake" && duplicates !== null)
        thresholds.set(`${fresh.id}\n${key}`, duplicates.threshold);
    }
  }
  if (thresholds.size === 0) return () => [];
  const registered = listRegistered(scope);
  const index = new TextIndex(registered);
  const byKey = new Map(registered.map((each) => [each.key, each.workstream]));
  return (fresh, step) => {
    const threshold = thresholds.get(`${fresh.id}\n${step}`) ?? 1;
    const found = index.findLike(fresh.id, { threshold, max: CANDIDATES_MAX });
    return found.map(
      ({ key, similarity, shared }): DuplicateCandidate => ({
        workstream: byKey.get(key) ?? (key as WorkstreamId),
        similarity,
        shared,
      }),
    );
  };
}

/** Every workstream that there is or will be with this plan, with its text; without a spec its title has to do. */
function listRegistered({ fresh, registry, specs }: Scope): readonly Registered[] {
  const texts = new Map<WorkstreamId, Registered>();
  const bySpec = new Map([...registry.bySpec].map(([key, { id }]) => [id, key]));
  for (const { id, title, intent } of registry.workstreams) {
    if (intent === "cancelled") continue;
    const spec = specs.get(bySpec.get(id) ?? "");
    texts.set(id, { key: id, workstream: id, title, text: spec === undefined ? title : toText(spec) });
  }
  for (const { id, spec } of fresh.values()) {
    texts.set(id, { key: id, workstream: id, title: spec.title, text: toText(spec) });
  }
  return [...texts.values()];
}

function toText({ summary, tasks, criteria }: Spec): string {
  return [summary, ...tasks.map(({ title }) => title), ...criteria.map(({ text }) => text)].join("\n");
}
