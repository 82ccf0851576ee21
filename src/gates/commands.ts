import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { GateDefinition } from "./types.ts";

/** Words of a shell that are no programs. */
const shellWords =
  /^(?:cd|export|set|exec|time|if|for|while|test|true|false|echo|!|\(|\{|source|\.|command|eval|\[\[?)$/;

/**
 * The program that a gate starts first, null where its command does not begin with a plain word. Only the first: what
 * comes later in a shell line may well depend on it.
 */
export function programOf(gate: Pick<GateDefinition, "command">): string | null {
  const words = gate.command.trim().split(/\s+/);
  const first = words.find((word) => !/^[A-Za-z_]\w*=/.test(word));
  if (first === undefined || shellWords.test(first) || !/^[\w.+-]+$/.test(first)) return null;
  return first;
}

/** Absolute path of an executable file of that name on a PATH, else null. */
export function findCommand(command: string, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    if (!folder.startsWith("/")) continue;
    const candidate = join(folder, command);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder: the next one may have it.
    }
  }
  return null;
}
