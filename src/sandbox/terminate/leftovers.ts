import { MARK_NAME, parseMark, toCageName } from "../environment.ts";
import { removeOldCages } from "../limits/cage.ts";
import { forceEnd } from "./force.ts";
import { Members } from "./members.ts";
import { readProcessTable, readProcessVariable } from "./process-table.ts";

/**
 * Ends what carries a mark of this home and is not `running` here: an earlier daemon left it behind. Resolves to the
 * labels found, sorted, each once.
 */
export async function endLeftovers(homeId: string, running: ReadonlySet<string>): Promise<readonly string[]> {
  const labels = new Set<string>();
  for (const entry of readProcessTable(0)) {
    if (entry.isZombie || entry.pid === process.pid) continue;
    const text = readProcessVariable(entry.pid, MARK_NAME);
    const mark = text === null ? null : parseMark(text);
    if (text === null || mark === null || mark.homeId !== homeId || running.has(text)) continue;
    labels.add(mark.label);
    await forceEnd(new Members(entry.pid, text, null));
  }
  removeOldCages(toCageName(homeId, ""));
  return [...labels].sort();
}
