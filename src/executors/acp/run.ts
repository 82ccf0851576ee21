/**
 * One attempt of an agent: waits for its turn to start → starting → in a turn ⇄ idle → ending → ended. The first trouble counts; the
 * process is always ended by osqr or seen to have ended, and `ended` is the last event. Nothing here waits without a bound for what
 * an agent does.
 */
import { setTimeout as delay, setImmediate as soon } from "node:timers/promises";
import type { McpServerStdio } from "@agentclientprotocol/sdk";
import { methods } from "@agentclientprotocol/sdk";
import type { AgentFailure, Usage } from "../../core/model/agent.ts";
import type { ProcessResult, Sandbox, SandboxedProcess, SandboxRequest } from "../../sandbox/types.ts";
import type { AttemptPlace } from "../attempt-process.ts";
import type { EventQueue } from "../event-queue.ts";
import type { AgentControls, AttemptOrder, ExecutorSession } from "../types.ts";
import { type AgentLine, connectAgent } from "./connection.ts";
import { Conversation } from "./conversation.ts";
import { classifyFailure, type Trouble, toLimitFailure } from "./failure.ts";
import { Forms } from "./forms.ts";
import { type AgentFacts, greet } from "./greet.ts";
import { toLoginNeeds } from "./login.ts";
import type { AgentMeter } from "./meter.ts";
import { openSession } from "./open-session.ts";
import { Permissions } from "./permissions.ts";
import type { AgentPreset } from "./preset-types.ts";
import type { Refusals } from "./refusals.ts";
import type { Stagger } from "./stagger.ts";
import { toTrouble, within } from "./trouble.ts";
import { Voice } from "./voice.ts";
import { waitUntilLoadable } from "./young-session.ts";

/** How long what an agent said before its end is waited for. */
const DRAIN_MS = 500;
/** How long an agent that closed its end may take to end. */
const EXIT_MS = 1_000;
/** Name of the wait between turns. */
const IDLE = "idle";

export interface AgentDeadlines {
  /** For the reply to `initialize`, and again for the session. */
  readonly startMs: number;
  /** For the end of a process that was asked politely. */
  readonly stopMs: number;
  /** For the end of a turn that was cancelled. */
  readonly cancelMs: number;
}

export interface AgentRunParts {
  readonly preset: AgentPreset;
  readonly order: AttemptOrder;
  readonly events: EventQueue;
  /** Adds the price to what was used; null: the agent tells what it costs, or nobody knows. */
  readonly price: ((usage: Usage) => Usage) | null;
  /** What its requests to the model pass; null: osqr does not see them. */
  readonly meter: Pick<AgentMeter, "close"> | null;
  readonly place: AttemptPlace;
  readonly sandbox: Sandbox;
  readonly request: SandboxRequest;
  readonly servers: readonly McpServerStdio[];
  readonly mask: (text: string) => string;
  readonly deadlines: AgentDeadlines;
  readonly stagger: Stagger;
  /** What the agent does not know the reason of; its tools tell it too. */
  readonly refusals: Refusals;
  /** Method of `authenticate` to call; null: none. */
  readonly login: string | null;
}

type Reason = "cancel" | "pause" | "shutdown";

export class AgentRun implements ExecutorSession {
  readonly events: EventQueue;
  readonly agent: AgentControls;
  readonly #parts: AgentRunParts;
  readonly #voice: Voice;
  readonly #conversation: Conversation;
  readonly #permissions: Permissions;
  readonly #forms: Forms;
  readonly #abort = new AbortController();
  readonly #ended: Promise<void>;
  #process: SandboxedProcess | null = null;
  #line: AgentLine | null = null;
  #facts: AgentFacts | null = null;
  #sessionId: string | null = null;
  /** The conversation was taken up again. */
  #goesOn = false;
  /** What is waited for, for people. */
  #doing = "initialize";
  /** The turn under way; null: none. */
  #turn: Promise<void> | null = null;
  #isIdle = false;
  #stopped: Reason | null = null;
  #isClosed = false;
  #isOver = false;
  #failure: AgentFailure | null = null;

  constructor(parts: AgentRunParts) {
    const { preset, order, events, place } = parts;
    this.#parts = parts;
    this.events = events;
    this.#voice = new Voice(events);
    this.#conversation = new Conversation({
      events,
      voice: this.#voice,
      preset,
      model: order.model,
      price: parts.price,
      refusals: parts.refusals,
      spentMicroUsd: order.session?.spentMicroUsd,
      isMetered: parts.meter !== null,
    });
    this.#permissions = new Permissions({
      events,
      voice: this.#voice,
      waits: place.waits,
      tree: order.workspace.tree,
      quirks: preset.quirks,
      mask: parts.mask,
      servers: parts.servers.map((server) => server.name),
      needsFolders: preset.quirks.needsFolders === true,
      findCall: (id) => this.#conversation.findCall(id),
      onRefused: (what, reason) => this.#conversation.refused(what, reason),
    });
    this.#forms = new Forms({ events, voice: this.#voice, waits: place.waits });
    this.agent = {
      prompt: (text) => this.#beginTurn(text),
      permit: async (request, isAllowed, reason) => this.#permissions.answer(request, isAllowed, reason),
      mask: events.mask,
    };
    this.#ended = this.#live();
  }

  async answer(ask: string, optionId: string): Promise<boolean> {
    if (this.#forms.answer(ask, optionId)) return true;
    const { door, waits } = this.#parts.place;
    const isHeard = door.answer(ask, optionId);
    waits.close(ask);
    return isHeard;
  }

  async cancel(reason: Reason): Promise<void> {
    this.#stopped ??= reason;
    this.#endWaits();
    const turn = this.#turn;
    if (turn !== null && this.#process !== null && !this.#isOver) {
      // Its stdin may be full: nobody waits for the message to be read.
      this.#notifyCancel();
      await Promise.race([turn, this.#process.result, delay(this.#parts.deadlines.cancelMs)]);
    }
    await this.#process?.terminate(reason);
    await this.#ended;
  }

  /** Ends it politely where it is idle. What it did counts: it is neither cancelled nor failed. */
  async close(): Promise<void> {
    if (this.#isOver) return this.#ended;
    if (!this.#isIdle || this.#process === null) return this.cancel("shutdown");
    this.#isClosed = true;
    this.#endWaits();
    const { stopMs } = this.#parts.deadlines;
    const agent = this.#line?.connection.agent;
    const sessionId = this.#sessionId;
    if (this.#facts?.canClose === true && agent !== undefined && sessionId !== null) {
      const closing = agent.request(methods.agent.session.close, { sessionId }).catch(() => undefined);
      await Promise.race([closing, this.#process.result, delay(stopMs / 2)]);
    }
    this.#process.pipes?.stdin.end();
    await Promise.race([this.#process.result, delay(stopMs / 2)]);
    await this.#process.terminate("shutdown");
    await this.#ended;
  }

  /** From the wait for its place to `ended`. Never rejects. */
  async #live(): Promise<void> {
    const { stagger, sandbox, request, events, place, order, preset } = this.#parts;
    if (order.session !== null && preset.quirks.losesYoungSessions === true) {
      await waitUntilLoadable(place.files.home, this.#abort.signal);
    }
    const leave = await stagger.enter(this.#abort.signal);
    if (leave === null) return this.#end(toUnstarted(true, []));
    try {
      this.#process = await sandbox.start({ ...request, stdio: "pipes" });
    } catch (error) {
      leave();
      const reason = error instanceof Error ? error.message : String(error);
      this.#note({ kind: "unstarted", reason });
      return this.#end(toUnstarted(false, [reason]));
    }
    const started = this.#process;
    place.waits.follow(started);
    this.#voice.follow(started);
    events.push({ kind: "started", pid: started.pid, logPath: request.logPath });
    if (this.#stopped !== null) void started.terminate(this.#stopped);
    this.#line = this.#connect(started);
    void this.#converse(this.#line).finally(leave);
    const result = await started.result;
    leave();
    await Promise.race([this.#line.ended, delay(DRAIN_MS)]);
    await soon(); // An answer that came last is dealt with first.
    return this.#end(result);
  }

  #connect({ pipes }: SandboxedProcess): AgentLine {
    if (pipes === null) throw new Error("bug: the sandbox gave no pipes");
    return connectAgent(pipes, {
      onUpdate: (params) => this.#conversation.onUpdate(params),
      onPermission: (params, signal) => this.#permissions.ask(params, signal),
      onForm: (params, signal) => this.#forms.fill(params, signal),
      onOdd: (line) => this.#voice.say(line),
      onBroken: (reason) => void this.#fail({ kind: "protocol", reason }),
    });
  }

  /** The start and the first turn. Never rejects. */
  async #converse({ connection }: AgentLine): Promise<void> {
    const { preset, order, servers, deadlines, login, events } = this.#parts;
    const { agent } = connection;
    try {
      this.#facts = await within(greet(agent, preset), deadlines.startMs, this.#doing);
      this.#doing = "the session";
      if (login !== null && this.#facts.logins.includes(login)) {
        await within(
          agent.request(methods.agent.authenticate, { methodId: login }),
          deadlines.startMs,
          "the login",
        );
      }
      const { session, model } = order;
      const wish = { cwd: order.workspace.tree, servers, session, model };
      const opened = await within(
        openSession(agent, preset, this.#facts, wish),
        deadlines.startMs,
        this.#doing,
      );
      this.#sessionId = opened.session.id;
      this.#goesOn = opened.how === "resumed" || opened.how === "loaded";
      this.#conversation.begin(opened);
      events.push({ kind: "session", ...opened });
      this.#rest();
    } catch (error) {
      await this.#fail(toTrouble(error, this.#doing));
      return;
    }
    await this.#beginTurn(this.#firstPrompt());
  }

  /** Who goes on with a conversation knows what it is about. */
  #firstPrompt(): string {
    const { prompt, goOn, briefing } = this.#parts.order;
    return (this.#goesOn ? goOn : null) ?? prompt ?? briefing;
  }

  /** Resolves when the turn has begun; its end is an event. */
  async #beginTurn(text: string): Promise<void> {
    const agent = this.#line?.connection.agent;
    // Where it has ended meanwhile, `ended` tells.
    if (this.#isOver || this.#stopped !== null || this.#isClosed || agent === undefined) return;
    if (!this.#isIdle) throw new Error("bug: a prompt came while a turn is under way");
    this.#isIdle = false;
    this.#parts.place.waits.close(IDLE);
    this.#doing = "the turn";
    this.#turn = this.#conversation.turn(agent, text).then(
      (stop) => {
        if (this.#stopped !== null || this.#failure !== null) return;
        this.#rest();
        this.events.push({ kind: "turn", stop });
      },
      (error: unknown) => this.#fail(toTrouble(error, "the turn")),
    );
    void this.#turn.finally(() => {
      this.#turn = null;
    });
  }

  /** Between turns nothing of the attempt's time passes. */
  #rest(): void {
    this.#isIdle = true;
    this.#parts.place.waits.open(IDLE);
  }

  /** Records the trouble and ends the process. */
  async #fail(trouble: Trouble): Promise<void> {
    const process = this.#process;
    if (process === null || this.#isOver || this.#stopped !== null || this.#isClosed) return;
    let told = trouble;
    if (trouble.kind === "refused" && this.#line?.connection.signal.aborted === true) {
      // The connection broke off: mostly because the process has ended, which tells more.
      const isEnded = await Promise.race([process.result.then(() => true), delay(EXIT_MS, false)]);
      if (isEnded) return;
      told = { kind: "protocol", reason: `it closed its connection during ${this.#doing}` };
    }
    this.#note(told);
    await process.terminate("shutdown");
  }

  #note(trouble: Trouble): void {
    if (this.#failure !== null || this.#stopped !== null) return;
    this.#failure = this.#classify(trouble);
    this.#voice.say(`osqr: ${this.#failure.message}`);
  }

  #classify(trouble: Trouble): AgentFailure {
    const { preset } = this.#parts;
    const login = toLoginNeeds(preset);
    return classifyFailure(trouble, { agent: preset.name, login, now: Date.now() });
  }

  async #end(result: ProcessResult): Promise<void> {
    const { preset, order, place } = this.#parts;
    this.#isOver = true;
    this.#endWaits();
    this.#voice.finish();
    if (this.#failure === null && this.#stopped === null && !this.#isClosed) {
      const exited = {
        kind: "exited",
        during: this.#doing,
        isStarting: this.#sessionId === null,
        result,
      } as const;
      this.#failure = toLimitFailure(result, preset.name, order.timeoutMs) ?? this.#classify(exited);
    }
    this.#line?.connection.close();
    const isCanceled = this.#stopped !== null && this.#failure === null;
    // What was under way counts, and is told before the end.
    await this.#parts.meter?.close();
    this.events.push({ kind: "ended", result: { ...result, isCanceled }, failure: this.#failure });
    await place.release();
  }

  /** Whoever waits for an answer hears that it comes later. */
  #endWaits(): void {
    this.#abort.abort();
    this.#conversation.stop();
    this.#parts.place.door.park();
    this.#permissions.cancelAll();
    this.#forms.cancelAll();
  }

  #notifyCancel(): void {
    const sessionId = this.#sessionId;
    if (sessionId === null) return;
    this.#line?.connection.agent.notify(methods.agent.session.cancel, { sessionId }).catch(() => undefined);
  }
}

/** The result of a process that never was. */
function toUnstarted(isCanceled: boolean, tail: readonly string[]): ProcessResult {
  return {
    exitCode: null,
    signal: null,
    timedOut: false,
    isCanceled,
    limitHit: null,
    outputTruncated: false,
    durationMs: 0,
    tail,
  };
}
