import { DEFAULT_POLICY } from "../../../src/core/autonomy/merge-policy.ts";
import { PERSON } from "../../../src/core/evolve/reviews.ts";
import type { Attempt } from "../../../src/core/model/work.ts";
import { Engine } from "../../../src/engine/engine.ts";
import type { EnginePorts, ProjectPorts } from "../../../src/engine/ports.ts";
import type { AttemptOrder } from "../../../src/executors/types.ts";
import type { GitPort } from "../../../src/git/types.ts";
import { MemoryLog } from "../../../src/store/memory.ts";
import type { StoredEvent } from "../../../src/store/types.ts";
import { PROJECT } from "../../support/core-builders.ts";
import type { Random } from "../random.ts";
import { readSpec, tickSpec } from "../specs.ts";
import { AgentProcess, openAgent } from "./agent.ts";
import { type Chaos, Counters } from "./chaos.ts";
import { Conversations } from "./conversations.ts";
import { openExecutor, Process } from "./executor.ts";
import { runCriteria, runGates } from "./gates.ts";
import { BASE, type Disk, type Io, openGit } from "./git.ts";
import { MemoryRepository } from "./repository.ts";
import { type Owner, Scheduler, START } from "./scheduler.ts";
import { writeScript } from "./script.ts";

const REBOOT_MS_MAX = 5_000;

/** One life of the daemon. All that it waits for is dropped when it dies. */
export interface Daemon {
  readonly owner: Owner;
  readonly engine: Engine;
  /** It has recovered and takes commands. */
  isUp: boolean;
  /** Whoever waits for an answer of it sees that none will come. */
  readonly death: PromiseWithResolvers<"dead">;
}

/** What a log throws that could not write, or whose process has just died. */
export class LogFault extends Error {}

/** Something that a rule broke or that must not happen; the simulation ends with it. */
export class Broken extends Error {}

/** Planted faults of what the engine stands on. The checks must notice every one of them. */
export interface Faults {
  /** The log loses what it acknowledged when the daemon dies: what `synchronous=FULL` prevents. */
  readonly losesWrites?: boolean;
  /** The base is set, whoever moved it meanwhile: what compare-and-set prevents. */
  readonly movesBlindly?: boolean;
  /** The base is merged again when it was found moved, though it had been moved by ourselves. */
  readonly landsTwice?: boolean;
  /** An attempt that is cancelled, or that an earlier daemon left, goes on working. */
  readonly leavesProcesses?: boolean;
  /** A workspace is removed and what was in it is not kept. */
  readonly losesWork?: boolean;
  /** Handoffs that are said to be committed are not. */
  readonly losesHandoffs?: boolean;
  /** A result that is taken again is another one. */
  readonly takesOther?: boolean;
  /** What an agent is told of answers does not reach it. */
  readonly losesAnswers?: boolean;
  /** What an agent used is told twice. */
  readonly countsTwice?: boolean;
  /** A revert leaves the work in the base. */
  readonly revertsNothing?: boolean;
}

interface Setting {
  readonly faults?: Faults;
  readonly tell?: (line: string) => void;
  /** What the first commit holds. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * A computer with a repository, a clock and processes, on which daemons live and die. The engine, the core and the log
 * are the real ones; time, disk, git and processes are in memory and obey the seed.
 */
export class Machine {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly counters = new Counters();
  readonly disk: Disk;
  readonly processes = new Map<string, Process | AgentProcess>();
  readonly conversations = new Conversations();
  /** What processes wrote, by attempt: it must never be lost. */
  readonly wrote = new Map<string, string>();
  readonly reports: string[] = [];
  readonly self: Owner = { alive: true };
  chaos: Chaos;
  log: MemoryLog;
  daemon: Daemon | null = null;
  /** Set by what runs apart from the steps of the simulation. */
  broken: string | null = null;
  clockOffset = 0;
  /** Who commits handoffs. */
  handoffs: "producer" | "collector" = "producer";
  readonly faults: Faults;
  readonly #tell: (line: string) => void;
  #dying = false;

  constructor(random: Random, chaos: Chaos, { faults, tell, files }: Setting) {
    this.random = random;
    this.chaos = chaos;
    this.faults = faults ?? {};
    this.#tell = tell ?? (() => undefined);
    this.disk = { repository: new MemoryRepository(), workspaces: new Map(), dirty: new Set() };
    const { repository } = this.disk;
    const first = repository.writeTree(new Map([["src/shared.txt", "shared\n"], ...files]));
    repository.refs.set(`refs/heads/${BASE}`, repository.commit(first, [], "first", 0));
    this.log = new MemoryLog();
  }

  /** The repository as a person sees it at once, whoever else is at it. */
  get eyes(): GitPort {
    return openGit(this.disk, { call: async (_what, act) => act() }, {});
  }

  /** Mostly short, sometimes long, sometimes none. */
  delay(): number {
    const { random } = this;
    if (random.chance(0.3)) return 0;
    return random.chance(0.05) ? random.between(100, 5_000) : random.between(1, 20);
  }

  tell(line: string): void {
    this.#tell(`${((this.scheduler.now - START) / 1_000).toFixed(3).padStart(9)} ${line}`);
  }

  boot(): void {
    this.tell("the daemon starts");
    const owner: Owner = { alive: true };
    this.log = this.log.fork(this.#hooks(owner));
    const engine = new Engine(this.#ports(owner));
    const daemon: Daemon = { owner, engine, isUp: false, death: Promise.withResolvers() };
    this.daemon = daemon;
    engine.recover().then(
      () => {
        daemon.isUp = true;
      },
      (error: unknown) => {
        if (!owner.alive) return;
        // A daemon that cannot write at its start ends; the next one may be luckier.
        if (error instanceof LogFault) this.crash();
        else this.broken = `recovery failed: ${String(error)}`;
      },
    );
  }

  /** The daemon dies here and now; another one starts after a while. */
  crash(): void {
    const { daemon } = this;
    if (daemon === null) return;
    this.tell("the daemon dies");
    this.counters.count("crash");
    this.#countWindows(daemon);
    this.#bury(daemon);
    if (this.faults.losesWrites === true)
      this.log.events.splice(this.log.events.length - this.random.between(0, 3));
    this.scheduler.after(this.self, this.random.between(1, REBOOT_MS_MAX), () => this.boot());
  }

  /** Ends the daemon as `osqr stop` does, and starts it again. */
  async restart(): Promise<void> {
    const { daemon } = this;
    if (daemon === null || !daemon.isUp || this.#dying) return;
    this.#dying = true;
    daemon.isUp = false;
    const end = await Promise.race([daemon.engine.close(), daemon.death.promise]);
    if (end === "dead") return;
    this.counters.count("stopped in order and started again");
    this.#bury(daemon);
    this.scheduler.after(this.self, this.delay(), () => this.boot());
  }

  #bury({ owner, death }: Daemon): void {
    owner.alive = false;
    this.daemon = null;
    this.#dying = false;
    death.resolve("dead");
  }

  #countWindows({ engine, isUp }: Daemon): void {
    const { state } = engine;
    const { repository } = this.disk;
    if (!isUp) this.counters.count("crash during recovery");
    if (state.active.size > 0) this.counters.count("crash while an attempt runs");
    if ([...state.attempts.values()].some(isAsked)) this.counters.count("crash while a person is asked");
    if (state.parked.size > 0) this.counters.count("crash while an attempt waits for an answer");
    if ([...state.active.keys()].some((id) => state.attempts.get(id)?.finished === true))
      this.counters.count("crash while what an agent made is checked");
    if (state.joining.size > 0) this.counters.count("crash between attempt_completed and join");
    for (const id of state.mergeQueue.values()) {
      const integration = state.workstreams.get(id)?.integration;
      if (integration?.kind !== "intended") continue;
      this.counters.count("crash between landing_intended and landed");
      const tip = repository.refs.get(`refs/heads/${BASE}`) ?? "";
      if (repository.isAncestor(integration.to, tip))
        this.counters.count("crash after the base moved, before it is recorded");
    }
  }

  #hooks(owner: Owner) {
    const die = (where: "crash before an append" | "crash after an append"): void => {
      if (!owner.alive || this.daemon?.owner !== owner || !this.random.chance(this.chaos.crashAtAppend / 2))
        return;
      this.counters.count(where);
      this.crash();
      throw new LogFault("the daemon is dead");
    };
    return {
      before: (_events: readonly StoredEvent[]): void => {
        if (!owner.alive) throw new LogFault("the daemon is dead");
        if (this.random.chance(this.chaos.appendFault)) {
          this.counters.count("log refused a write");
          throw new LogFault("disk full");
        }
        die("crash before an append");
      },
      after: (_events: readonly StoredEvent[]): void => die("crash after an append"),
    };
  }

  #ports(owner: Owner): EnginePorts {
    const { scheduler } = this;
    const io = this.#io(owner);
    return {
      log: this.log,
      clock: {
        now: () => scheduler.now + this.clockOffset,
        after: (ms, callback) => scheduler.after(owner, ms, callback),
        soon: (callback) => void scheduler.after(owner, 0, callback),
      },
      slots: () => this.random.between(1, 6),
      openProject: () => io.call("openProject", () => this.#project(owner, io)),
      reap: async () => {
        await scheduler.sleep(owner, this.delay());
        const left = [...this.processes.values()].filter(({ isRunning }) => isRunning);
        if (this.faults.leavesProcesses !== true) for (const process of left) process.kill();
        return left.map(({ attempt }) => attempt);
      },
      report: (line) => {
        if (owner.alive) this.reports.push(line);
      },
    };
  }

  #io(owner: Owner): Io {
    return {
      call: async (what, act) => {
        await this.scheduler.sleep(owner, this.delay());
        if (this.random.chance(this.chaos.ioFault)) {
          this.counters.count("git refused a call");
          throw new Error(`${what}: input/output error`);
        }
        const result = act();
        await this.scheduler.sleep(owner, this.delay());
        return result;
      },
    };
  }

  #startAgent(owner: Owner, order: AttemptOrder): AgentProcess {
    const workspace = this.disk.workspaces.get(order.workspace.name);
    if (workspace === undefined) throw new Broken(`${order.attempt} starts without its workspace`);
    if (this.processes.get(order.attempt)?.isRunning === true)
      this.broken ??= `${order.attempt} has two processes at once`;
    const { scheduler, conversations, wrote, faults } = this;
    const process = new AgentProcess(order, {
      scheduler,
      conversations,
      workspace,
      wrote,
      faults,
      random: this.random.fork(),
      chaos: () => this.chaos,
      daemon: owner,
      now: () => scheduler.now + this.clockOffset,
      breaks: (what) => {
        this.broken ??= what;
      },
    });
    this.processes.set(order.attempt, process);
    return process;
  }

  #project(owner: Owner, io: Io): ProjectPorts {
    const pause = () => this.scheduler.sleep(owner, this.delay());
    const start = (order: Parameters<typeof writeScript>[1]): Process => {
      const workspace = this.disk.workspaces.get(order.workspace.name);
      if (workspace === undefined) throw new Broken(`${order.attempt} starts without its workspace`);
      const isDeaf = this.faults.leavesProcesses === true;
      const process = new Process(this.scheduler, workspace, order.attempt, { wrote: this.wrote, isDeaf });
      this.processes.set(order.attempt, process);
      void process.run(writeScript(this.random.fork(), order, this.chaos));
      return process;
    };
    const agent = (name: string) =>
      openAgent(name, { start: (order) => this.#startAgent(owner, order), pause });
    return {
      id: PROJECT,
      root: "/repo",
      git: openGit(this.disk, io, this.faults),
      executors: new Map([
        ["command", openExecutor({ start, pause })],
        ["agent", agent("agent")],
        ["other", agent("other")],
      ]),
      prepare: () => io.call("prepare", () => ({ mounts: [], env: {} })),
      attemptFolder: (attempt) => io.call("attemptFolder", () => `/a/${attempt}`),
      removeAttemptFolder: () => io.call("removeAttemptFolder", () => undefined),
      checkGates: (input) => runGates(this, pause, input),
      listGates: async () => [],
      stuckAfterMs: () => 40_000,
      roundsMax: () => 2,
      scanSecrets: async () => null,
      watch: () => null,
      measure: () => Promise.reject(new Error("nothing is watched here")),
      autonomy: () => DEFAULT_POLICY,
      checkCriteria: (input) => runCriteria(this, pause, input),
      environment: () => ({ osqr: "simulated" }),
      warmGates: pause,
      knowTests: async () => "none",
      completeSpec: ({ text, taskKeys }) => tickSpec(text, taskKeys),
      readSpec,
      isSpecPath: (path) => path.endsWith(".md"),
      network: () => "off",
      handoffs: () => this.handoffs,
      sandbox: "simulated",
    };
  }
}

const isAsked = ({ executor, state }: Attempt): boolean => executor === PERSON && state.kind === "waiting";
