/** A large portfolio, made by the real core: workstreams that go through one workflow with reviews, retries and returns. */
import { decide } from "../../src/core/decide/decide.ts";
import type { Command, Registration } from "../../src/core/model/command.ts";
import type { TaskDraft } from "../../src/core/model/drafts.ts";
import type { Event } from "../../src/core/model/event.ts";
import type { StepDraft } from "../../src/core/model/flow-event.ts";
import type { AttemptId } from "../../src/core/model/ids.ts";
import { emptyState, type State } from "../../src/core/model/state.ts";
import { NO_RANKS, PROJECT, toRegistration, toTask } from "./shapes.ts";

const COMMIT = "c".repeat(40);
const REVIEWS: ReadonlySet<number> = new Set([5, 12, 19]);
/** Where the second review sends work back to. */
const RETURN_TO = "s08";
const START = Date.parse("2026-01-05T00:00:00Z");
const ROUND_MS = 60_000;

const keyOf = (step: number): string => `s${String(step).padStart(2, "0")}`;

function toStepTask(workstream: string, step: number, last: number): TaskDraft {
  const requires = step === 1 ? [] : [`task:${PROJECT}/${workstream}#${keyOf(step - 1)}`];
  const isAfter = step === last;
  const isReview = REVIEWS.has(step);
  return {
    ...toTask(keyOf(step), step, isAfter ? [...requires, `integrated:${PROJECT}/${workstream}`] : requires),
    step: keyOf(step),
    kind: isReview ? "review" : "work",
    stage: isAfter ? "after" : "before",
    role: isReview ? "reviewer" : null,
    retries: isReview ? 0 : 1,
    returnsTo: step === 12 ? [RETURN_TO] : [],
  };
}

function toSteps(count: number): readonly StepDraft[] {
  const plain = { role: null, definitionOfDone: null, rework: "continue" } as const;
  const steps = Array.from({ length: count }, (_, index): StepDraft => {
    const key = keyOf(index + 1);
    return {
      ...plain,
      key,
      title: key,
      order: 2 * (index + 1),
      kind: REVIEWS.has(index + 1) ? "review" : "work",
    };
  });
  return [
    ...steps,
    { ...plain, key: "merge", title: "merge", order: 2 * count - 1, kind: "integrate" } as const,
  ].sort((a, b) => a.order - b.order);
}

function toItem(number: number, steps: number): Registration {
  const name = `w${number}`;
  const tasks = Array.from({ length: steps }, (_, index) => toStepTask(name, index + 1, steps));
  const { workstream, ...rest } = toRegistration(name, number, tasks);
  return {
    ...rest,
    workstream: { ...workstream, workflow: { name: "delivery", version: 1 }, steps: toSteps(steps) },
  };
}

export interface PortfolioResult {
  readonly state: State;
  readonly now: number;
  /** The history that the state is made of. */
  readonly events: readonly Event[];
}

/** Plays a portfolio until nothing goes on but what people leave open. */
class Portfolio {
  #state: State = emptyState();
  #now = START;
  readonly #events: Event[] = [];

  send(command: Command): void {
    const decided = decide(this.#state, command, this.#now);
    if (!decided.ok) throw new Error(`${command.kind}: ${decided.refusal.message}`);
    this.#state = decided.state;
    for (const event of decided.events) this.#events.push(event);
  }

  begin(items: readonly Registration[]): void {
    const count = items.length;
    const limits = { policy: "fifo", maxParallel: count, resources: {} } as const;
    this.send({ kind: "open_project", project: { id: PROJECT, root: "/bench", base: "main", ...limits } });
    this.send({ kind: "register", project: PROJECT, registrations: items, ranks: NO_RANKS });
    const include = items.map(({ workstream }) => workstream.id);
    const options = { approve: [], approveAll: true, planningMs: 0, maxParallel: count, by: "bench" };
    this.send({ kind: "go", project: PROJECT, include, ...options });
  }

  /** One round: starts, ends, signs, lands what can. False: nothing was left to do. */
  play(slots: number): boolean {
    const before = this.#state.seq;
    this.#now += ROUND_MS;
    this.send({ kind: "schedule", slots });
    this.#now += ROUND_MS;
    for (const id of [...this.#state.active.keys()]) this.#work(id);
    for (const id of [...this.#state.open.keys()]) this.#sign(id);
    this.#join();
    for (const workstream of [...this.#state.mergeQueue.values()]) {
      this.send({ kind: "integration_started", workstream, onto: COMMIT });
      this.send({ kind: "landing_intended", workstream, from: COMMIT, to: COMMIT });
      this.send({ kind: "landed", workstream, commit: COMMIT, held: null });
    }
    return this.#state.seq > before;
  }

  /** Every second first try of a task fails. */
  #work(attempt: AttemptId): void {
    const { fence, task: id } = this.#state.attempts.get(attempt) ?? {};
    const task = id === undefined ? undefined : this.#state.tasks.get(id);
    if (fence === undefined || task === undefined) return;
    const claim = { attempt, fence };
    this.send({ kind: "attempt_started", ...claim, sandbox: "none" });
    const number = Number(attempt.slice(2));
    if (task.attempts.length === 1 && number % 2 === 0) {
      const why = { reason: "exit 1", tail: [], workMs: 20_000, salvage: null };
      this.send({ kind: "attempt_failed", ...claim, outcome: "failed", ...why });
      return;
    }
    const result = {
      commit: COMMIT,
      files: ["src/a.ts"],
      added: 10,
      deleted: 2,
      workMs: 40_000,
      warnings: [],
    };
    this.send({ kind: "attempt_succeeded", ...claim, ...result });
  }

  #join(): void {
    for (const [attempt, task] of [...this.#state.joining]) {
      const fence = this.#state.attempts.get(attempt)?.fence ?? 0;
      const handoff = { commit: COMMIT, path: `${task}.json` };
      this.send({ kind: "task_joined", attempt, fence, tip: COMMIT, handoff, artifacts: [] });
    }
  }

  /** Every tenth workstream is sent back once; of every fifth the last review stays open. */
  #sign(id: Parameters<State["decisions"]["get"]>[0]): void {
    const decision = this.#state.decisions.get(id);
    if (decision?.subject.kind !== "review") return;
    const task = this.#state.tasks.get(decision.subject.task);
    const workstream = this.#state.workstreams.get(decision.workstream);
    if (task === undefined || workstream === undefined) return;
    if (task.key === keyOf(19) && workstream.number % 5 === 0) return;
    const isBack =
      task.returnsTo.length > 0 && workstream.number % 10 === 0 && workstream.returns.length === 0;
    const option = isBack ? "reject" : "approve";
    const word = { by: "user", signer: "dana", reasoning: "looked at" } as const;
    this.send({ kind: "resolve", decision: id, option, ...word });
  }

  get result(): PortfolioResult {
    return { state: this.#state, now: this.#now, events: this.#events };
  }
}

/** `count` workstreams with `steps` tasks each; nearly all is done, a fifth waits for a review. */
export function makePortfolio(count: number, steps: number): PortfolioResult {
  const portfolio = new Portfolio();
  portfolio.begin(Array.from({ length: count }, (_, index) => toItem(index + 1, steps)));
  for (let rounds = 0; rounds < 10 * steps && portfolio.play(count); rounds += 1);
  return portfolio.result;
}
