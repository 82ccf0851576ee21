/** What surfaces can ask of accountable flow; a part of `Service`. */
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

export interface FlowQuery extends FlowFilter {
  /** Workstreams by name, number or spec path; empty: all. Over all projects by name alone. */
  readonly names: readonly string[];
  /** With what stands behind the figures of each workstream. */
  readonly detail: boolean;
}

export interface ExportQuery extends Omit<FlowQuery, "detail"> {
  readonly format: ExportFormat;
  /** What a row of a CSV file is; the other formats hold everything. */
  readonly rows: ExportRows;
}

/** `root` null: all projects of the home. */
export interface MetricsService {
  /** Flow metrics (FR-013, FR-017). Rejects with `bad-time`, `bad-window`, `unknown-project`, `unknown-workstream`. */
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
