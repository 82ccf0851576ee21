import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createMasker, type Masker } from "../../../core/secrets/masker.ts";
import { isSameSecret } from "../../same-secret.ts";
import { listenPrivately } from "../../socket.ts";
import { toReason } from "../dial.ts";
import { answerError } from "./answers.ts";
import { type CallEnd, carryCall, type Upstream } from "./carry.ts";
import { InputBound } from "./input-bound.ts";
import { type ModelCall, type ReadCall, recogniseCall } from "./model-call.ts";

const CONNECTIONS_MAX = 64;
const HEADER_BYTES_MAX = 32 * 1024;
/** From the first byte to the last of a request, header and body. */
const REQUEST_MS_MAX = 5 * 60_000;
const BODY_BYTES_MAX = 32 * 1024 * 1024;
/** Bodies of all requests of one attempt that are held at once. */
const HELD_BYTES_MAX = 128 * 1024 * 1024;
/** A reply of which nothing comes for that long is ended: longer than a model thinks. */
const IDLE_MS_MAX = 15 * 60_000;

/** One call that was let through. */
export interface MeteredCall extends ModelCall {
  /** Counts up from 1 within the attempt. */
  readonly id: number;
}

/** A number: most tokens that may come back. */
export type Admission = string | number | null;

export interface MeterUpstream {
  /** E.g. `https://api.anthropic.com`: what an agent asks for comes behind it. */
  readonly baseUrl: string;
  /** Sent with each request, e.g. `x-api-key`. Their values go nowhere else. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface MeterOptions {
  /** Where the socket goes: `<folder>/meter`, or a short folder of its own where that path is too long for a socket. */
  readonly folder: string;
  /** By what stands before an agent's paths, e.g. `/openai`; empty: nothing, there is one provider. */
  readonly upstreams: Readonly<Record<string, MeterUpstream>>;
  /** Asked before each call: null lets it through, a number too, with that many tokens as its limit; else why not, for the agent and for people. */
  readonly admit: (call: MeteredCall) => Admission | Promise<Admission>;
  /** Told once for each call that was let through, when it is over. What nobody said is null. */
  readonly onEnd: (call: MeteredCall, end: CallEnd) => void;
  /** @default 15 min */
  readonly idleMsMax?: number;
}

/** The way from inside a sandbox to a model: the key stays outside, and each call is asked for and counted. */
export interface Meter {
  readonly socketPath: string;
  /** What an agent has in place of the key: it opens this meter and nothing else. */
  readonly key: string;
  /** Ends all connections and removes the socket. Then all that was let through has been told. */
  close(): Promise<void>;
}

/** Opens a meter on a Unix socket; the relay shows it to the agent as the provider's own address. @throws where the URL is none */
export async function openMeter(options: MeterOptions): Promise<Meter> {
  const headers = Object.values(options.upstreams).flatMap((each) => Object.values(each.headers));
  const secrets = headers.flatMap((value) => [value, value.replace(/^\w+ /, "")]);
  const masker = createMasker(secrets, { patterns: false });
  const idleMsMax = options.idleMsMax ?? IDLE_MS_MAX;
  const upstreams = Object.entries(options.upstreams).map(([prefix, each]) => ({
    prefix,
    upstream: { baseUrl: new URL(each.baseUrl), headers: each.headers, masker, idleMsMax },
  }));
  const handler = new CallHandler(options, upstreams, masker);
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: 30_000,
    requestTimeout: REQUEST_MS_MAX,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on("request", (request, response) => handler.handle(request, response));
  const { path, close } = await listenPrivately(server, options.folder, "meter");
  return {
    socketPath: path,
    key: handler.key,
    async close() {
      await close((socket) => socket.destroy());
      await handler.settled();
    },
  };
}

/** Where calls go whose path begins so. */
interface Placed {
  readonly prefix: string;
  readonly upstream: Upstream;
}

const NOWHERE = { status: 403, reason: "osqr knows no provider at this address" };

class CallHandler {
  readonly key = `osqr-${randomBytes(24).toString("hex")}`;
  readonly #options: MeterOptions;
  readonly #upstreams: readonly Placed[];
  readonly #masker: Masker;
  readonly #bound = new InputBound();
  readonly #open = new Set<Promise<void>>();
  #calls = 0;
  #heldBytes = 0;

  constructor(options: MeterOptions, upstreams: readonly Placed[], masker: Masker) {
    this.#options = options;
    this.#upstreams = upstreams;
    this.#masker = masker;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const handled = this.#answer(request, response);
    this.#open.add(handled);
    void handled.finally(() => this.#open.delete(handled));
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on("error", () => response.destroy()); // Whoever asked is gone.
    response.on("error", () => response.destroy());
    try {
      await this.#handle(request, response);
    } catch (error) {
      answerError(response, 503, `osqr: ${this.#masker.mask(toReason(error))}`);
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(`http://meter${(request.url ?? "/").replace(/^[^/]/, "/$&")}`);
    if (!findKeys(request, url).some((key) => isSameSecret(key, this.key))) {
      answerError(response, 401, "osqr: expected the key that this attempt was given");
      return;
    }
    if ((request.headers["content-encoding"] ?? "identity") !== "identity") {
      answerError(response, 400, "osqr: expected a body that is not compressed");
      return;
    }
    const body = await this.#readBody(request);
    try {
      if (body === null) answerError(response, 413, "osqr: the request is too large");
      else await this.#carry(request, response, { url, body });
    } finally {
      this.#heldBytes -= body?.length ?? 0;
    }
  }

  async #carry(
    request: IncomingMessage,
    response: ServerResponse,
    { url, body }: { readonly url: URL; readonly body: Buffer },
  ): Promise<void> {
    url.searchParams.delete("key");
    // As it was sent: a URL that was read would hide what was odd about it.
    const whole = (request.url ?? "").split(/[?#]/, 1)[0] ?? "";
    const place = this.#upstreams.find(({ prefix }) => prefix === "" || whole.startsWith(`${prefix}/`));
    const path = whole.slice(place?.prefix.length ?? 0);
    const recognised = recogniseCall(request.method ?? "", path, body);
    if (place === undefined || recognised.kind === "refused") {
      const told = recognised.kind === "refused" ? recognised : NOWHERE;
      answerError(response, told.status, told.reason);
      return;
    }
    const { upstream } = place;
    const to = { request, response, path: `${path}${url.search}` };
    if (recognised.kind === "free") {
      await carryCall(upstream, { ...to, body, model: null });
      return;
    }
    await this.#meter(upstream, recognised.call, to);
  }

  async #meter(
    upstream: Upstream,
    read: ReadCall,
    to: Pick<Parameters<typeof carryCall>[1], "request" | "response" | "path">,
  ): Promise<void> {
    this.#calls += 1;
    const { model, outputTokensMax, texts } = read;
    const inputTokensMax = this.#bound.find(model, texts);
    const call: MeteredCall = { model, inputTokensMax, outputTokensMax, id: this.#calls };
    const admission = await this.#options.admit(call);
    if (typeof admission === "string") {
      answerError(to.response, 402, admission);
      return;
    }
    const body = admission === null ? read.body : read.limitOutput(admission);
    const end = await carryCall(upstream, { ...to, body, model });
    const { inputTokens } = end.usage;
    if (end.outcome === "done" && inputTokens !== null) this.#bound.learn(model, texts, inputTokens);
    this.#options.onEnd(call, end);
  }

  /** Null where it is too large, or too much is held already. */
  async #readBody(request: IncomingMessage): Promise<Buffer | null> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      this.#heldBytes += chunk.length;
      if (bytes > BODY_BYTES_MAX || this.#heldBytes > HELD_BYTES_MAX) {
        this.#heldBytes -= bytes;
        return null;
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

/** Where the clients of the providers put their key. */
function findKeys({ headers }: IncomingMessage, url: URL): string[] {
  return [
    headers.authorization?.replace(/^Bearer /i, ""),
    headers["x-api-key"],
    headers["x-goog-api-key"],
    headers["api-key"],
    url.searchParams.get("key"),
  ].filter((key) => typeof key === "string");
}
