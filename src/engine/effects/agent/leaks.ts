/** A result that adds a secret does not count, whoever made it: before anything of it is run. */
import type { Oid } from "../../../core/model/ids.ts";
import { explainSecrets, refuseSecrets } from "../../../core/secrets/scan.ts";
import type { Running } from "../running.ts";
import type { TurnedDown } from "./validate.ts";

/** Null: it adds none. Where it cannot be looked through, that is an error of the attempt: it does not count unseen. */
export async function findLeak(
  { project }: Pick<Running, "project">,
  { from, to }: { readonly from: Oid; readonly to: Oid },
): Promise<TurnedDown | null> {
  if (from === to) return null;
  const scan = await project.scanSecrets(from, to);
  const why = scan === null ? null : refuseSecrets(scan);
  if (scan === null || why === null) return null;
  return { failure: { kind: "validation", message: why, retryAt: null }, tail: explainSecrets(scan) };
}
