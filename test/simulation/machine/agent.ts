import type { AgentFailure, SessionStart } from "../../../src/core/model/agent.ts";
import type { AttemptOrder, Executor, ExecutorEvent, ExecutorSession } from "../../../src/executors/types.ts";
import type { ProcessResult } from "../../../src/sandbox/types.ts";
import type { Random } from "../random.ts";
import { type AgentDeed, writeTurn } from "./agent-script.ts";
import type { Chaos } from "./chaos.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import type { Workspace } from "./git.ts";
import type { Faults } from "./machine.ts";
import type { Owner, Scheduler } from "./scheduler.ts";

/** What an agent on the machine has: what is its own outlives the daemon, until it is reaped. */
export interface AgentParts {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly conversations: Conversations;
  readonly workspace: Workspace;
  readonly wrote: Map<string, string>;
  readonly chaos: () => Chaos;
  /** The daemon: where it is dead nobody hears what is said through the tools. */
  readonly daemon: Owner;
  readonly now: () => number;
  readonly faults: Faults;
  readonly breaks: (what: string) => void;
}

/** A process of an agent: a conversation, turn after turn, until it is told to end or ends by itself. */
export class AgentProcess {
  readonly attempt: string;
  isRunning = true;
  readonly #parts: AgentParts;
  readonly #order: AttemptOrder;
  readonly #owner: Owner = { alive: true };
  readonly #began: number;
  readonly #queue: ExecutorEvent[] = [];
  readonly #asks = new Map<string, (option: string) => void>();
  readonly #permits = new Map<string, (isAllowed: boolean) => void>();
  #conversation: Conversation | null = null;
  #count = 0;
  #wake: (() => void) | null = null;

  constructor(order: AttemptOrder, parts: AgentParts) {
    this.attempt = order.attempt;
    this.#order = order;
    this.#parts = parts;
    this.#began = parts.scheduler.now;
  }

  /** Its start, and the first turn. */
  async run(executor: string): Promise<void> {
    const { random, conversations, chaos, breaks } = this.#parts;
    this.#tell({ kind: "started", pid: 1, logPath: "" });
    await this.#sleep(random.between(1, 500));
    if (random.chance(chaos().taskFailure / 4)) {
      this.#fail("crashed", null);
      return;
    }
    const { session, prompt, goOn } = this.#order;
    const known = session === null ? undefined : conversations.find(session.id);
    const how: SessionStart =
      session === null
        ? "new"
        : known === undefined || random.chance(0.15)
          ? "fresh"
          : random.pick(["resumed", "loaded"]);
    if (session !== null && session.executor !== executor)
      breaks(`${this.attempt} of ${executor} gets a conversation of ${session.executor}`);
    const isContinued = how === "resumed" || how === "loaded";
    const conversation = isContinued && known !== undefined ? known : conversations.create(executor);
    if (conversation.openIn !== null)
      breaks(`${conversation.session.id} is used by ${conversation.openIn} and ${this.attempt} at once`);
    conversation.openIn = this.attempt;
    this.#conversation = conversation;
    this.#tell({ kind: "session", session: conversation.session, how });
    await this.turn((isContinued ? goOn : null) ?? prompt ?? "");
  }

  async turn(prompt: string): Promise<void> {
    const { random, chaos, faults } = this.#parts;
    const conversation = this.#conversation;
    if (conversation === null || !this.isRunning) return;
    if (faults.losesAnswers !== true) conversation.hear(prompt);
    const deeds = writeTurn(random, this.#order, { chaos: chaos(), hasWritten: this.#hasWritten() });
    for (const deed of deeds) {
      await this.#sleep(deed.ms);
      await this.#act(deed, conversation);
    }
  }

  /** Something was written in this work tree since it was made. */
  #hasWritten(): boolean {
    return this.#parts.conversations.written.has(this.#order.workspace.name);
  }

  async #act(deed: AgentDeed, conversation: Conversation): Promise<void> {
    const { workspace, wrote, conversations, now, faults } = this.#parts;
    switch (deed.kind) {
      case "write":
        workspace.files.set(deed.path, deed.content);
        conversations.written.add(this.#order.workspace.name);
        if (!wrote.has(this.attempt)) wrote.set(this.attempt, deed.path);
        return;
      case "use":
        conversations.use(this.attempt, deed.tokens);
        this.#tell({ kind: "used", usage: toUsage(deed.tokens) });
        if (faults.countsTwice === true) this.#tell({ kind: "used", usage: toUsage(deed.tokens) });
        return;
      case "call":
        this.#tell({ kind: "tool", title: "edit" });
        return;
      case "ask":
        return this.#ask(deed, conversation);
      case "wish":
        return this.#wish(deed);
      case "hand-off":
        if (this.#parts.daemon.alive)
          await this.#order.desk?.onReport({ kind: "hand_off", summary: "it is done", notes: [] });
        return;
      case "fail": {
        const { failure, retryMs } = deed;
        return this.#fail(failure, retryMs === null ? null : now() + retryMs);
      }
      case "stop":
        this.#tell({ kind: "turn", stop: deed.stop });
    }
  }

  /** As the door does it: the answer within its time, or the word that it comes with a later prompt. */
  async #ask(
    { question, waitMs }: Extract<AgentDeed, { kind: "ask" }>,
    conversation: Conversation,
  ): Promise<void> {
    const { daemon, scheduler } = this.#parts;
    const { desk } = this.#order;
    if (desk === null || !daemon.alive) return;
    this.#count += 1;
    const ask = `ask-${this.#count}`;
    const answered = new Promise<boolean>((resolve) => {
      this.#asks.set(ask, () => resolve(true));
      scheduler.after(this.#owner, waitMs, () => {
        this.#asks.delete(ask);
        resolve(false);
      });
    });
    const receipt = await desk.onAsk(ask, question);
    if ("refused" in receipt) return;
    if (!(await answered)) conversation.asked.set(receipt.decision, { isTold: false });
  }

  async #wish({ action }: Extract<AgentDeed, { kind: "wish" }>): Promise<void> {
    this.#count += 1;
    const request = `permit-${this.#count}`;
    const isAllowed = await new Promise<boolean>((resolve) => {
      this.#permits.set(request, resolve);
      this.#tell({ kind: "permission", request, action });
    });
    const [path] = action.paths;
    if (isAllowed && path !== undefined && !path.startsWith("."))
      this.#parts.workspace.files.set(path, `${this.attempt} was allowed\n`);
  }

  permit(request: string, isAllowed: boolean): void {
    this.#permits.get(request)?.(isAllowed);
    this.#permits.delete(request);
  }

  answer(ask: string, option: string): boolean {
    const answer = this.isRunning ? this.#asks.get(ask) : undefined;
    this.#asks.delete(ask);
    answer?.(option);
    return answer !== undefined;
  }

  kill(): void {
    this.#end({ isCanceled: true, signal: "SIGTERM", exitCode: null }, null);
  }

  close(): void {
    this.#end({}, null);
  }

  #fail(kind: AgentFailure["kind"], retryAt: number | null): void {
    const result = { exitCode: 1, timedOut: kind === "timeout" };
    this.#end(result, { kind, message: `agent: ${kind.replace("_", " ")}`, retryAt });
  }

  #end(result: Partial<ProcessResult>, failure: AgentFailure | null): void {
    if (!this.isRunning) return;
    const goesOn = this.#parts.faults.leavesProcesses === true && result.isCanceled === true;
    this.isRunning = goesOn;
    this.#owner.alive = goesOn;
    if (this.#conversation !== null && !goesOn) this.#conversation.openIn = null;
    const whole: ProcessResult = {
      exitCode: 0,
      signal: null,
      timedOut: false,
      isCanceled: false,
      limitHit: null,
      outputTruncated: false,
      durationMs: this.#parts.scheduler.now - this.#began,
      tail: ["last line"],
      ...result,
    };
    this.#tell({ kind: "ended", result: whole, failure });
  }

  #sleep(ms: number): Promise<void> {
    return this.#parts.scheduler.sleep(this.#owner, ms);
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

const toUsage = (inputTokens: number) => ({
  inputTokens,
  cachedTokens: null,
  outputTokens: 0,
  microUsd: null,
  model: "m",
});

/** The contract of an executor on simulated agents. */
export function openAgent(
  name: string,
  {
    start,
    pause,
  }: { readonly start: (order: AttemptOrder) => AgentProcess; readonly pause: () => Promise<void> },
): Executor {
  return {
    name,
    refuse: () => null,
    async start(order): Promise<ExecutorSession> {
      await pause();
      const process = start(order);
      void process.run(name);
      return {
        events: process.read(pause),
        agent: {
          async prompt(text) {
            await pause();
            void process.turn(text);
          },
          async permit(request, isAllowed) {
            await pause();
            process.permit(request, isAllowed);
          },
          mask: (text) => text,
        },
        async answer(ask, option) {
          await pause();
          return process.answer(ask, option);
        },
        async cancel() {
          await pause();
          process.kill();
          await pause();
        },
        async close() {
          await pause();
          process.close();
        },
      };
    },
  };
}
