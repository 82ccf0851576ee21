import { toCanonicalJson } from "../../../src/core/canonical.ts";
import { evolve } from "../../../src/core/evolve/evolve.ts";
import type { Event } from "../../../src/core/model/event.ts";
import { emptyState, type State } from "../../../src/core/model/state.ts";
import { dumpState } from "../../../src/core/snapshot.ts";
import { fromStored } from "../../../src/engine/stored-event.ts";
import { PROJECT } from "../../support/core-builders.ts";
import { checkState } from "../invariants.ts";
import { Random } from "../random.ts";
import { HistoryRules } from "../rules/history.ts";
import { pathOf, writeSpec } from "../specs.ts";
import { makeWorld, type World } from "../world.ts";
import { checkHandedIn } from "./agent-checks.ts";
import { comeToEnd } from "./calm.ts";
import { CALM, type Counter, type Counters, makeChaos } from "./chaos.ts";
import { checkEnd, checkProcesses } from "./checks.ts";
import { BASE } from "./git.ts";
import { type Faults, Machine } from "./machine.ts";
import { Operator } from "./operator.ts";

const STEPS_MAX = 60_000;
const CHAOS_MS_MAX = 250_000;

export interface Outcome {
  readonly seed: number;
  /** Hash of the last event, which the hashes of all before it are in: the same seed gives the same. */
  readonly hash: string;
  readonly events: number;
  readonly steps: number;
  readonly problems: readonly string[];
  readonly counters: Counters;
  /** The daemon's own log, for a person who looks into a failure. */
  readonly reports: readonly string[];
}

export interface Options {
  readonly faults?: Faults;
  /** Hears of each event, crash and start. */
  readonly tell?: (line: string) => void;
}

/** Plays one seed: a random project on a machine where things go wrong, then calm weather until all has ended. */
export async function simulate(seed: number, options: Options = {}): Promise<Outcome> {
  const random = new Random(seed);
  const world = makeWorld(random.fork());
  const machine = new Machine(random.fork(), makeChaos(random.fork()), { ...options, files: filesOf(world) });
  machine.handoffs = seed % 2 === 0 ? "producer" : "collector";
  const operator = new Operator(machine, random.fork(), withCommits(world, machine));
  const watch = new Watch(machine);
  const problems = await play(machine, operator, watch, random);
  const { log, scheduler, counters, reports } = machine;
  const { lastHash: hash, lastSeq: events } = log;
  return { seed, hash, events, steps: scheduler.steps, problems, counters, reports };
}

/** Specs and workflows, as they were committed first. */
function filesOf({ own, definitions }: World): ReadonlyMap<string, string> {
  const specs = [...own.values()].map(({ id, tasks }): [string, string] => [
    pathOf(id),
    writeSpec(id, tasks),
  ]);
  const flows = definitions.map((each): [string, string] => [
    `.osqr/workflows/${each.name}-${each.version}.yaml`,
    `${toCanonicalJson(each)}\n`,
  ]);
  return new Map([...specs, ...flows]);
}

/** The specs are read from a commit that exists. */
function withCommits(world: World, { disk: { repository } }: Machine): World {
  const commit = repository.refs.get(`refs/heads/${BASE}`) ?? "";
  const groups = world.groups.map(({ registrations, ranks }) => ({
    ranks,
    registrations: registrations.map((each) => {
      const spec = { ...each.workstream.spec, commit };
      return { ...each, workstream: { ...each.workstream, spec } };
    }),
  }));
  return { ...world, groups };
}

async function play(machine: Machine, operator: Operator, watch: Watch, random: Random): Promise<string[]> {
  const { scheduler, self } = machine;
  const project = makeWorldProject(operator);
  let ended: boolean | null = null;
  let failure: unknown = null;
  machine.boot();
  const story = async (): Promise<void> => {
    while (!(await operator.submit(project))) await scheduler.sleep(self, 10);
    for (const workflow of operator.team.world.definitions)
      await operator.submit({ kind: "record_workflow", project: PROJECT, workflow, commit: null });
    await operator.submit(operator.register());
    await operator.submit(operator.go(false));
    await operator.work(scheduler.now + random.between(1_000, CHAOS_MS_MAX));
    machine.chaos = CALM;
    ended = await comeToEnd(machine, operator, random);
  };
  story().catch((error: unknown) => {
    failure = error;
  });
  while (ended === null && failure === null && scheduler.steps < STEPS_MAX) {
    if (!(await scheduler.step())) break;
    if (machine.daemon !== null && machine.random.chance(machine.chaos.crash)) machine.crash();
    const problems = watch.look();
    if (problems.length > 0) return problems;
  }
  if (failure !== null) return [`it broke: ${failure instanceof Error ? failure.stack : String(failure)}`];
  if (ended !== true) return ["it does not come to an end", ...checkEnd(machine, operator, watch.state)];
  return [...checkEnd(machine, operator, watch.state), ...watch.compare()];
}

function makeWorldProject(operator: Operator) {
  return { kind: "open_project", project: operator.project } as const;
}

/** Reads along in the log and holds its own state, as any process does that starts from it. */
class Watch {
  state: State = emptyState();
  readonly #machine: Machine;
  readonly #rules = new HistoryRules();
  /** When each attempt ended. */
  readonly #closed = new Map<string, number>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  look(): string[] {
    const { log, broken } = this.#machine;
    if (broken !== null) return [broken];
    if (log.lastSeq === this.state.seq) return checkProcesses(this.#machine, this.#closed);
    if (log.lastSeq < this.state.seq)
      return [`the log ends at ${log.lastSeq}, it had ${this.state.seq} events`];
    const problems: string[] = [];
    for (const stored of log.events.slice(this.state.seq)) {
      const event = fromStored(stored);
      this.#machine.tell(`${stored.seq} ${stored.kind} ${stored.body}`);
      const before = this.state;
      this.state = evolve(before, event);
      this.#count(event, before);
      if (event.kind === "attempt_ended" || event.kind === "attempt_completed")
        this.#closed.set(event.attempt, this.#machine.scheduler.now);
      problems.push(...this.#rules.feed(event, before, this.state));
      problems.push(...checkHandedIn(this.#machine, event, this.state));
    }
    return [...problems, ...checkState(this.state), ...checkProcesses(this.#machine, this.#closed)];
  }

  /** The live state of the daemon is what a replay makes of its log. */
  compare(): string[] {
    const live = this.#machine.daemon?.engine.state;
    if (live === undefined) return [];
    return dump(live) === dump(this.state) ? [] : ["the live state is not what the log replays to"];
  }

  #count(event: Event, before: State): void {
    const counter = toCounter(event, before);
    if (counter !== null) this.#machine.counters.count(counter);
  }
}

const dump = (state: State): string => toCanonicalJson(JSON.parse(dumpState(state)));

function toCounter(event: Event, before: State): Counter | null {
  switch (event.kind) {
    case "attempts_claimed": {
      const isSecond = event.launches.some(({ task }) =>
        before.tasks.get(task)?.attempts.some((id) => before.attempts.get(id)?.state.kind === "lost"),
      );
      return isSecond ? "second claim after a lost one" : null;
    }
    case "attempt_parked":
      return toAskCounter(before.decisions.get(event.decision)?.subject.kind);
    case "attempt_ended":
      if (event.reason.startsWith("timed out")) return "attempt hung until its timeout";
      return event.outcome === "failed" ? "attempt failed" : null;
    case "attempt_completed":
      return event.reused === undefined ? null : "result taken again";
    case "task_waited": {
      const decision = before.decisions.get(event.decision);
      if (decision?.subject.kind === "ticks") return "ticks asked";
      return decision?.type === "approval" ? "protected path" : "join conflict";
    }
    case "integration_stopped":
      if (event.revert === true) return "revert stopped";
      return before.decisions.get(event.decision)?.type === "conflict" ? "merge conflict" : null;
    case "workstream_landed":
      return event.held === null ? null : "base held by local changes";
    default:
      return toFlowCounter(event, before);
  }
}

function toAskCounter(subject: string | undefined): Counter {
  if (subject === "permission") return "permission asked";
  return subject === "stuck" ? "stuck asked" : "attempt asked";
}

function toAgentCounter(event: Event): Counter | null {
  switch (event.kind) {
    case "session_opened":
      if (event.how === "fresh") return "conversation begun afresh";
      return event.how === "new" ? "conversation opened" : "conversation taken up again";
    case "turn_ended":
      return "turn ended";
    case "attempt_started":
      return event.onlyChecks === true ? "only the checks done again" : null;
    case "task_rerouted":
      return "another agent took over";
    case "recovery_chosen":
      if (event.step === "wait") return "limit waited for";
      if (event.failure === "validation") return "result turned down";
      return event.step === "resume" ? "agent taken up again after a failure" : null;
    default:
      return null;
  }
}

function toFlowCounter(event: Event, before: State): Counter | null {
  switch (event.kind) {
    case "workstream_restarted":
      return "work done again";
    case "review_signed":
      return event.outcome === "approved" ? "review approved" : "review rejected";
    case "workstream_returned":
      return event.tip === before.workstreams.get(event.workstream)?.tip
        ? null
        : "work given up to a checkpoint";
    case "criteria_checked":
      return event.results.every(({ met }) => met) ? "criteria met" : "criteria missed";
    case "workstream_reverted":
      return "taken out of the base";
    case "revert_abandoned":
      return "revert given up";
    case "workstream_closed":
      return "closed as a duplicate";
    case "spec_changed":
      return "spec changed under running work";
    case "spec_left":
      return "old text kept";
    case "task_blocked":
      return event.by.some(({ kind }) => kind === "handoff") ? "handoff missing" : null;
    case "handoffs_collected":
      return "handoffs collected";
    default:
      return toAgentCounter(event);
  }
}
