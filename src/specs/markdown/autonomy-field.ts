/** How freely a spec's agents may work at most. */
import { parseTier, TIERS } from "../../core/autonomy/tiers.ts";
import type { Tier } from "../../core/autonomy/types.ts";
import type { ProblemList } from "../problems.ts";

/** Null: it says nothing. What cannot be read may have been meant to hold them back: the spec does not start. */
export function readAutonomy(
  field: { readonly text: string; readonly line: number } | null,
  problems: ProblemList,
): Tier | null {
  if (field === null) return null;
  const tier = parseTier(field.text);
  if (tier !== null) return tier;
  problems.add(field.line, {
    severity: "needs_detail",
    code: "bad-autonomy",
    message: `the autonomy "${field.text.slice(0, 100)}" is no tier`,
    found: field.text.slice(0, 100),
    expected: TIERS.join(", "),
    hint: "write for example: autonomy: supervised",
  });
  return null;
}
