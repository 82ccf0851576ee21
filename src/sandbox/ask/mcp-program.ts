/**
 * The program behind `osqr-mcp`: an MCP server for the agent that starts it, over stdin and stdout. All it does is carry bytes to the
 * attempt's door and back, so it works with the network off and knows nothing that is not the agent's anyway. Self-contained text for
 * Node, like `osqr-ask`. Exit codes: 0 the agent closed it, 1 no door or refused, 75 (EX_TEMPFAIL) the attempt is being ended.
 */
export const MCP_PROGRAM = String.raw`import { connect } from "node:net";

const REPLY_BYTES_MAX = 65536;

function fail(code, message) {
  process.stderr.write("osqr-mcp: " + message + "\n");
  process.exit(code);
}

const door = process.env.OSQR_DOOR;
const token = process.env.OSQR_MCP_TOKEN;
if (!door) fail(1, "OSQR_DOOR is not set: this works only inside an attempt of osqr");
if (!token) fail(1, "OSQR_MCP_TOKEN is not set: an agent of osqr gets it with the server's definition");

const socket = connect(door);
let isClosing = false;
let isOpen = false;
let head = Buffer.alloc(0);

socket.on("connect", () => {
  socket.write(JSON.stringify({ op: "mcp", token }) + "\n");
  process.stdin.pipe(socket);
});
socket.on("data", readReply);
socket.on("error", (error) => {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") fail(1, "the door " + door + " is closed");
  if (!isClosing) fail(75, "the connection is lost: " + error.message);
});
socket.on("close", () => {
  if (!isClosing) fail(75, isOpen ? "the attempt is being ended" : "no reply came: the attempt is being ended");
  process.exitCode = 0;
});
process.stdin.on("end", () => {
  isClosing = true;
});
process.stdin.on("error", () => socket.destroy());
process.stdout.on("error", () => process.exit(0));

function readReply(chunk) {
  head = Buffer.concat([head, chunk]);
  const end = head.indexOf(10);
  if (end === -1) {
    if (head.length > REPLY_BYTES_MAX) fail(1, "the door " + door + " is none of osqr's");
    return;
  }
  socket.off("data", readReply);
  const reply = JSON.parse(head.subarray(0, end).toString("utf8"));
  if (!reply.ok) fail(reply.code === "parked" ? 75 : 1, reply.message ?? "the attempt is being ended");
  isOpen = true;
  if (head.length > end + 1) process.stdout.write(head.subarray(end + 1));
  head = Buffer.alloc(0);
  socket.pipe(process.stdout);
}
`;
