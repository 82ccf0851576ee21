import { createHash } from "node:crypto";
import type { CommandKind } from "../../core/plan/types.ts";

/** SHA-256 of a text, hex. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Hash by which a command is approved: its kind and the text behind it, so that a script that changes asks again.
 */
export function hashCommand(kind: CommandKind, text: string): string {
  return hashText(`${kind}\n${text}`);
}
