import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Event } from "../../src/core/model/event.ts";
import type { DecisionView, RunReport, WorkstreamView } from "../../src/core/report/types.ts";
import { type LocalServiceOptions, openLocalService } from "../../src/engine/local/open.ts";
import type { LocalService } from "../../src/engine/local/service.ts";
import type { GoOptions, GoResult } from "../../src/engine/service.ts";
import { fromStored } from "../../src/engine/stored-event.ts";
import { waitUntil } from "../../src/sandbox/testing.ts";
import { makeRepo, type TestRepo, writeBelow } from "./git-repo.ts";

type EventOf<Kind extends Event["kind"]> = Extract<Event, { kind: Kind }>;

export interface OpenOptions extends Omit<LocalServiceOptions, "env" | "report"> {
  /** Content of the operator's `config.yaml`. */
  readonly config?: string;
  /** Variables of the operator beside those of `toEnvironment`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** How long an event may take to come. @default 30_000 */
  readonly waitMs?: number;
}

/** The whole engine on one repository of a test: real git, sandbox and processes. */
export interface TestService {
  readonly service: LocalService;
  readonly env: Readonly<Record<string, string>>;
  /** What it said to the daemon's log. */
  readonly reported: string[];
  /** All events of the home, in order. */
  events(): Event[];
  ofKind<Kind extends Event["kind"]>(kind: Kind): EventOf<Kind>[];
  /** The first event of a kind that matches, among those to come too. */
  until<Kind extends Event["kind"]>(
    kind: Kind,
    matches?: (event: EventOf<Kind>) => boolean,
  ): Promise<EventOf<Kind>>;
  /** Starts a run with all commands approved, and does not wait for it. */
  start(options?: Partial<GoOptions>): Promise<GoResult>;
  /** Starts a run and waits for its rest. */
  go(options?: Partial<GoOptions>): Promise<RunReport>;
  /** Waits for the first rest after an event. */
  rest(after: number): Promise<RunReport>;
  /** Answers a decision and waits for the rest that follows. */
  decide(decision: string, option: string): Promise<RunReport>;
  report(): Promise<RunReport>;
  /** Resolves when nothing is under way any more, cleaning up included. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

/** How long anything may take here before the test fails with what it waited for. */
const WAIT_MS_MAX = 30_000;

/** Variables of a user on a machine of their own: nothing of the real one but its programs. */
export function toEnvironment(repo: Pick<TestRepo, "folder" | "environment">): Record<string, string> {
  const { folder, environment } = repo;
  return { ...environment, OSQR_HOME: join(folder, "home"), XDG_CONFIG_HOME: join(folder, "config") };
}

/** Opens a home beside the repository; it is closed after the test. */
export async function openService(repo: TestRepo, options: OpenOptions = {}): Promise<TestService> {
  const opened = await connectService(repo, options);
  onTestFinished(() => opened.close());
  return opened;
}

/** As `openService`, for several tests: whoever opens it closes it. */
export async function connectService(repo: TestRepo, options: OpenOptions = {}): Promise<TestService> {
  const { config, variables, waitMs = WAIT_MS_MAX, ...rest } = options;
  const env = { ...toEnvironment(repo), ...variables };
  if (config !== undefined) writeBelow(env.XDG_CONFIG_HOME ?? "", "osqr/config.yaml", config);
  const reported: string[] = [];
  const opened = await openLocalService({ env, report: (line) => reported.push(line), ...rest });
  return toTestService(repo, opened.service, { env, reported, waitMs });
}

function toTestService(
  { root }: TestRepo,
  service: LocalService,
  { env, reported, waitMs }: Pick<TestService, "env" | "reported"> & { readonly waitMs: number },
): TestService {
  let isClosed = false;
  const events = (): Event[] => service.events(0, 1_000_000).map(fromStored);
  const last = (): number => events().at(-1)?.seq ?? 0;
  const report = (): Promise<RunReport> => service.report(root, null);
  const waitFor = (isIt: (event: Event) => boolean, what: string): Promise<Event> =>
    waitForEvent({ service, events, waitMs }, isIt, what);
  const self: TestService = {
    service,
    env,
    reported,
    events,
    ofKind: (kind) => events().filter((event): event is EventOf<typeof kind> => event.kind === kind),
    until: async (kind, matches = () => true) =>
      (await waitFor(
        (event) => event.kind === kind && matches(event as EventOf<typeof kind>),
        kind,
      )) as EventOf<typeof kind>,
    start: (options = {}) => service.go(root, { ...EVERYTHING, ...options }),
    async go(options) {
      const { after, run } = await self.start(options);
      const now = await report();
      if (run === null || now.status !== "active") return now;
      await self.until("run_rested", (event) => event.seq > after && event.run === run);
      return report();
    },
    async rest(after) {
      await waitFor((event) => event.kind === "run_rested" && event.seq > after, `a rest after ${after}`);
      return report();
    },
    async decide(decision, option) {
      const before = last();
      await service.decide(root, decision, option, "");
      // A rest in between belongs to what went on before the answer.
      const answers = self.ofKind("decision_resolved").filter(({ seq }) => seq > before);
      return self.rest(answers[0]?.seq ?? before);
    },
    report,
    quiet: () => waitUntil("the service to be idle", () => service.isIdle(), waitMs),
    async close() {
      if (!isClosed) await service.close();
      isClosed = true;
    },
  };
  return self;
}

const EVERYTHING: GoOptions = {
  only: null,
  skip: [],
  approve: [],
  approveAll: true,
  maxParallel: null,
  by: "test",
};

function waitForEvent(
  {
    service,
    events,
    waitMs,
  }: Pick<TestService, "service"> & { readonly events: () => Event[]; readonly waitMs: number },
  isIt: (event: Event) => boolean,
  what: string,
): Promise<Event> {
  const { promise, resolve, reject } = Promise.withResolvers<Event>();
  const stop = service.subscribe((stored) => {
    const event = fromStored(stored);
    if (isIt(event)) resolve(event);
  });
  const timer = setTimeout(() => {
    const seen = events().slice(-30).map(describe).join("\n");
    reject(new Error(`waited in vain for ${what}; the last events:\n${seen}`));
  }, waitMs);
  const known = events().find(isIt);
  if (known !== undefined) resolve(known);
  return promise.finally(() => {
    clearTimeout(timer);
    stop();
  });
}

function describe(event: Event): string {
  const { seq, at: _, kind, ...data } = event;
  return `${seq} ${kind} ${JSON.stringify(data).slice(0, 200)}`;
}

/** A repository with these files and the service on it. */
export async function openProject(
  files: Readonly<Record<string, string>>,
  options: OpenOptions = {},
): Promise<TestService & { readonly repo: TestRepo }> {
  const repo = makeRepo(files);
  return { repo, ...(await openService(repo, options)) };
}

/**
 * A spec in Markdown.
 *
 * @param tasks run block by the text of its box, such as `T1 Write it (timeout: 1s)`; null: no run block
 * @param head lines of frontmatter
 * @param below what follows the tasks
 */
export function spec(
  tasks: Readonly<Record<string, string | null>>,
  head: readonly string[] = [],
  below = "",
): string {
  const boxes = Object.entries(tasks).map(([box, script]) => {
    const block = script === null ? [] : ["", "  ```sh run", ...indent(script), "  ```", ""];
    return box.startsWith("#") ? `\n${box}\n` : [`- [ ] ${box}`, ...block].join("\n");
  });
  return ["---", "status: ready", ...head, "---", "# Some work", "", ...boxes, below, ""].join("\n");
}

function indent(script: string): string[] {
  return script.split("\n").map((line) => (line === "" ? "" : `  ${line}`));
}

export function findView({ workstreams }: RunReport, name: string): WorkstreamView {
  const found = workstreams.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`no ${name} in ${workstreams.map((each) => each.name).join(", ")}`);
  return found;
}

/** `{a: "completed", b: "blocked"}`. */
export function toStatuses({ workstreams }: RunReport): Record<string, string> {
  return Object.fromEntries(workstreams.map(({ name, status }) => [name, status]));
}

export function findDecision({ decisions }: RunReport, workstream: string): DecisionView {
  const found = decisions.find((each) => each.workstream === workstream);
  if (found === undefined) throw new Error(`no open decision of ${workstream}`);
  return found;
}
