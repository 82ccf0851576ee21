import type { StepKind } from "../model/workflow.ts";
import type { StepContent } from "./shape.ts";

/** What is stated, else what other fields can only mean, else what the key says; `work` where nothing does. */
export function findKind({ kind, review, integrate, run, duplicates, key }: StepContent): StepKind {
  if (kind !== undefined) return kind;
  if (review === true) return "review";
  if (integrate === true) return "integrate";
  if (run !== undefined) return "work";
  if (duplicates !== undefined) return "intake";
  return key === "tasks" || key === "intake" || key === "integrate" ? key : "work";
}
