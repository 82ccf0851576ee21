/** What decides how work is ordered and who may sign, and how two versions of that differ (FR-022). */
import type { ProjectDraft } from "./model/drafts.ts";

type Rules = Pick<ProjectDraft, "base" | "policy" | "maxParallel" | "resources" | "roles">;

const LINES_MAX = 40;
const NOTHING = "–";

/** What changed from what to what, one line each, by name; empty: nothing. At most 40 lines. */
export function describePolicyChange(before: Rules, after: Rules): readonly string[] {
  const lines = [
    ...describe("base", before.base, after.base),
    ...describe("policy", before.policy, after.policy),
    ...describe("maxParallel", String(before.maxParallel), String(after.maxParallel)),
    ...describeAll("resources", before.resources, after.resources, String),
    ...describeAll("roles", before.roles ?? {}, after.roles ?? {}, (names) => names.join(", ") || "nobody"),
  ];
  const more = lines.length - LINES_MAX;
  return more > 0 ? [...lines.slice(0, LINES_MAX), `and ${more} more`] : lines;
}

const describe = (key: string, from: string, to: string): string[] =>
  from === to ? [] : [`${key}: ${from} → ${to}`];

function describeAll<Value>(
  key: string,
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
  say: (value: Value) => string,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [from, to] = [before[name], after[name]];
    return describe(
      `${key}.${name}`,
      from === undefined ? NOTHING : say(from),
      to === undefined ? NOTHING : say(to),
    );
  });
}

/** True where opening a project again with this draft says nothing new. */
export function isSamePolicy(
  known: Rules & Pick<ProjectDraft, "root" | "config">,
  draft: Rules & Pick<ProjectDraft, "root" | "config">,
): boolean {
  const isSameConfig = draft.config === undefined || known.config === draft.config;
  return isSameConfig && known.root === draft.root && describePolicyChange(known, draft).length === 0;
}
