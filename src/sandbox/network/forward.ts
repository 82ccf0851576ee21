import {
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type RequestOptions,
  type ServerResponse,
} from "node:http";
import type { AllowRule } from "../../core/network/allow-list.ts";
import { type NetworkTarget, parseTarget } from "../../core/network/host.ts";
import type { Resolve } from "./addresses.ts";
import type { Decisions } from "./decisions.ts";
import { judgeTarget, toPinnedLookup, toReason } from "./dial.ts";
import { keepEndToEnd } from "./headers.ts";

export interface ForwardWay {
  readonly rules: readonly AllowRule[];
  readonly resolve: Resolve;
  readonly decisions: Decisions;
  readonly idleMsMax: number;
}

/** Carries one plain request (`GET http://host/path`) to its host and the reply back. */
export async function forwardRequest(
  way: ForwardWay,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? "";
  const parts = /^http:\/\/([^/?#]*)([/?][^#]*)?$/i.exec(url);
  const target = parts === null ? null : parseTarget(parts[1] ?? "", 80);
  if (target === null) {
    answer(response, 400, way.decisions.malformed(parts?.[1] ?? url));
    return;
  }
  const verdict = await judgeTarget(target, way.rules, way.resolve);
  way.decisions.tell(target, verdict);
  if (verdict.kind !== "allowed") {
    answer(response, verdict.kind === "denied" ? 403 : 502, toText(target, verdict.reason));
    return;
  }
  const path = parts?.[2] ?? "/";
  const options: RequestOptions = {
    host: "judged.invalid",
    port: target.port,
    lookup: toPinnedLookup(verdict.addresses),
    agent: false,
    method: request.method,
    path: path.startsWith("/") ? path : `/${path}`,
    headers: { ...keepEndToEnd(request.headers), host: toHostHeader(target) },
    timeout: way.idleMsMax,
  };
  try {
    carry(request, response, { upstream: openRequest(options), target });
  } catch (error) {
    answer(response, 400, toText(target, toReason(error))); // A path with characters that no path has.
  }
}

interface Carried {
  readonly upstream: ClientRequest;
  readonly target: NetworkTarget;
}

function carry(request: IncomingMessage, response: ServerResponse, { upstream, target }: Carried): void {
  upstream.on("timeout", () => upstream.destroy(new Error("nothing came for too long")));
  upstream.on("error", (error) => {
    if (response.headersSent) response.destroy();
    else answer(response, 502, toText(target, toReason(error)));
  });
  upstream.on("response", (reply) => {
    reply.on("error", () => response.destroy());
    reply.on("aborted", () => response.destroy());
    try {
      response.writeHead(reply.statusCode ?? 502, keepEndToEnd(reply.headers));
      reply.pipe(response);
    } catch {
      response.destroy(); // A status or a header that cannot be passed on.
    }
  });
  response.once("close", () => upstream.destroy());
  request.on("error", () => upstream.destroy());
  request.pipe(upstream);
}

/** For whoever is inside: which host, and why not. */
export function toText({ host, port }: NetworkTarget, reason: string): string {
  return `osqr: ${host}:${port} cannot be reached: ${reason}\n`;
}

function toHostHeader({ host, port }: NetworkTarget): string {
  return port === 80 ? host : `${host}:${port}`;
}

/** Ends the connection too: of a request that is not carried the body may still be coming. */
function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", connection: "close" });
  response.end(text);
}
