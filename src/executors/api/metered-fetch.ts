/** The requests of an attempt, each asked for before it is sent and counted when it is over: retries, cut streams and all. */
import type { CallOutcome } from "../../sandbox/network/meter/carry.ts";
import { InputBound } from "../../sandbox/network/meter/input-bound.ts";
import type { MeteredCall } from "../../sandbox/network/meter/meter.ts";
import { type ReadCall, recogniseCall } from "../../sandbox/network/meter/model-call.ts";
import { ReplyReader } from "../../sandbox/network/meter/reply-reader.ts";
import type { RequestDesk } from "../metering/request-desk.ts";

type Fetch = typeof globalThis.fetch;

/** Failures before anything was sent. */
const UNSENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT|SELF_SIGNED|ERR_TLS|refused to connect/;

/** A request whose end has not been told. */
interface OpenCall {
  readonly call: MeteredCall;
  readonly read: ReadCall;
  readonly reader: ReplyReader;
}

export class MeteredFetch {
  readonly #desk: RequestDesk;
  readonly #bound = new InputBound();
  readonly #open = new Set<OpenCall>();
  #calls = 0;
  #isOver = false;

  constructor(desk: RequestDesk) {
    this.#desk = desk;
  }

  /** `fetch` behind the desk. A request that is not admitted fails, and is not tried again. */
  wrap(fetch: Fetch): Fetch {
    return async (input, init = {}) => {
      const path = new URL(input instanceof Request ? input.url : input).pathname;
      const body = typeof init.body === "string" ? Buffer.from(init.body) : Buffer.from("");
      const recognised = recogniseCall(init.method ?? "GET", path, body);
      if (recognised.kind === "refused") throw new Error(recognised.reason);
      if (recognised.kind === "free") return fetch(input, init);
      const { opened, sent } = await this.#admit(recognised.call);
      try {
        const response = await fetch(input, { ...init, body: sent.toString("utf8") });
        return this.#follow(response, opened);
      } catch (error) {
        this.#end(opened, isUnsent(error) ? "failed" : "cut");
        throw error;
      }
    };
  }

  /** Nothing comes any more: what is under way counts as cut. */
  finish(): void {
    this.#isOver = true;
    for (const opened of [...this.#open]) this.#end(opened, "cut");
  }

  async #admit(read: ReadCall): Promise<{ readonly opened: OpenCall; readonly sent: Buffer }> {
    const { model, outputTokensMax, texts } = read;
    this.#calls += 1;
    const inputTokensMax = this.#bound.find(model, texts);
    const call: MeteredCall = { id: this.#calls, model, outputTokensMax, inputTokensMax };
    const admission = await this.#desk.admit(call);
    if (typeof admission === "string") throw new Error(admission);
    if (this.#isOver) {
      this.#desk.end(call, { ...new ReplyReader("", model).end(), outcome: "failed" });
      throw new Error("its attempt has ended");
    }
    const opened = { call, read, reader: new ReplyReader("text/event-stream", model) };
    this.#open.add(opened);
    return { opened, sent: admission === null ? read.body : read.limitOutput(admission) };
  }

  #follow(response: Response, opened: OpenCall): Response {
    const { body, ok, status, statusText, headers } = response;
    if (!ok || body === null) {
      this.#end(opened, ok ? "done" : "failed");
      return response;
    }
    const reader = new ReplyReader(headers.get("content-type") ?? "", opened.call.model);
    const followed = { ...opened, reader };
    this.#open.delete(opened);
    this.#open.add(followed);
    return new Response(this.#tap(body, followed), { status, statusText, headers });
  }

  #tap(body: ReadableStream<Uint8Array>, opened: OpenCall): ReadableStream<Uint8Array> {
    const from = body.getReader();
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { done, value } = await from.read();
          if (value !== undefined) {
            opened.reader.write(Buffer.from(value));
            controller.enqueue(value);
          }
          if (!done) return;
          this.#end(opened, "done");
          controller.close();
        } catch (error) {
          this.#end(opened, "cut");
          controller.error(error);
        }
      },
      cancel: async (reason) => {
        this.#end(opened, "cut");
        await from.cancel(reason);
      },
    });
  }

  #end(opened: OpenCall, outcome: CallOutcome): void {
    if (!this.#open.delete(opened)) return;
    const { call, read, reader } = opened;
    const said = reader.end();
    const { inputTokens } = said.usage;
    if (inputTokens !== null) this.#bound.learn(call.model, read.texts, inputTokens);
    this.#desk.end(call, { ...said, outcome });
  }
}

function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return UNSENT.test(`${code} ${error.message}`);
}
