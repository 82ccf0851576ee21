import { createHash, timingSafeEqual } from "node:crypto";

/** Takes the same time wherever two texts differ, of any length. */
export function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
