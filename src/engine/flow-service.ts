/** What surfaces can ask of accountable flow; a part of `Service`. */
import type { BlockerType } from "../core/model/flow.ts";
import type { BlockerReport, BlockerView } from "../core/report/blockers.ts";
import type { ExportRows } from "../core/report/flow/csv.ts";
import type { ExportFormat } from "../core/report/flow/export.ts";
import type { FlowFilter, FlowReport } from "../core/report/flow/types.ts";
import type {
  WorkflowCheck,
  WorkflowDiff,
  WorkflowHistory,
  WorkflowList,
  WorkflowView,
} from "../core/report/workflow-views.ts";
import type { HandoffRepair } from "./handoffs/repair.ts";

export interface FlowQuery extends FlowFilter {
  /** Workstreams by name, number or spec path; empty: all. Over all projects by name alone. */
  readonly names: readonly string[];
  /** With what stands behind the figures of each workstream. */
  readonly detail: boolean;
  /** Workstreams without their steps. @default false */
  readonly isBrief?: boolean;
}

export interface ExportQuery extends Omit<FlowQuery, "detail" | "isBrief"> {
  readonly format: ExportFormat;
  /** What a row of a CSV file is; the other formats hold everything. */
  readonly rows: ExportRows;
}

/** `root` null: all projects of the home. */
export interface MetricsService {
  /** Flow metrics (FR-013, FR-017). Rejects with `bad-time`, `bad-window`, `unknown-project`, `unknown-workstream`, `unknown-workflow`, `unknown-owner`. */
  metrics(root: string | null, query: FlowQuery): Promise<FlowReport>;
  /** The same with all details as the text of a file (FR-026). */
  export(root: string | null, query: ExportQuery): Promise<string>;
}

export interface WorkflowService {
  /** Every version of every workflow: built in, in the base, in the history. */
  workflows(root: string): Promise<WorkflowList>;
  /** `name` or `name@version`. Rejects with `unknown-workflow`, `workflow-not-effective`. */
  workflow(root: string, name: string): Promise<WorkflowView>;
  /** Looks at the workflows of the checkout, committed or not. */
  checkWorkflows(root: string): Promise<WorkflowCheck>;
  /** Null: the newest version, and the one before it. */
  diffWorkflow(
    root: string,
    name: string,
    versions: { from: number | null; to: number | null },
  ): Promise<WorkflowDiff>;
  /** Who changed what, when and why (FR-022); `name` null: of all. */
  workflowHistory(root: string, name: string | null): Promise<WorkflowHistory>;
}

/** A handoff as a list shows it. What cannot be read has null for all that it would say. */
export interface HandoffView {
  /** Short name that `handoff` takes too: `a-8`, `cart/returned/1`. */
  readonly id: string;
  /** `a#T1`, or `a` where it is about the whole workstream. */
  readonly what: string;
  /** Its Markdown file in `refs/osqr/handoffs`; the JSON beside it is what counts. */
  readonly path: string;
  /** `uncollected`: only the history holds it, until a collector commits it. */
  readonly status: "committed" | "uncollected" | "unreadable";
  readonly fault: string | null;
  readonly event: string | null;
  readonly attempt: string | null;
  /** ISO time. */
  readonly at: string | null;
  readonly actor: string | null;
  readonly outcome: string | null;
  readonly next: string | null;
  /** Who has the role of what comes next, by the config, else the role; its owner where it has none. */
  readonly whose: string | null;
  /** How many the same task, or the same workstream as a whole, had left before. */
  readonly older: number;
}

export interface HandoffDetail extends HandoffView {
  /** All fields, see `docs/schemas/handoff.v2.json`. */
  readonly content: Readonly<Record<string, unknown>> | null;
  /** The same as Markdown. */
  readonly text: string | null;
}

export interface HandoffService {
  /** Handoffs of a workstream, or of all, by time; `name` null: all. `isAll`: those too that later ones of a task took the place of. */
  handoffs(root: string, name: string | null, isAll?: boolean): Promise<readonly HandoffView[]>;
  /** By task (`a#T1`), workstream (the newest of its own), attempt or path. Rejects with `unknown-handoff`. */
  handoff(root: string, what: string): Promise<HandoffDetail>;
  /** Makes again what is missing or cannot be read; `names` (tasks, workstreams) null: all of the project. */
  repairHandoffs(
    root: string,
    names: readonly string[] | null,
    signer?: string | null,
  ): Promise<readonly HandoffRepair[]>;
}

export interface BlockerDeclaration {
  /** A workstream, or a task of it: `rate-limit#T2`. */
  readonly what: string;
  readonly type: BlockerType;
  /** Who is to get it out of the way. */
  readonly owner: string;
  readonly because: string;
  /** Who says so; null or absent: who is asking. */
  readonly signer?: string | null;
}

export interface BlockerService {
  /** Rejects with `owner-missing`, `reason-missing`, `unknown-workstream`, `unknown-task`, `workstream-ended`, `task-ended`. */
  declareBlocker(root: string, declaration: BlockerDeclaration): Promise<BlockerView>;
  /** Open ones by the work behind them; `isAll`: the resolved ones too. */
  blockers(root: string, isAll: boolean): Promise<BlockerReport>;
  /** Rejects with `unknown-blocker`, `blocker-resolved`, `same-owner`, `owner-missing`, `reason-missing`. */
  transferBlocker(
    root: string,
    id: string,
    to: string,
    because: string,
    signer?: string | null,
  ): Promise<BlockerView>;
  /** Rejects with `unknown-blocker`, `blocker-resolved`, `reason-missing`. */
  resolveBlocker(root: string, id: string, because: string, signer?: string | null): Promise<BlockerView>;
}

export interface RevertOptions {
  /** Step, or task in it, to go on with afterwards; null: it rests until it is resumed. */
  readonly to: string | null;
  readonly because: string;
  /** Null: who is asking, by the config, git or the system. */
  readonly signer: string | null;
}

/** A revert that was put into the merge queue. */
export interface RevertView {
  readonly workstream: string;
  /** The commit that landed it. */
  readonly commit: string;
  readonly base: string;
  readonly to: string | null;
  readonly by: string;
  /** Workstreams that landed after it and depend on it: they stay, and the gates say whether they can do without it. */
  readonly onTop: readonly string[];
  /** Workstreams that depend on it and have not landed: what of them has not begun waits for it again. */
  readonly waiting: readonly string[];
  /** Merges before it in the queue. */
  readonly ahead: number;
}

export interface ReworkOptions {
  /** Step, or task in it, that is done again with all that depends on it. */
  readonly to: string;
  readonly because: string;
  /** Null: who is asking, by the config, git or the system. */
  readonly signer: string | null;
}

/** Work that was sent back. */
export interface ReworkView {
  readonly workstream: string;
  /** Key of the step. */
  readonly to: string;
  readonly by: string;
  /** Tasks to be done again that were done or failed, and of these the ones whose results are refused. */
  readonly again: readonly string[];
  readonly refused: readonly string[];
  /** Attempts that it ended, and decisions that are asked no more. */
  readonly ended: readonly string[];
  readonly withdrawn: readonly string[];
}

export interface RevertService {
  /**
   * Sends work that has not landed back to a step (FR-021). Rejects with `reason-missing`, `unknown-step`, `nothing-to-rework`,
   * `already-landed`, `workstream-ended`, `workstream-landing`, `workstream-reverting`, `unknown-workstream`.
   */
  rework(root: string, name: string, options: ReworkOptions): Promise<ReworkView>;
  /**
   * Takes a landed workstream out of the base again (FR-010), in the order of the merge queue. Rejects with `reason-missing`,
   * `not-landed`, `nothing-to-revert`, `already-reverting`, `unknown-step`, `unknown-workstream`.
   */
  revert(root: string, name: string, options: RevertOptions): Promise<RevertView>;
}
