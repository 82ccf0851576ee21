/** The daemon's API as functions. */
import type { BlockerReport, BlockerView } from "../../core/report/blockers.ts";
import type { FlowReport } from "../../core/report/flow/types.ts";
import type { DecisionView, RunReport, StatusReport, WorkstreamView } from "../../core/report/types.ts";
import type {
  WorkflowCheck,
  WorkflowDiff,
  WorkflowHistory,
  WorkflowList,
  WorkflowView,
} from "../../core/report/workflow-views.ts";
import type {
  BlockerDeclaration,
  ExportQuery,
  FlowQuery,
  HandoffDetail,
  HandoffView,
  RevertOptions,
  RevertView,
  ReworkOptions,
  ReworkView,
} from "../../engine/flow-service.ts";
import type { HandoffRepair } from "../../engine/handoffs/repair.ts";
import type { MigrateRequest, MigrationResult, RollbackRequest } from "../../engine/migration-service.ts";
import type {
  AddRequest,
  BriefingView,
  Explanation,
  GoOptions,
  GoResult,
  PlanOptions,
  Service,
  Shown,
  Signature,
  Trace,
  Verb,
  VerifyReport,
  WorkstreamEdit,
} from "../../engine/service.ts";
import type { PlanView } from "../../server/schemas/plan.ts";
import { followEvents, type LoggedEvent } from "./events.ts";
import { type Address, requestJson, requestText } from "./http.ts";

export interface Started extends Omit<GoResult, "plan"> {
  readonly plan: PlanView;
}

/** The reason of something, and whose word it is; `signer` null: who is asking. */
export interface Why {
  readonly because: string;
  readonly signer: string | null;
}

export interface HistoryPage {
  readonly events: readonly LoggedEvent[];
  readonly next: number;
  readonly more: boolean;
}

/** All methods reject with an `OsqrError`: the daemon's own, or `daemon-gone`. */
export class Client {
  readonly #address: Address;
  readonly #root: string;
  readonly #isRaw: boolean;

  /** `isRaw` false: texts of answers are cleaned for a terminal. */
  constructor(address: Address, options: { readonly root: string; readonly isRaw: boolean }) {
    this.#address = address;
    this.#root = options.root;
    this.#isRaw = options.isRaw;
  }

  #get<T>(path: string, query: Readonly<Record<string, string | number | readonly string[] | null>> = {}) {
    return requestJson<T>(this.#address, { path, query }, this.#isRaw);
  }

  #read<T>(path: string, query: Readonly<Record<string, string | readonly string[] | null>> = {}) {
    return this.#get<T>(path, { root: this.#root, ...query });
  }

  #write<T>(path: string, body: object): Promise<T> {
    const options = { method: "POST", path, body: { root: this.#root, ...body } } as const;
    return requestJson<T>(this.#address, options, this.#isRaw);
  }

  plan({ only, skip, executor = null }: PlanOptions): Promise<PlanView> {
    return this.#read("/plan", { only, skip, executor });
  }

  go(options: Omit<GoOptions, "by">): Promise<Started> {
    return this.#write("/go", options);
  }

  report(run: string | null): Promise<RunReport> {
    return this.#read("/report", { run });
  }

  status(): Promise<StatusReport> {
    return this.#read("/status");
  }

  /** The same without steps, signatures and the tasks that are not running: for a table, and to look up names. */
  briefStatus(): Promise<StatusReport> {
    return this.#read("/status", { brief: "true" });
  }

  inbox(): Promise<readonly DecisionView[]> {
    return this.#read("/inbox");
  }

  decide(
    decision: string,
    option: string,
    because: string,
    { signer, to, with: other = null }: Signature = { signer: null, to: null },
  ): Promise<DecisionView> {
    return this.#write("/decide", { decision, option, because, signer, to, with: other });
  }

  accept(options: {
    readonly critical: boolean;
    readonly because: string;
    readonly signer: string | null;
  }): ReturnType<Service["accept"]> {
    return this.#write("/accept", options);
  }

  async steer(verb: Verb, names: readonly string[] | null, why: Why): Promise<readonly string[]> {
    const answer = await this.#write<{ names: readonly string[] }>("/steer", { verb, names, ...why });
    return answer.names;
  }

  add(request: Omit<AddRequest, "by"> & Pick<Why, "signer">): Promise<WorkstreamView> {
    return this.#write("/add", request);
  }

  edit(name: string, changes: WorkstreamEdit, why: Why): Promise<WorkstreamView> {
    return this.#write("/edit", { name, changes, ...why });
  }

  async remove(name: string, why: Why): Promise<void> {
    await this.#write("/remove", { name, ...why });
  }

  async migrate(request: MigrateRequest): Promise<readonly MigrationResult[]> {
    const answer = await this.#write<{ migrations: readonly MigrationResult[] }>("/migrations", request);
    return answer.migrations;
  }

  rollBack(request: RollbackRequest): Promise<MigrationResult> {
    return this.#write("/migrations/rollback", request);
  }

  rework(name: string, options: ReworkOptions): Promise<ReworkView> {
    return this.#write("/rework", { name, ...options });
  }

  revert(name: string, options: RevertOptions): Promise<RevertView> {
    return this.#write("/revert", { name, ...options });
  }

  show(what: string): Promise<Shown> {
    return this.#read("/show", { what });
  }

  briefing(what: string): Promise<BriefingView> {
    return this.#read("/briefing", { what });
  }

  why(what: string): Promise<Explanation> {
    return this.#read("/why", { what });
  }

  trace(what: string): Promise<Trace> {
    return this.#read("/trace", { what });
  }

  /** `isHome`: over all projects, else of this one. */
  metrics({ detail, isBrief = false, ...query }: FlowQuery, isHome: boolean): Promise<FlowReport> {
    const root = isHome ? null : this.#root;
    return this.#get("/metrics", { root, ...query, detail: String(detail), brief: String(isBrief) });
  }

  /** The text of a file, as it is. */
  export(query: ExportQuery, isHome: boolean): Promise<string> {
    const root = isHome ? null : this.#root;
    return requestText(this.#address, { path: "/export", query: { root, ...query } });
  }

  workflows(): Promise<WorkflowList> {
    return this.#read("/workflows", {});
  }

  workflow(name: string): Promise<WorkflowView> {
    return this.#read("/workflow", { name });
  }

  checkWorkflows(): Promise<WorkflowCheck> {
    return this.#read("/workflows/check", {});
  }

  diffWorkflow(
    name: string,
    { from, to }: { readonly from: number | null; readonly to: number | null },
  ): Promise<WorkflowDiff> {
    const versions = { from: from === null ? null : String(from), to: to === null ? null : String(to) };
    return this.#read("/workflows/diff", { name, ...versions });
  }

  workflowHistory(name: string | null): Promise<WorkflowHistory> {
    return this.#read("/workflows/history", { name });
  }

  handoffs(name: string | null, isAll: boolean): Promise<readonly HandoffView[]> {
    return this.#read("/handoffs", { name, all: String(isAll) });
  }

  handoff(what: string): Promise<HandoffDetail> {
    return this.#read("/handoffs/one", { what });
  }

  repairHandoffs(names: readonly string[] | null, signer: string | null): Promise<readonly HandoffRepair[]> {
    return this.#write("/handoffs/repair", { names, signer });
  }

  declareBlocker(declaration: BlockerDeclaration): Promise<BlockerView> {
    return this.#write("/blockers/declare", declaration);
  }

  blockers(isAll: boolean): Promise<BlockerReport> {
    return this.#read("/blockers", { all: String(isAll) });
  }

  transferBlocker(id: string, to: string, why: Why): Promise<BlockerView> {
    return this.#write("/blockers/own", { id, to, ...why });
  }

  resolveBlocker(id: string, why: Why): Promise<BlockerView> {
    return this.#write("/blockers/resolve", { id, ...why });
  }

  attemptLog(attempt: string, offset: number): ReturnType<Service["attemptLog"]> {
    return this.#get(`/attempts/${encodeURIComponent(attempt)}/log`, { offset });
  }

  history(after: number, limit: number): Promise<HistoryPage> {
    return this.#get("/history", { after, limit });
  }

  verify(): Promise<VerifyReport> {
    return this.#get("/verify");
  }

  /** Asks the daemon to stop; resolves when it said yes. */
  async shutdown(): Promise<void> {
    await requestJson(this.#address, { method: "POST", path: "/shutdown", body: {} }, this.#isRaw);
  }

  /** As `followEvents`. */
  follow(after: number, signal: AbortSignal): AsyncGenerator<LoggedEvent> {
    return followEvents(this.#address, { after, signal, isRaw: this.#isRaw });
  }
}
