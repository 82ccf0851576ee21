/** Helpers of the tests of the agents' door. Nothing here is used by osqr itself. */
import type { Readable, Writable } from "node:stream";
import type { AgentReport } from "../../core/model/agent.ts";
import { waitUntil } from "../../sandbox/testing.ts";
import type { AskedQuestion } from "../types.ts";
import type { AgentHandlers, AskReceipt, ContextSection } from "./handlers.ts";
import type { StartTimer } from "./questions.ts";

/** Timers that are due when the test says so. */
export class ManualTimers {
  readonly #timers = new Map<object, { ms: number; onDue: () => void }>();

  readonly start: StartTimer = (ms, onDue) => {
    const timer = {};
    this.#timers.set(timer, { ms, onDue });
    return () => this.#timers.delete(timer);
  };

  /** How long those that run were set to. */
  get running(): readonly number[] {
    return [...this.#timers.values()].map(({ ms }) => ms);
  }

  fire(): void {
    for (const [timer, { onDue }] of [...this.#timers]) {
      this.#timers.delete(timer);
      onDue();
    }
  }
}

/** Remembers what came, and takes questions as D-1, D-2, … */
export class RecordingHandlers implements AgentHandlers {
  readonly asked: { ask: string; question: AskedQuestion }[] = [];
  readonly reports: AgentReport[] = [];
  readonly progress: string[] = [];
  context: Partial<Record<ContextSection, string>> = {};
  /** What becomes of the next questions; null: they are taken. */
  refusal: string | null = null;

  readonly onAsk = async (ask: string, question: AskedQuestion): Promise<AskReceipt> => {
    this.asked.push({ ask, question });
    return this.refusal === null ? { decision: `D-${this.asked.length}` } : { refused: this.refusal };
  };

  readonly onReport = async (report: AgentReport) => {
    this.reports.push(report);
    return { note: null };
  };

  readonly onProgress = (text: string): void => {
    this.progress.push(text);
  };

  readonly readContext = async (section: ContextSection): Promise<string> => this.context[section] ?? "";
}

export function createQuestion(key = "MODEL"): AskedQuestion {
  const option = { description: "", implications: [], recommended: false };
  return {
    key,
    question: "Which model?",
    options: [
      { ...option, id: "local", label: "on this machine" },
      { ...option, id: "hosted", label: "elsewhere" },
    ],
    defaultOption: null,
    autoResolveMinutes: null,
  };
}

/** Arguments of `ask_operator` for the same question. */
export function toAskArguments(key = "MODEL"): object {
  const { question, options } = createQuestion(key);
  return { key, question, options: options.map(({ id, label }) => ({ id, label })) };
}

interface Message {
  readonly id?: number;
  readonly result?: { readonly [name: string]: unknown };
  readonly error?: { readonly code: number; readonly message: string };
}

/** A client that knows nothing but lines of JSON-RPC. */
export class McpClient {
  readonly received: Message[] = [];
  readonly #input: Writable;
  #text = "";
  #count = 0;

  constructor({ stdin, stdout }: { readonly stdin: Writable; readonly stdout: Readable }) {
    this.#input = stdin;
    stdin.on("error", () => undefined);
    stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (this.#text + chunk).split("\n");
      this.#text = lines.pop() ?? "";
      for (const line of lines) this.received.push(JSON.parse(line) as Message);
    });
  }

  write(text: string): void {
    this.#input.write(text);
  }

  /** Sends a request and gives back its number. */
  send(method: string, params: object = {}): number {
    this.#count += 1;
    this.write(`${JSON.stringify({ jsonrpc: "2.0", id: this.#count, method, params })}\n`);
    return this.#count;
  }

  async receive(id: number): Promise<Message> {
    const find = (): Message | undefined => this.received.find((message) => message.id === id);
    await waitUntil(`the reply to ${id}`, () => find() !== undefined, 60_000);
    return find() ?? {};
  }

  async request(method: string, params: object = {}): Promise<Message> {
    return this.receive(this.send(method, params));
  }

  async initialize(): Promise<Message> {
    const clientInfo = { name: "test", version: "1" };
    const reply = await this.request("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo,
    });
    this.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return reply;
  }

  call(name: string, args: object): number {
    return this.send("tools/call", { name, arguments: args });
  }

  /** The text that a call comes back with; an error begins with `error: `. */
  async readCall(id: number): Promise<string> {
    const { result = {}, error } = await this.receive(id);
    if (error !== undefined) return `error: ${error.message}`;
    const [content] = result.content as { readonly text: string }[];
    return `${result.isError === true ? "error: " : ""}${content?.text}`;
  }
}
