import { OsqrError } from "../../core/errors.ts";
import type { Decision } from "../../core/model/decision.ts";
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
  ReworkOptions,
  ReworkView,
} from "../flow-service.ts";
import type {
  MigrateRequest,
  MigrationResult,
  MigrationView,
  RollbackRequest,
} from "../migration-service.ts";
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
} from "../service.ts";
import { addWork, startAnew } from "./add.ts";
import { readAttemptLog } from "./attempt-log.ts";
import { showBriefing } from "./briefing.ts";
import { answerDecision, findSigner } from "./flow/answer.ts";
import * as blockers from "./flow/blockers.ts";
import { FreshRoles } from "./flow/fresh-roles.ts";
import { listHandoffs, readOneHandoff, repairNamed } from "./flow/handoffs.ts";
import { exportMetrics, readMetrics } from "./flow/metrics.ts";
import * as migrations from "./flow/migrations.ts";
import { revertWorkstream } from "./flow/reverts.ts";
import { reworkWorkstream } from "./flow/reworks.ts";
import { nameActor } from "./flow/signer.ts";
import * as workflows from "./flow/workflows.ts";
import { goProject } from "./go.ts";
import { needNamed, toDecision } from "./names.ts";
import { makePlan } from "./planning.ts";
import type { LocalProject, Projects } from "./projects.ts";
import * as queries from "./queries.ts";
import { awaitSignatures } from "./settle.ts";
import { acceptRecommendations, editWorkstream, steerWorkstreams } from "./steer.ts";
import type { LocalTools } from "./tools.ts";

/** What the service is made of; see `open.ts`. */
export interface ServiceParts {
  readonly engine: Engine;
  readonly projects: Projects;
  readonly tools: LocalTools;
  readonly port: () => number;
  release(): void;
}

/** The service in this process: the engine, the projects of this machine and the views on them. */
export class LocalService implements Service {
  readonly #parts: ServiceParts;
  readonly #turns = new KeyedMutex();
  readonly #roles = new FreshRoles();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  get #state() {
    return this.#parts.engine.state;
  }

  async plan(root: string, { executor = null, ...selection }: PlanOptions): Promise<Plan> {
    const { tools, projects, engine } = this.#parts;
    const project = await projects.load(root);
    await awaitSignatures(engine, project.id);
    const { state } = engine;
    const now = engine.ports.clock.now();
    const approval = { all: false, hashes: [] };
    return makePlan(tools, project, { state, selection, approval, now, executor });
  }

  async go(root: string, options: GoOptions): Promise<GoResult> {
    const by = await nameActor(await this.#find(root), options.by);
    return this.#inTurn(root, () => goProject(this.#parts, root, { ...options, by }));
  }

  async report(root: string, run: string | null): Promise<RunReport> {
    const project = await this.#find(root);
    return queries.reportRun(this.#parts, project, run);
  }

  async status(root: string, isBrief = false): Promise<StatusReport> {
    return queries.readStatus(this.#parts, await this.#find(root), isBrief);
  }

  async inbox(root: string): Promise<readonly DecisionView[]> {
    const project = await this.#findFresh(root);
    return queries.inspectInbox(this.#state, project);
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
    const signer = await findSigner(project, signature);
    if (option === "migrate" && decision.subject.kind === "scope") {
      const answer = { decision, signer, reasoning: because };
      await this.#inTurn(root, () => migrations.migrateToNewText(this.#parts, root, answer));
    } else if (option === "anew" && decision.options.some(({ id }) => id === option)) {
      const answer = { decision, signer, reasoning: because };
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

  async accept(
    root: string,
    options: { critical: boolean; because: string; signer?: string | null },
  ): ReturnType<Service["accept"]> {
    return acceptRecommendations(this.#parts, await this.#find(root), options);
  }

  async steer(
    root: string,
    verb: Verb,
    names: readonly string[] | null,
    because: string,
    signer: string | null = null,
  ): Promise<readonly string[]> {
    return steerWorkstreams(this.#parts, await this.#find(root), { verb, names, because, signer });
  }

  async add(root: string, request: AddRequest): Promise<WorkstreamView> {
    const by = await nameActor(await this.#find(root), request.by);
    const id = await this.#inTurn(root, () => addWork(this.#parts, root, { ...request, by }));
    return queries.viewWorkstreamById(this.#state, id);
  }

  async edit(
    root: string,
    name: string,
    edit: WorkstreamEdit,
    because: string,
    signer: string | null = null,
  ): Promise<WorkstreamView> {
    return editWorkstream(this.#parts, await this.#find(root), { name, edit, because, signer });
  }

  async remove(root: string, name: string, because: string, signer: string | null = null): Promise<void> {
    const project = await this.#find(root);
    const by = await nameActor(project, signer);
    const { id: workstream } = needNamed(this.#state, project.id, name);
    await this.#parts.engine.submit({ kind: "remove", workstream, by, reason: because });
  }

  async rework(root: string, name: string, options: ReworkOptions): Promise<ReworkView> {
    return reworkWorkstream(this.#parts.engine, await this.#find(root), name, options);
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
    return queries.showThing(this.#parts, await this.#findFresh(root), what);
  }

  async briefing(root: string, what: string): Promise<BriefingView> {
    return showBriefing(this.#parts.engine, await this.#find(root), what);
  }

  async why(root: string, what: string): Promise<Explanation> {
    const project = await this.#findFresh(root);
    return queries.explain(this.#state, project, what);
  }

  async trace(root: string, what: string): Promise<Trace> {
    return queries.trace(this.#state, await this.#find(root), what);
  }

  async metrics(root: string | null, query: FlowQuery): Promise<FlowReport> {
    const project = root === null ? null : await this.#find(root);
    return readMetrics(this.#state, project, await this.#toAsking(root, query));
  }

  /** A workflow of the files that nothing has gone through yet is known too. */
  async #toAsking<Query extends Pick<FlowQuery, "workflow">>(root: string | null, query: Query) {
    const now = this.#parts.engine.ports.clock.now();
    if (root === null || query.workflow === null) return { query, now };
    const listed = await workflows.listProjectWorkflows(this.#parts, root);
    return { query, now, workflows: listed.workflows.map(({ name, version }) => `${name}@${version}`) };
  }

  async export(root: string | null, query: ExportQuery): Promise<string> {
    const project = root === null ? null : await this.#find(root);
    return exportMetrics(this.#state, project, await this.#toAsking(root, query));
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

  async handoffs(root: string, name: string | null, isAll = false): ReturnType<Service["handoffs"]> {
    return listHandoffs(this.#parts.engine, await this.#find(root), { name, isAll });
  }

  async handoff(root: string, what: string): ReturnType<Service["handoff"]> {
    return readOneHandoff(this.#parts.engine, await this.#find(root), what);
  }

  async repairHandoffs(
    root: string,
    names: readonly string[] | null,
    signer: string | null = null,
  ): ReturnType<Service["repairHandoffs"]> {
    const project = await this.#find(root);
    return repairNamed(this.#parts.engine, project, { names, by: await nameActor(project, signer) });
  }

  async declareBlocker(root: string, declaration: BlockerDeclaration): Promise<BlockerView> {
    return blockers.declareBlocker(this.#parts, await this.#find(root), declaration);
  }

  async blockers(root: string, isAll: boolean): Promise<BlockerReport> {
    return blockers.listBlockers(this.#parts, await this.#find(root), isAll);
  }

  async transferBlocker(
    root: string,
    id: string,
    to: string,
    because: string,
    signer: string | null = null,
  ): Promise<BlockerView> {
    return blockers.changeBlocker(this.#parts, await this.#find(root), { id, to, because, signer });
  }

  async resolveBlocker(
    root: string,
    id: string,
    because: string,
    signer: string | null = null,
  ): Promise<BlockerView> {
    return blockers.changeBlocker(this.#parts, await this.#find(root), { id, to: null, because, signer });
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

  /** The same, with the roles as they are now: for what names people. */
  async #findFresh(root: string): Promise<LocalProject> {
    const project = await this.#find(root);
    await this.#roles.look(this.#parts, project);
    return project;
  }

  async #find(root: string): Promise<LocalProject> {
    const { engine, projects } = this.#parts;
    const project = await projects.find(root);
    // Whoever looks may have just made the way free for a base that could not follow.
    if (this.#state.projects.get(project.id)?.held != null) await engine.follow(project.id);
    return project;
  }
}
