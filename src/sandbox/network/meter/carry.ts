import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Masker } from "../../../core/secrets/masker.ts";
import { toReason } from "../dial.ts";
import { keepEndToEnd } from "../headers.ts";
import { answerError } from "./answers.ts";
import { type ReadUsage, ReplyReader } from "./reply-reader.ts";

/** `done`: the reply came to its end. `cut`: it did not. `failed`: the provider refused, or was not reached: it costs nothing. */
export type CallOutcome = "done" | "cut" | "failed";

/** The provider, and what it is told beside what the agent says. */
export interface Upstream {
  readonly baseUrl: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the values of the headers. */
  readonly masker: Masker;
  readonly idleMsMax: number;
}

export interface CarriedCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** With its query, behind the base. */
  readonly path: string;
  readonly body: Buffer;
  readonly model: string | null;
}

/** How a call ended, and what is known of its use. */
export interface CallEnd extends ReadUsage {
  readonly outcome: CallOutcome;
}

/** Headers of an agent that stay behind: its key, and what is osqr's to say. */
const KEPT_BACK = new Set([
  ...["accept-encoding", "api-key", "authorization", "content-length", "cookie", "expect", "host"],
  ...["x-api-key", "x-goog-api-key"],
]);
/** Of a reply: its length changes where something is masked, and cookies are the provider's way to know the key again. */
const KEPT_BACK_REPLY = new Set(["content-length", "set-cookie"]);

/** Carries one call to the provider and the reply back, piece by piece, and reads what was used. Never throws. */
export async function carryCall(upstream: Upstream, call: CarriedCall): Promise<CallEnd> {
  const unknown = new ReplyReader("", call.model).end();
  // Whoever asked is gone already: nothing is sent.
  if (call.response.destroyed) return { ...unknown, outcome: "failed" };
  let reply: IncomingMessage;
  const sent = { isSent: false };
  try {
    reply = await ask(upstream, call, sent);
  } catch (error) {
    const reason = upstream.masker.mask(toReason(error));
    answerError(call.response, 502, `osqr: ${upstream.baseUrl.host} cannot be reached: ${reason}`);
    return { ...unknown, outcome: sent.isSent ? "cut" : "failed" };
  }
  const reader = new ReplyReader(reply.headers["content-type"] ?? "", call.model);
  try {
    call.response.writeHead(reply.statusCode ?? 502, toReplyHeaders(reply, upstream.masker));
    await pipeline(reply, toTap(reader, upstream.masker), call.response);
    return { ...reader.end(), outcome: (reply.statusCode ?? 502) < 400 ? "done" : "failed" };
  } catch {
    // The provider or the agent hung up: what was said until then counts.
    reply.destroy();
    call.response.destroy();
    return { ...reader.end(), outcome: (reply.statusCode ?? 502) < 400 ? "cut" : "failed" };
  }
}

/** Resolves when the reply begins. @param sent is told when a connection stands: from then on the provider may have begun */
function ask(
  upstream: Upstream,
  { request, response, path, body }: CarriedCall,
  sent: { isSent: boolean },
): Promise<IncomingMessage> {
  const { baseUrl, idleMsMax } = upstream;
  const isEncrypted = baseUrl.protocol === "https:";
  const open = isEncrypted ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked: ClientRequest = open({
      hostname: baseUrl.hostname.replace(/^\[|\]$/g, ""),
      port: baseUrl.port,
      method: request.method,
      path: `${baseUrl.pathname.replace(/\/$/, "")}${path}`,
      headers: toHeaders(request, upstream, body),
      timeout: idleMsMax,
    });
    asked.once("socket", (socket) => {
      const note = (): void => {
        sent.isSent = true;
      };
      if (socket.connecting) socket.once(isEncrypted ? "secureConnect" : "connect", note);
      else note();
    });
    asked.once("response", resolve);
    asked.on("error", reject);
    asked.on("timeout", () => asked.destroy(new Error("nothing came for too long")));
    // Whoever asked and went away costs no more.
    response.once("close", () => asked.destroy());
    asked.end(body);
  });
}

function toHeaders(
  request: IncomingMessage,
  { headers, baseUrl }: Upstream,
  body: Buffer,
): OutgoingHttpHeaders {
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const kept = Object.entries(keepEndToEnd(request.headers)).filter(([name]) => !KEPT_BACK.has(name));
  const length = request.method === "POST" ? { "content-length": body.length } : {};
  return {
    ...Object.fromEntries(kept),
    ...length,
    "accept-encoding": "identity",
    ...own,
    host: baseUrl.host,
  };
}

function toReplyHeaders(reply: IncomingMessage, masker: Masker): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(keepEndToEnd(reply.headers))
      .filter(([name]) => !KEPT_BACK_REPLY.has(name))
      .map(([name, value]) => [name, typeof value === "string" ? masker.mask(value) : value]),
  );
}

/** Passes each piece on as it comes, without what a provider might repeat of the key. */
function toTap(reader: ReplyReader, masker: Masker): Transform {
  const stream = masker.openStream();
  return new Transform({
    transform(chunk: Buffer, _, callback) {
      reader.write(chunk);
      callback(null, Buffer.from(stream.write(chunk.toString("latin1")), "latin1"));
    },
    flush(callback) {
      callback(null, Buffer.from(stream.end(), "latin1"));
    },
  });
}
