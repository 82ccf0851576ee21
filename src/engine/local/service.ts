import { OsqrError } from "../../core/errors.ts";
import type { Decision } from "../../core/model/decision.ts";
import type { DecisionId } from "../../core/model/ids.ts";
import type { Workstream } from "../../core/model/work.ts";
import type { Plan } from "../../core/plan/types.ts";
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
import type { StoredEvent } from "../../store/types.ts";
import { checkHand } from "../effects/by-hand.ts";
import { KeyedMutex } from "../effects/mutex.ts";
import type { Engine } from "../engine.ts";
import type {
  BlockerDeclaration,
  ExportQuery,
  FlowQuery,
  RevertOptions,
  RevertView,
} from "../flow-service.ts";
import type {
  MigrateRequest,
  MigrationResult,
  MigrationView,
  RollbackRequest,
} from "../migration-service.ts";
import type {
  AddRequest,
  Explanation,
  GoOptions,
  GoResult,
  Selection,
  Service,
  Shown,
  Signature,
  Trace,
  Verb,
  VerifyReport,
  WorkstreamEdit,
} from "../service.ts";
import { addWork, startAnew } from "./add.ts";
import { readAttemptLog } from "./attempt-log.ts";
import { answerDecision } from "./flow/answer.ts";
import * as blockers from "./flow/blockers.ts";
import { listHandoffs, readOneHandoff, repairNamed } from "./flow/handoffs.ts";
import { exportMetrics, readMetrics } from "./flow/metrics.ts";
import * as migrations from "./flow/migrations.ts";
import { changeOwner } from "./flow/owner.ts";
import { revertWorkstream } from "./flow/reverts.ts";
import * as workflows from "./flow/workflows.ts";
import { goProject } from "./go.ts";
import { listWorkstreams, needNamed, toDecision } from "./names.ts";
import { makePlan } from "./planning.ts";
import { toPriority } from "./priority.ts";
import type { LocalProject, Projects } from "./projects.ts";
import * as queries from "./queries.ts";
import type { LocalTools } from "./tools.ts";

/** What the service is made of; see `open.ts`. */
export interface ServiceParts {
  readonly engine: Engine;
  readonly projects: Projects;
  readonly tools: LocalTools;
  readonly port: () => number;
  release(): void;
}

const NOBODY = "user";

/** The service in this process: the engine, the projects of this machine and the views on them. */
export class LocalService implements Service {
  readonly #parts: ServiceParts;
  readonly #turns = new KeyedMutex();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  get #state() {
    return this.#parts.engine.state;
  }

  async plan(root: string, selection: Selection): Promise<Plan> {
    const { tools, projects } = this.#parts;
    const state = this.#state;
    const project = await projects.load(root);
    const now = this.#parts.engine.ports.clock.now();
    return makePlan(tools, project, { state, selection, approval: { all: false, hashes: [] }, now });
  }

  async go(root: string, options: GoOptions): Promise<GoResult> {
    return this.#inTurn(root, () => goProject(this.#parts, root, options));
  }

  async report(root: string, run: string | null): Promise<RunReport> {
    const project = await this.#find(root);
    return queries.reportRun(this.#parts, project, run);
  }

  async status(root: string): Promise<StatusReport> {
    return queries.readStatus(this.#parts, await this.#find(root));
  }

  async inbox(root: string): Promise<readonly DecisionView[]> {
    return queries.listInbox(this.#state, (await this.#find(root)).id);
  }

  async decide(
    root: string,
    text: string,
    option: string,
    because: string,
    signature: Signature = { signer: null, to: null },
  ): Promise<DecisionView> {
    const project = await this.#find(root);
    const decision = this.#needDecision(project, text);
    if (option === "migrate" && decision.subject.kind === "scope") {
      const answer = { decision, reasoning: because };
      await this.#inTurn(root, () => migrations.migrateToNewText(this.#parts, root, answer));
    } else if (option === "anew" && decision.options.some(({ id }) => id === option)) {
      const answer = { decision, by: NOBODY, reasoning: because };
      await this.#inTurn(root, () => startAnew(this.#parts, root, answer));
    } else {
      if (option === "by-hand") await this.#checkHand(project, decision);
      await answerDecision(this.#parts, project, { decision, option, because, signature });
    }
    return queries.viewOne(this.#state, decision.id);
  }

  async #checkHand({ ports, id }: LocalProject, decision: Decision): Promise<void> {
    const { subject, options, state } = decision;
    if (subject.kind !== "integration" && subject.kind !== "revert") return;
    if (state.kind !== "open") return;
    const workstream = this.#state.workstreams.get(subject.workstream);
    const base = this.#state.projects.get(id)?.base;
    if (workstream === undefined || base === undefined || !options.some((each) => each.id === "by-hand"))
      return;
    await checkHand(ports.git, workstream, { base, decision: decision.id });
  }

  #needDecision(project: LocalProject, text: string): Decision {
    const id = toDecision(text);
    const decision = id === null ? undefined : this.#state.decisions.get(id);
    const owner = decision === undefined ? undefined : this.#state.workstreams.get(decision.workstream);
    if (decision === undefined || owner?.project !== project.id) {
      throw new OsqrError("unknown-decision", `no decision "${text}" in ${project.root}`, {
        hints: ["what is open: osqr inbox"],
      });
    }
    return decision;
  }

  async #resolve(decision: DecisionId, option: string, because: string): Promise<void> {
    const command = { kind: "resolve", decision, option, by: "user", reasoning: because } as const;
    await this.#parts.engine.submit(command);
  }

  async accept(root: string, options: { critical: boolean; because: string }): ReturnType<Service["accept"]> {
    const project = await this.#find(root);
    const accepted: DecisionView[] = [];
    const left: DecisionView[] = [];
    for (const view of queries.listInbox(this.#state, project.id)) {
      const recommended = view.options.find((option) => option.recommended);
      if (recommended === undefined || (view.group === "critical" && !options.critical)) {
        left.push(view);
        continue;
      }
      await this.#resolve(
        view.id as DecisionId,
        recommended.id,
        options.because || "recommendation accepted",
      );
      accepted.push(queries.viewOne(this.#state, view.id as DecisionId));
    }
    return { accepted, left };
  }

  async steer(
    root: string,
    verb: Verb,
    names: readonly string[] | null,
    because: string,
  ): Promise<readonly string[]> {
    const project = await this.#find(root);
    const state = this.#state;
    const chosen =
      names === null
        ? listWorkstreams(state, project.id).filter((each) => queries.canSteer(each, verb))
        : names.map((name) => needNamed(state, project.id, name));
    for (const workstream of chosen) await this.#steerOne(workstream, verb, because);
    return chosen.map(({ name }) => name);
  }

  async #steerOne({ id: workstream }: Workstream, verb: Verb, reason: string): Promise<void> {
    const { engine } = this.#parts;
    if (verb === "prioritize") {
      await engine.submit({ kind: "prioritize", workstream, by: NOBODY });
      return;
    }
    const intent = verb === "resume" ? "run" : verb === "pause" ? "paused" : "cancelled";
    await engine.submit({ kind: "set_intent", workstream, intent, by: NOBODY, reason });
  }

  async add(root: string, request: AddRequest): Promise<WorkstreamView> {
    const id = await this.#inTurn(root, () => addWork(this.#parts, root, request));
    return queries.viewWorkstreamById(this.#state, id);
  }

  async edit(root: string, name: string, edit: WorkstreamEdit, because: string): Promise<WorkstreamView> {
    const project = await this.#find(root);
    const workstream = await changeOwner(this.#parts, project, { name, edit, because });
    const changes = {
      ...(edit.title === undefined ? {} : { title: edit.title }),
      ...(edit.priority === undefined ? {} : { priority: toPriority(edit.priority) }),
      ...(edit.tags === undefined ? {} : { tags: edit.tags }),
      ...(edit.due === undefined ? {} : { due: edit.due }),
      ...(edit.approve === undefined ? {} : { approvedActions: edit.approve }),
      ...(edit.block === undefined ? {} : { blockedActions: edit.block }),
    };
    const isOwner = edit.owner !== undefined;
    if (Object.keys(changes).length === 0 && !isOwner) {
      throw new OsqrError("nothing-to-edit", `${name}: expected something to change, found nothing`, {
        hints: ["see: osqr edit --help"],
      });
    }
    if (Object.keys(changes).length > 0)
      await this.#parts.engine.submit({ kind: "edit", workstream, changes, by: NOBODY, reason: because });
    return queries.viewWorkstreamById(this.#state, workstream);
  }

  async remove(root: string, name: string, because: string): Promise<void> {
    const project = await this.#find(root);
    const { id: workstream } = needNamed(this.#state, project.id, name);
    await this.#parts.engine.submit({ kind: "remove", workstream, by: NOBODY, reason: because });
  }

  async revert(root: string, name: string, options: RevertOptions): Promise<RevertView> {
    return revertWorkstream(this.#parts.engine, await this.#find(root), name, options);
  }

  async migrate(root: string, request: MigrateRequest): Promise<readonly MigrationResult[]> {
    return this.#inTurn(root, () => migrations.migrateWorkstreams(this.#parts, root, request));
  }

  async rollBack(root: string, request: RollbackRequest): Promise<MigrationResult> {
    return this.#inTurn(root, () => migrations.rollBackMigration(this.#parts, root, request));
  }

  async migrations(root: string, name: string | null): Promise<readonly MigrationView[]> {
    return migrations.listMigrations(this.#parts, (await this.#find(root)).id, name);
  }

  async show(root: string, what: string): Promise<Shown> {
    return queries.showThing(this.#parts, await this.#find(root), what);
  }

  async why(root: string, what: string): Promise<Explanation> {
    return queries.explain(this.#state, await this.#find(root), what);
  }

  async trace(root: string, what: string): Promise<Trace> {
    return queries.trace(this.#state, await this.#find(root), what);
  }

  async metrics(root: string | null, query: FlowQuery): Promise<FlowReport> {
    const project = root === null ? null : await this.#find(root);
    return readMetrics(this.#state, project, { query, now: this.#parts.engine.ports.clock.now() });
  }

  async export(root: string | null, query: ExportQuery): Promise<string> {
    const project = root === null ? null : await this.#find(root);
    return exportMetrics(this.#state, project, { query, now: this.#parts.engine.ports.clock.now() });
  }

  workflows(root: string): Promise<WorkflowList> {
    return workflows.listProjectWorkflows(this.#parts, root);
  }

  workflow(root: string, name: string): Promise<WorkflowView> {
    return workflows.showWorkflow(this.#parts, root, name);
  }

  checkWorkflows(root: string): Promise<WorkflowCheck> {
    return workflows.checkWorkflows(this.#parts, root);
  }

  diffWorkflow(
    root: string,
    name: string,
    versions: { from: number | null; to: number | null },
  ): Promise<WorkflowDiff> {
    return workflows.diffWorkflowVersions(this.#parts, root, { name, ...versions });
  }

  workflowHistory(root: string, name: string | null): Promise<WorkflowHistory> {
    return workflows.readWorkflowHistory(this.#parts, root, name);
  }

  async handoffs(root: string, name: string | null): ReturnType<Service["handoffs"]> {
    return listHandoffs(this.#parts.engine, await this.#find(root), name);
  }

  async handoff(root: string, what: string): ReturnType<Service["handoff"]> {
    return readOneHandoff(this.#parts.engine, await this.#find(root), what);
  }

  async repairHandoffs(root: string, names: readonly string[] | null): ReturnType<Service["repairHandoffs"]> {
    return repairNamed(this.#parts.engine, await this.#find(root), { names, by: NOBODY });
  }

  async declareBlocker(root: string, declaration: BlockerDeclaration): Promise<BlockerView> {
    return blockers.declareBlocker(this.#parts, await this.#find(root), declaration);
  }

  async blockers(root: string, isAll: boolean): Promise<BlockerReport> {
    return blockers.listBlockers(this.#parts, await this.#find(root), isAll);
  }

  async transferBlocker(root: string, id: string, to: string, because: string): Promise<BlockerView> {
    return blockers.changeBlocker(this.#parts, await this.#find(root), { id, to, because });
  }

  async resolveBlocker(root: string, id: string, because: string): Promise<BlockerView> {
    return blockers.changeBlocker(this.#parts, await this.#find(root), { id, to: null, because });
  }

  attemptLog(attempt: string, offset: number): ReturnType<Service["attemptLog"]> {
    return readAttemptLog(this.#parts, attempt, offset);
  }

  events(after: number, limit: number): readonly StoredEvent[] {
    return [...this.#parts.engine.ports.log.read({ after, limit })];
  }

  subscribe(listener: (event: StoredEvent) => void): () => void {
    return this.#parts.engine.subscribe(listener);
  }

  async verify(): Promise<VerifyReport> {
    return this.#parts.engine.ports.log.verify();
  }

  isIdle(): boolean {
    const { engine } = this.#parts;
    return !engine.isBusy() && !engine.hasPendingTimer();
  }

  async close(): Promise<void> {
    await this.#parts.engine.close();
    this.#parts.release();
  }

  /** Two that plan at once would both register what both found new. */
  async #inTurn<T>(root: string, work: () => Promise<T>): Promise<T> {
    const { id } = await this.#find(root);
    return this.#turns.run(id, work);
  }

  async #find(root: string): Promise<LocalProject> {
    const { engine, projects } = this.#parts;
    const project = await projects.find(root);
    // Whoever looks may have just made the way free for a base that could not follow.
    if (this.#state.projects.get(project.id)?.held != null) await engine.follow(project.id);
    return project;
  }
}
