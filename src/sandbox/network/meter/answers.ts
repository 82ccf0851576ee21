import type { ServerResponse } from "node:http";

/** What the meter answers itself, in words that the clients of all providers understand: each finds its own fields. */
export function answerError(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({
    type: "error",
    error: {
      type: TYPES[status] ?? "api_error",
      code: status,
      status: STATES[status] ?? "UNAVAILABLE",
      message,
    },
  });
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    // Of a request that is not carried the body may still be coming. And none of these goes away by trying again.
    connection: "close",
    "x-should-retry": "false",
  });
  response.end(body);
}

const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  413: "request_too_large",
};

const STATES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  402: "RESOURCE_EXHAUSTED",
  403: "PERMISSION_DENIED",
  413: "INVALID_ARGUMENT",
};
