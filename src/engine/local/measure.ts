/** What an attempt takes of this machine: looked at now and then while it runs. */
import { freemem } from "node:os";
import { join } from "node:path";
import { measureDisk } from "../../sandbox/limits/disk.ts";
import { sumMemory } from "../../sandbox/terminate/family.ts";
import type { MachineUse, ProjectPorts } from "../ports.ts";
import { readFreeBytes } from "./machine.ts";
import type { LocalTools } from "./tools.ts";

/** @param folder of the attempt outside its workspace */
export async function measureAttempt(
  { home, limits }: Pick<LocalTools, "home" | "limits">,
  folder: string,
  { pid, workspace, withDisk }: Parameters<ProjectPorts["measure"]>[0],
  minFreeDiskBytes: number,
): Promise<MachineUse> {
  const [diskBytes, freeDiskBytes] = await Promise.all([
    withDisk ? measureDisk([workspace.tree, join(folder, "home")]) : null,
    readFreeBytes(home.root).catch(() => null),
  ]);
  return {
    memoryBytes: pid === null ? null : sumMemory(pid),
    freeMemoryBytes: freemem(),
    diskBytes,
    diskBytesMax: limits.diskBytesMax,
    freeDiskBytes,
    minFreeDiskBytes,
  };
}
