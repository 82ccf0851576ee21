import { OsqrError } from "../../core/errors.ts";
import type { Priority } from "../../core/model/spec.ts";

const PRIORITIES: readonly Priority[] = ["critical", "high", "medium", "low"];

/** @throws `unknown-priority` */
export function toPriority(text: string): Priority {
  const found = PRIORITIES.find((priority) => priority === text.toLowerCase());
  if (found !== undefined) return found;
  throw new OsqrError("unknown-priority", `priority "${text}": expected ${PRIORITIES.join(", ")}`);
}
