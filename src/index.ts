/** osqr as a library: the same engine in your process. */
import type { DecisionView, RunReport } from "./core/report/types.ts";
import { openLocalService } from "./engine/local/open.ts";
import type { Service } from "./engine/service.ts";

export { OsqrError } from "./core/errors.ts";
export type { Plan } from "./core/plan/types.ts";
export type {
  DecisionView,
  RunMetrics,
  RunReport,
  StatusReport,
  TaskView,
  WorkstreamView,
} from "./core/report/types.ts";

/** What to build and how far osqr may go on its own. */
export interface OrchestrationRequest {
  /** Any path inside the repository. */
  readonly root: string;
  /** Workstream names, numbers or spec paths; null: everything that is ready. @default null */
  readonly only?: readonly string[] | null;
  /** @default [] */
  readonly skip?: readonly string[];
  /** Approve every command of the plan; without it unapproved commands become a decision. @default false */
  readonly approveAll?: boolean;
  /** Attempts at once, from 1. @default the config's, else the larger of 4 and the number of cores */
  readonly maxParallel?: number;
  /** Home of log and workspaces: `OSQR_HOME` and the rest of the environment. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A started run. */
export interface Orchestration {
  /** Null: there was nothing to build. */
  readonly run: string | null;
  /** Resolves when nothing can go on without a person, or all is done. */
  readonly result: Promise<RunReport>;
  getStatus(): Promise<RunReport>;
  /** Answers an open decision; the work that waited for it goes on, see `settled`. @throws `unknown-decision`, `unknown-option` */
  decide(decision: string, option: string, because?: string): Promise<DecisionView>;
  /** Resolves at the next rest after now. */
  settled(): Promise<RunReport>;
  /** Cancels all of it; unmerged work is kept under `refs/osqr/salvage`. */
  cancel(reason?: string): Promise<void>;
  /** Ends what runs, closes the log and frees the home. */
  close(): Promise<void>;
}

/**
 * Reads the specs of a repository and builds what is ready (WO-1).
 *
 * @throws OsqrError `home-locked` where a daemon has the home, `not-a-repository` and the other codes of git
 */
export async function orchestrate(request: OrchestrationRequest): Promise<Orchestration> {
  const { service } = await openLocalService(request.env === undefined ? {} : { env: request.env });
  try {
    const { root } = request;
    const { run } = await service.go(root, {
      only: request.only ?? null,
      skip: request.skip ?? [],
      approve: [],
      approveAll: request.approveAll ?? false,
      maxParallel: request.maxParallel ?? null,
      by: "library",
    });
    return toOrchestration(service, root, run);
  } catch (error) {
    await service.close();
    throw error;
  }
}

function toOrchestration(service: Service, root: string, run: string | null): Orchestration {
  const report = (): Promise<RunReport> => service.report(root, run);
  const settled = (): Promise<RunReport> => waitForRest(service, run, report);
  return {
    run,
    result: settled(),
    getStatus: report,
    settled,
    decide: (decision, option, because = "") => service.decide(root, decision, option, because),
    async cancel(reason = "cancelled by the caller") {
      const { workstreams } = await report();
      const open = workstreams.filter(({ status }) => status !== "completed" && status !== "cancelled");
      await service.steer(
        root,
        "cancel",
        open.map(({ name }) => name),
        reason,
      );
    },
    close: () => service.close(),
  };
}

/** Listens first and looks afterwards, so that a rest in between is not missed. Other runs rest too. */
async function waitForRest(
  service: Service,
  run: string | null,
  report: () => Promise<RunReport>,
): Promise<RunReport> {
  let wake = (): void => undefined;
  const stop = service.subscribe(({ kind }) => {
    if (kind === "run_rested") wake();
  });
  try {
    for (;;) {
      const rested = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const now = await report();
      if (run === null || now.status !== "active") return now;
      await rested;
    }
  } finally {
    stop();
  }
}
