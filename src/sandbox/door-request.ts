import type { Socket } from "node:net";
import { type DoorRequest, parseDoorRequest, REQUEST_BYTES_MAX } from "./door-protocol.ts";

/** A connection that has not sent its request by then is closed. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Calls back once, with the first line or with why there is none. A connection that is to carry MCP is handed over with all that
 * came behind that line; of every other the rest is not even kept.
 */
export function readRequest(socket: Socket, onRequest: (request: DoorRequest) => void): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let isDone = false;
  const finish = (request: DoorRequest | null, rest: Buffer = Buffer.alloc(0)): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    chunks = [];
    if (request?.kind === "mcp") {
      socket.pause().off("data", read);
      if (rest.length > 0) socket.unshift(rest);
    }
    if (request !== null) onRequest(request);
  };
  const read = (chunk: Buffer): void => {
    if (isDone) return;
    const end = chunk.indexOf(10);
    const part = end === -1 ? chunk : chunk.subarray(0, end);
    bytes += part.length;
    if (bytes > REQUEST_BYTES_MAX) {
      finish({ kind: "refused", message: `a request is above ${REQUEST_BYTES_MAX} bytes` });
      return;
    }
    chunks.push(part);
    if (end === -1) return;
    finish(parseDoorRequest(Buffer.concat(chunks).toString("utf8")), chunk.subarray(end + 1));
  };
  const timer = setTimeout(() => {
    finish(null);
    socket.destroy();
  }, REQUEST_TIMEOUT_MS);
  socket.on("error", () => socket.destroy());
  socket.once("close", () => finish(null));
  socket.on("data", read);
}
