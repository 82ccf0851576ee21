import type {
  AskedQuestion,
  AttemptOrder,
  Executor,
  ExecutorEvent,
  ExecutorSession,
} from "../../../src/executors/types.ts";
import type { ProcessResult } from "../../../src/sandbox/types.ts";
import type { Workspace } from "./git.ts";
import type { Owner, Scheduler } from "./scheduler.ts";

/** One thing that a process does; `ms` passes before it. */
export type Deed =
  | { readonly kind: "write"; readonly ms: number; readonly path: string; readonly content: string }
  | { readonly kind: "ask"; readonly ms: number; readonly question: AskedQuestion }
  | { readonly kind: "say"; readonly ms: number; readonly text: string }
  | { readonly kind: "end"; readonly ms: number; readonly result: Partial<ProcessResult> };

/** A process of an attempt. It belongs to the machine: it outlives the daemon that started it, until it is reaped. */
export class Process {
  readonly attempt: string;
  isRunning = true;
  readonly #scheduler: Scheduler;
  readonly #owner: Owner = { alive: true };
  readonly #workspace: Workspace;
  readonly #began: number;
  readonly #answers = new Map<string, (option: string) => void>();
  readonly #queue: ExecutorEvent[] = [];
  #wake: (() => void) | null = null;

  readonly #wrote: Map<string, string>;
  readonly #isDeaf: boolean;

  /** `wrote`: where it is noted what an attempt wrote first. `isDeaf`: it says that it ends, and goes on. */
  constructor(
    scheduler: Scheduler,
    workspace: Workspace,
    attempt: string,
    { wrote, isDeaf }: { wrote: Map<string, string>; isDeaf: boolean },
  ) {
    this.attempt = attempt;
    this.#wrote = wrote;
    this.#isDeaf = isDeaf;
    this.#scheduler = scheduler;
    this.#workspace = workspace;
    this.#began = scheduler.now;
  }

  async run(deeds: readonly Deed[]): Promise<void> {
    this.#tell({ kind: "started", pid: 1, logPath: "" });
    let asks = 0;
    for (const deed of deeds) {
      await this.#scheduler.sleep(this.#owner, deed.ms);
      if (deed.kind === "write") {
        this.#workspace.files.set(deed.path, deed.content);
        if (!this.#wrote.has(this.attempt)) this.#wrote.set(this.attempt, deed.path);
      }
      if (deed.kind === "say") this.#tell({ kind: "progress", text: deed.text });
      if (deed.kind === "end") this.#end(deed.result);
      if (deed.kind === "ask") {
        asks += 1;
        const option = await this.#ask(`ask-${asks}`, deed.question);
        this.#workspace.files.set(`answers/${this.attempt}-${deed.question.key}.txt`, `${option}\n`);
      }
    }
  }

  #ask(ask: string, question: AskedQuestion): Promise<string> {
    return new Promise((resolve) => {
      this.#answers.set(ask, resolve);
      this.#tell({ kind: "asked", ask, question });
    });
  }

  answer(ask: string, option: string): boolean {
    const answer = this.isRunning ? this.#answers.get(ask) : undefined;
    answer?.(option);
    return answer !== undefined;
  }

  kill(): void {
    this.#end({ isCanceled: true, signal: "SIGTERM", exitCode: null });
  }

  #end(result: Partial<ProcessResult>): void {
    if (!this.isRunning) return;
    const goesOn = this.#isDeaf && result.isCanceled === true;
    this.isRunning = goesOn;
    this.#owner.alive = goesOn;
    const whole: ProcessResult = {
      exitCode: 0,
      signal: null,
      timedOut: false,
      isCanceled: false,
      limitHit: null,
      outputTruncated: false,
      durationMs: this.#scheduler.now - this.#began,
      tail: ["last line"],
      ...result,
    };
    this.#tell({ kind: "ended", result: whole, failure: null });
  }

  #tell(event: ExecutorEvent): void {
    this.#queue.push(event);
    this.#wake?.();
  }

  /** Events, each delivered a while after it happened, to a reader who may die. */
  async *read(pause: () => Promise<void>): AsyncGenerator<ExecutorEvent> {
    for (;;) {
      const event = this.#queue.shift();
      if (event === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      await pause();
      yield event;
      if (event.kind === "ended") return;
    }
  }
}

interface ExecutorInput {
  readonly start: (order: AttemptOrder) => Process;
  readonly pause: () => Promise<void>;
}

/** The contract of an executor on scripted processes. */
export function openExecutor({ start, pause }: ExecutorInput): Executor {
  return {
    name: "command",
    refuse: () => null,
    async start(order): Promise<ExecutorSession> {
      await pause();
      const process = start(order);
      return {
        events: process.read(pause),
        agent: null,
        async answer(ask, option) {
          await pause();
          return process.answer(ask, option);
        },
        async cancel() {
          await pause();
          process.kill();
          await pause();
        },
        close: pause,
      };
    },
  };
}
