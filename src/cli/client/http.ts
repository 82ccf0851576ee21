/** One request to the daemon, over plain node:http: it loads in a few ms, where `fetch` takes forty. */
import { type IncomingMessage, request } from "node:http";
import { OsqrError } from "../../core/errors.ts";
import { cleanAnswer } from "../text/plain.ts";

export interface Address {
  readonly port: number;
  readonly token: string | null;
}

export interface RequestOptions {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | readonly string[] | null | undefined>>;
  readonly body?: unknown;
  /** No answer for so long is the end; null: as long as it takes. */
  readonly timeoutMs?: number | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Longest answer that is read: a plan of thousands of specs is some MB. */
const ANSWER_BYTES_MAX = 256 * (1 << 20);

const TIMED_OUT = "ETIMEDOUT";

/** True where the other side took the request and said nothing. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof OsqrError && (error.cause as NodeJS.ErrnoException | undefined)?.code === TIMED_OUT;

/** Somebody stopped it, or it died. */
export function daemonGone(cause: unknown): OsqrError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OsqrError("daemon-gone", `the daemon does not answer: ${reason}`, {
    hints: ["try again: every command starts it when it is not there", "what it said: osqr doctor"],
    cause,
  });
}

function toPath({ path, query = {} }: RequestOptions): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    for (const item of typeof value === "object" ? value : [value]) parameters.append(name, String(item));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Sends a request and resolves when the head of the answer is there. @throws `daemon-gone` */
export function openRequest(address: Address, options: RequestOptions): Promise<IncomingMessage> {
  const { method = "GET", body, timeoutMs = null, signal } = options;
  const content = body === undefined ? null : JSON.stringify(body);
  const headers: Record<string, string> = { ...options.headers };
  if (address.token !== null) headers.Authorization = `Bearer ${address.token}`;
  if (content !== null) {
    headers["Content-Type"] = "application/json";
    headers["Content-Length"] = String(Buffer.byteLength(content));
  }
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: address.port,
        path: toPath(options),
        method,
        headers,
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      },
      resolve,
    );
    outgoing.on("error", (error) => reject(daemonGone(error)));
    if (timeoutMs !== null) {
      const late = () => Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: TIMED_OUT });
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(late()));
    }
    outgoing.end(content ?? undefined);
  });
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) throw new Error(`its answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    }
  } catch (error) {
    throw daemonGone(error);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The JSON answer to a request. `isRaw` false: every text in it is cleaned for a terminal.
 *
 * @throws the error that the daemon answered with, by its code; `daemon-gone`
 */
export async function requestJson<T>(address: Address, options: RequestOptions, isRaw: boolean): Promise<T> {
  const incoming = await openRequest(address, options);
  const text = await readText(incoming);
  const value = parseAnswer(text, isRaw);
  if (incoming.statusCode === 200) return value as T;
  throw toError(incoming.statusCode ?? 0, value);
}

/** The text of an answer as it is, for files. @throws the error that the daemon answered with; `daemon-gone` */
export async function requestText(address: Address, options: RequestOptions): Promise<string> {
  const incoming = await openRequest(address, options);
  if (incoming.statusCode !== 200) throw await readError(incoming);
  return readText(incoming);
}

/** The error that an answer which is not 200 carries. */
export async function readError(incoming: IncomingMessage): Promise<OsqrError> {
  return toError(incoming.statusCode ?? 0, parseAnswer(await readText(incoming), false));
}

function parseAnswer(text: string, isRaw: boolean): unknown {
  try {
    const answer: unknown = JSON.parse(text);
    return isRaw ? answer : cleanAnswer(answer);
  } catch (error) {
    throw daemonGone(new Error(`its answer is not JSON: ${text.slice(0, 100)}`, { cause: error }));
  }
}

function toError(status: number, value: unknown): OsqrError {
  const error = (value as { error?: unknown } | null)?.error;
  if (typeof error === "object" && error !== null) {
    const { code, message, hints } = error as { code?: unknown; message?: unknown; hints?: unknown };
    if (typeof code === "string" && typeof message === "string") {
      return new OsqrError(code, message, { hints: Array.isArray(hints) ? hints.map(String) : [] });
    }
  }
  return daemonGone(new Error(`HTTP status ${status}`));
}
