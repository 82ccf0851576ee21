/** What kind of work a task is. A few plain rules; where none of them speaks, or two disagree, it is an implementation. */
import { TASK_TYPES, type TaskType } from "../model/route.ts";

/** What a task is where nothing says otherwise. */
export const USUAL_TYPE: TaskType = "code-implementation";

/** Other words for a type, in specs and in config. */
const OTHER_WORDS: Readonly<Record<string, TaskType>> = {
  implementation: "code-implementation",
  feature: "code-implementation",
  feat: "code-implementation",
  design: "architecture",
  adr: "architecture",
  ui: "ui-design",
  refactor: "refactoring",
  bug: "bug-fix",
  bugfix: "bug-fix",
  fix: "bug-fix",
  quickfix: "quick-fix",
  hotfix: "quick-fix",
  typo: "quick-fix",
  perf: "performance",
  optimization: "performance",
  test: "testing",
  tests: "testing",
  spike: "research",
  docs: "documentation",
  doc: "documentation",
  review: "code-review",
  security: "security-audit",
  audit: "security-audit",
  deploy: "deployment",
  release: "deployment",
};

/** The type that a word names: `bug-fix`, `Bug fix`, `bug`. Null: none. */
export function toTaskType(word: string): TaskType | null {
  const name = word
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, "-");
  return (
    TASK_TYPES.find((type) => type === name) ??
    (Object.hasOwn(OTHER_WORDS, name) ? (OTHER_WORDS[name] ?? null) : null)
  );
}

/** First words of a title that say what kind of work follows. */
const VERBS: readonly (readonly [RegExp, TaskType])[] = [
  [/^(?:refactor|restructure|tidy|clean up|extract|deduplicate|untangle)\b/, "refactoring"],
  [/^(?:fix|repair|debug)\b/, "bug-fix"],
  [/^(?:optimi[sz]e|speed up|profile|benchmark)\b/, "performance"],
  [/^(?:test|cover)\b/, "testing"],
  [/^(?:document|explain)\b/, "documentation"],
  [/^(?:research|investigate|evaluate|compare|survey|explore)\b/, "research"],
  [/^review\b/, "code-review"],
  [/^audit\b/, "security-audit"],
  [/^(?:deploy|publish|roll out)\b/, "deployment"],
];

/** What a title is about, where it begins with no such word. */
const SUBJECTS: readonly (readonly [RegExp, TaskType])[] = [
  [/\b(?:tests?|test suite|test coverage)\b/, "testing"],
  [/\b(?:docs|documentation|readme|changelog|tutorial|user guide)\b/, "documentation"],
  [/\b(?:architecture|design decision|adr)\b/, "architecture"],
  [/\b(?:refactoring)\b/, "refactoring"],
  [/\b(?:bug|regression)\b/, "bug-fix"],
  [/\b(?:performance|latency|throughput)\b/, "performance"],
  [/\b(?:security audit|threat model)\b/, "security-audit"],
  [/\bcode review\b/, "code-review"],
];

const QUICK = /\b(?:typos?|spelling|whitespace|rename a|quick fix|one-liner)\b/;

/** The type that a title speaks of; null: none, or more than one. */
function readTitle(title: string): TaskType | null {
  const text = title
    .toLowerCase()
    .replace(/[`*_"']/g, "")
    .trim();
  if (QUICK.test(text)) return "quick-fix";
  const verb = VERBS.find(([pattern]) => pattern.test(text));
  if (verb !== undefined) return verb[1];
  const subjects = SUBJECTS.filter(([pattern]) => pattern.test(text));
  return subjects.length === 1 ? (subjects[0]?.[1] ?? null) : null;
}

/** The type in the name of a workflow: `systematic.bug-fix` is one for bug fixes. Null: it is for any work. */
function readWorkflow(name: string): TaskType | null {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return TASK_TYPES.find((type) => type === last) ?? null;
}

/** What is known of a task's kind. */
export interface TypedTask {
  /** What the task says itself, else its spec; null: neither. */
  readonly type: TaskType | null;
  /** Name of its workflow. */
  readonly workflow: string;
  readonly title: string;
  readonly specTitle: string;
}

/** The type of a task, and how it is known, in words. */
export function findTaskType({ type, workflow, title, specTitle }: TypedTask): {
  readonly type: TaskType;
  readonly why: string;
} {
  if (type !== null) return { type, why: "the spec says so" };
  const ofWorkflow = readWorkflow(workflow);
  if (ofWorkflow !== null) return { type: ofWorkflow, why: `the workflow ${workflow}` };
  const ofTitle = readTitle(title);
  if (ofTitle !== null) return { type: ofTitle, why: "its title" };
  const ofSpec = readTitle(specTitle);
  if (ofSpec !== null) return { type: ofSpec, why: "the title of the spec" };
  return { type: USUAL_TYPE, why: "nothing says otherwise" };
}
