/** `docs/openapi.json`: the API as it is, without a running service. */
import { createApp, describeApi } from "./app.ts";
import { EventStreams } from "./event-stream.ts";

/** The OpenAPI document as text. */
export function renderApiReference(): string {
  const unused = (): never => {
    throw new Error("bug: the reference calls nothing");
  };
  // Routes are described when they are added; no handler is called for that.
  const service = new Proxy({}, { get: unused }) as Parameters<typeof createApp>[0]["service"];
  const source = { events: unused, subscribe: unused };
  const app = createApp({
    service,
    token: "unused",
    version: "unused",
    port: unused,
    streams: new EventStreams({ source }),
    onRequest: unused,
    onShutdown: unused,
    onBug: unused,
  });
  return `${JSON.stringify(describeApi(app), null, 2)}\n`;
}
