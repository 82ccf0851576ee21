/** What a reader in `src/specs` makes of a document: the plan as its author wrote it, with names not yet resolved. */

import type { Tier } from "../autonomy/types.ts";
import type { Limit } from "./budget.ts";
import type { TaskType } from "./route.ts";
import type { SessionWish } from "./session.ts";

/** A place in a document of the repository. `line` counts from 1. */
export interface SourceLocation {
  readonly path: string;
  readonly line: number;
}

export type Priority = "critical" | "high" | "medium" | "low";

/** What a dependency points at: a whole workstream, one of its phases, or one of its tasks. */
export type DependencyTarget =
  | { readonly kind: "workstream"; readonly spec: string }
  | { readonly kind: "phase"; readonly spec: string; readonly phase: string }
  | { readonly kind: "task"; readonly spec: string; readonly task: string };

/** How we know of a dependency: written as such, implied by a phase, read from prose, or implied by order. */
export type Provenance = "explicit" | "phase" | "prose" | "order";

/**
 * The five dependency types (EO-2). `completion` waits for the target's work, `output` for a file that the target
 * makes, `knowledge` for the target's handoff (no code is taken over), `approval` for a person's word, `resource` for a
 * share of something limited. Knowledge as `news` is not waited for: what is there is in the briefing, the rest is told at work.
 */
export type Dependency = { readonly location: SourceLocation; readonly provenance: Provenance } & (
  | { readonly type: "completion"; readonly target: DependencyTarget }
  | { readonly type: "output"; readonly target: DependencyTarget; readonly artifact: string }
  | { readonly type: "knowledge"; readonly target: DependencyTarget; readonly news?: true }
  | { readonly type: "approval"; readonly subject: string; readonly question: string }
  | { readonly type: "resource"; readonly resource: string; readonly amount: number }
);

/** A fenced block marked ```` ```sh run ````. `timeoutMs` null: the default of the config. */
export interface RunBlock {
  readonly script: string;
  readonly line: number;
  readonly timeoutMs: number | null;
}

/** One item of a spec's task list. */
export interface SpecTask {
  /** The written id (`T012`, `2.1`) or `T<n>` by position; unique in the spec (`T1~2` for a repeated id). */
  readonly key: string;
  /** Position, from 1. Equal orders are allowed; the key breaks ties (FR-005). */
  readonly order: number;
  readonly title: string;
  /** Key of its phase, null outside phases. */
  readonly phase: string | null;
  /** Key of the box it is nested in, null at the top. */
  readonly parent: string | null;
  /** Lines of the boxes to tick when this task is done (its own and those of its details), from 1. Empty: no box. */
  readonly boxLines: readonly number[];
  readonly line: number;
  readonly checked: boolean;
  /** Marked `[P]`: may run beside its neighbours. */
  readonly parallel: boolean;
  readonly critical: boolean;
  readonly run: RunBlock | null;
  readonly executor: string | null;
  /** Model that the executor is to use; absent: nobody says. */
  readonly model?: string;
  /** Kind of work; absent: nobody says. */
  readonly type?: TaskType;
  /** In which conversation it is done; absent: nobody says. */
  readonly session?: SessionWish;
  /** Of a task without a run block: how long it may take; absent: nobody says. */
  readonly timeoutMs?: number;
  /** The text under the task, at most 4,000 characters. */
  readonly details: string;
  readonly dependsOn: readonly Dependency[];
}

export interface SpecPhase {
  readonly key: string;
  readonly title: string;
  readonly order: number;
  readonly line: number;
}

export interface QuestionOption {
  /** What `osqr decide` and `$OSQR_ANSWER_<KEY>` use: short, `[a-z0-9-]`. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly implications: readonly string[];
  readonly recommended: boolean;
}

/** An item under `## Open questions`, or a `[NEEDS CLARIFICATION: …]` mark. */
export interface OpenQuestion {
  /** `[A-Z0-9_]+`: the variable is `$OSQR_ANSWER_<KEY>`. */
  readonly key: string;
  readonly question: string;
  readonly options: readonly QuestionOption[];
  /** Option id taken when nobody answers within `autoResolveMinutes`, else null. */
  readonly defaultOption: string | null;
  readonly autoResolveMinutes: number | null;
  /** ISO date or null. */
  readonly deadline: string | null;
  readonly priority: Priority;
  /** Task keys that wait for the answer; null: every task of the spec. */
  readonly blocks: readonly string[] | null;
  readonly line: number;
}

/** Something wrong or missing in a document, said with the place, what was expected and one next step. */
export interface SpecProblem {
  readonly severity: "error" | "warning" | "needs_detail";
  /** Stable, e.g. `unknown-dependency`, `broken-frontmatter`, `duplicate-id`, `needs-clarification`. */
  readonly code: string;
  readonly message: string;
  readonly location: SourceLocation;
  readonly found: string | null;
  readonly expected: string | null;
  readonly hint: string | null;
}

export type Readiness = "ready" | "needs_detail" | "done";

export interface Spec {
  /** Frontmatter `id`, else the file's slug. Unique among the specs of a commit (later ones get `-2`, with a problem). */
  readonly key: string;
  readonly path: string;
  /** Name of the reader, e.g. `markdown`. */
  readonly format: string;
  readonly title: string;
  readonly summary: string;
  /** SHA-256 of the document's bytes, hex. */
  readonly hash: string;
  readonly readiness: Readiness;
  /** The written status, null where none. */
  readonly status: string | null;
  /** True for a status such as `future` or `draft`: built only after `osqr add`. */
  readonly future: boolean;
  readonly priority: Priority;
  readonly dependsOn: readonly Dependency[];
  /** Spec keys that this one says it blocks. */
  readonly blocks: readonly { readonly spec: string; readonly location: SourceLocation }[];
  /** Globs of paths that the work will write. */
  readonly touches: readonly string[];
  readonly executor: string | null;
  /** Model that the executor is to use, for its tasks that name none; absent: nobody says. */
  readonly model?: string;
  /** Kind of work; absent: nobody says. */
  readonly type?: TaskType;
  /** The loosest tier for its agents; null: the config's. */
  readonly autonomy: Tier | null;
  /** Workflow that it goes through, by name or `name@version`; absent: the project's. */
  readonly workflow?: { readonly name: string; readonly line: number };
  /** Who answers for it; absent: nobody is named. */
  readonly owner?: string;
  /** What all of it may cost; absent: it sets no limit itself. */
  readonly budget?: Limit;
  /** In which conversations its tasks are done, where they do not say so themselves; absent: nobody says. */
  readonly session?: SessionWish;
  /** ISO date or null. */
  readonly due: string | null;
  /** Names of the gates this spec wants; null: all of the project's. */
  readonly gates: readonly string[] | null;
  readonly tags: readonly string[];
  readonly phases: readonly SpecPhase[];
  readonly tasks: readonly SpecTask[];
  /** Acceptance criteria, kept apart from tasks. */
  readonly criteria: readonly { readonly text: string; readonly checked: boolean; readonly line: number }[];
  readonly questions: readonly OpenQuestion[];
  readonly problems: readonly SpecProblem[];
}

/** What discovery found at one commit. */
export interface Discovery {
  readonly commit: string;
  readonly specs: readonly Spec[];
  /** Documents under the spec folders that are no specs: they are one counted line. */
  readonly otherDocuments: number;
  /** Problems of documents that could not become a spec at all (binary, too large, not UTF-8). */
  readonly problems: readonly SpecProblem[];
}
