import { type ProcessEntry, readProcessTable } from "./process-table.ts";

/** Age of a process table that is good enough to sum up memory. */
const TABLE_AGE_MS_MAX = 500;

/** Resident memory of a process and all its descendants, bytes; null where it is not there, or nothing tells. Shared pages count for each. */
export function sumMemory(pid: number): number | null {
  const table = readProcessTable(TABLE_AGE_MS_MAX);
  const first = table.find((entry) => entry.pid === pid);
  if (first === undefined) return null;
  const children = Map.groupBy(table, (entry) => entry.parent);
  const seen = new Set<number>();
  const queue: ProcessEntry[] = [first];
  let bytes = 0;
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    if (seen.has(entry.pid)) continue;
    seen.add(entry.pid);
    if (!entry.isZombie) bytes += entry.memoryBytes;
    queue.push(...(children.get(entry.pid) ?? []));
  }
  return bytes;
}
