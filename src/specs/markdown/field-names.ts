/** Keys of the frontmatter that osqr reads, and those that were probably meant to be one of them. */
import { countEdits } from "../../core/nearest-name.ts";
import type { ProblemList } from "../problems.ts";
import type { FieldValue } from "../values.ts";

const KEYS = [
  "id",
  "title",
  "status",
  "priority",
  "depends_on",
  "dependencies",
  "blocked_by",
  "blocks",
  "uses",
  "resources",
  "touches",
  "executor",
  "model",
  "autonomy",
  "workflow",
  "owner",
  "budget",
  "session",
  "session_timeout",
  "due",
  "deadline",
  "due_date",
  "gates",
  "tags",
  "labels",
];

/** Other names of a field. */
export const ALIASES: Readonly<Record<string, string>> = {
  name: "title",
  dependson: "depends_on",
  depends: "depends_on",
  blocked_by: "depends_on",
  deadline: "due",
  due_date: "due",
  files: "touches",
  resources: "uses",
  agent: "executor",
  gate: "gates",
  labels: "tags",
  状态: "status",
  优先级: "priority",
  依赖: "dependencies",
  依赖项: "dependencies",
};

/** Words that people use as keys of their own, although they are near to one of osqr's. */
const OTHERS = new Set([
  "date",
  "state",
  "order",
  "type",
  "mode",
  "models",
  "module",
  "link",
  "links",
  "user",
  "used",
  "tag",
  "label",
  "page",
  "stage",
  "sessions",
  "version",
  "lock",
  "block",
  "blog",
  "task",
  "tasks",
]);

/** More letters to put right is another word; of a short key fewer. */
const allowedEdits = (key: string): number => (key.length < 6 ? 1 : 2);

/** Warns of each key that osqr does not read and that is nearly one that it reads. */
export function adviseOnKeys(frontmatter: ReadonlyMap<string, FieldValue>, problems: ProblemList): void {
  for (const [key, { line }] of frontmatter) {
    const meant = findMeant(key);
    if (meant === null || frontmatter.has(meant)) continue;
    problems.add(line, {
      severity: "warning",
      code: "unknown-field",
      message: `the key "${key.slice(0, 100)}" is none that osqr reads; did you mean ${meant}?`,
      found: null,
      expected: null,
      hint: null,
    });
  }
}

function findMeant(key: string): string | null {
  if (
    key.length < 3 ||
    key.length > 30 ||
    OTHERS.has(key) ||
    KEYS.includes(key) ||
    Object.hasOwn(ALIASES, key)
  )
    return null;
  return KEYS.find((known) => countEdits(key, known) <= allowedEdits(known)) ?? null;
}
