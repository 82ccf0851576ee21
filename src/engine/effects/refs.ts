import type { Workstream } from "../../core/model/work.ts";

/** Names of refs are made from an allow-list: a spec's key could hold anything. */
export function toRefPart(text: string): string {
  const part = text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^[.-]+|[.-]+$/g, "")
    .slice(0, 80);
  return part.endsWith(".lock") ? `${part.slice(0, -5)}-lock` : part || "work";
}

/** Where a workstream's work gathers. */
export const workRef = (workstream: Workstream): string => `refs/osqr/work/${toRefPart(workstream.name)}`;
/** Where an operator puts a merge made by hand. */
export const handRef = (workstream: Workstream): string => `refs/osqr/hand/${toRefPart(workstream.name)}`;
/** Where work is kept that was not merged. */
export const salvageRef = (name: string): string => `refs/osqr/salvage/${toRefPart(name)}`;
export const HANDOFFS_REF = "refs/osqr/handoffs";

/** Paths that decide who may do what: never joined without the operator's word (design §10). */
export const isProtected = (path: string): boolean => path === ".osqr" || path.startsWith(".osqr/");
