import { createMasker } from "../core/secrets/masker.ts";

/** Characters of one text of an event; whoever makes events bounds them closer. */
const TEXT_CHARS_MAX = 256 * 1024;

/**
 * What is masked in all that an attempt tells: these values, also in small letters as names of hosts and of options come, and keys that
 * are known by their looks. Of a text that is too long the rest is dropped.
 */
export function createAttemptMask(secrets: readonly string[]): (text: string) => string {
  const all = secrets.flatMap((secret) => [secret, secret.toLowerCase()]);
  const { maskCut } = createMasker([...new Set(all)]);
  return (text) => maskCut(text.slice(0, TEXT_CHARS_MAX));
}
