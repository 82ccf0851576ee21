import { SEARCH_SOURCE } from "./search-source.ts";

/**
 * The program that does an agent's file and shell work inside the sandbox, where nothing of osqr is installed: one self-contained
 * text for Node. `node tools.mjs <work tree>` reads requests from stdin and writes replies to stdout, a line of JSON each:
 *
 *   {"id":1,"op":"read","path":"a.ts","offset":1,"limit":200}  -> {"id":1,"ok":true,"text":"…"}
 *   {"id":2,"op":"run","command":"npm test","timeoutMs":60000} -> {"id":2,"ok":true,"text":"…"}
 *   {"id":3,"op":"edit","path":"../x", …}                       -> {"id":3,"ok":false,"text":"why not"}
 *
 * What commands print also goes to stderr, the attempt's log. At the end of its input it kills what still runs and exits: with the code of
 * the last `exit` request, else 0. Each reply is bounded; paths are confined to the tree; listing and searching happen in a thread
 * that can be ended, so that no pattern can hold it up.
 */
export const TOOL_PROGRAM = String.raw`import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { StringDecoder } from "node:string_decoder";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const REQUEST_BYTES_MAX = 8 * 1024 * 1024;
const READ_BYTES_MAX = 4 * 1024 * 1024;
const TEXT_BYTES_MAX = 48 * 1024;
const HEAD_BYTES = 12 * 1024;
const TAIL_BYTES = 20 * 1024;
const LINE_CHARS_MAX = 2000;
const MATCH_CHARS_MAX = 300;
const MATCHES_MAX = 200;
const NAMES_MAX = 500;
const WALK_MAX = 100_000;
const SEARCH_FILE_BYTES_MAX = 1024 * 1024;
const SEARCH_MS = 20_000;
const DRAIN_MS = 1_000;
const KILL_MS = 1_000;
const SKIPPED = new Set([".git", "node_modules"]);

class Refused extends Error {}
const refuse = (text) => {
  throw new Refused(text);
};

const root = fs.realpathSync(isMainThread ? process.argv[2] : workerData.root);

/** The real place of a path, which must lie in the tree, and its name relative to it. */
function locate(given) {
  const whole = path.resolve(root, given);
  const rest = [];
  let existing = whole;
  let real = null;
  while (real === null) {
    try {
      real = fs.realpathSync(existing);
    } catch (error) {
      if (error.code !== "ENOENT") refuse(given + " cannot be reached: " + error.code);
      if (fs.lstatSync(existing, { throwIfNoEntry: false }) !== undefined) refuse(given + " goes through a link to nothing");
      rest.unshift(path.basename(existing));
      existing = path.dirname(existing);
    }
  }
  const place = path.join(real, ...rest);
  if (place !== root && !place.startsWith(root + path.sep)) refuse(given + " lies outside of the work tree");
  return { place, name: path.relative(root, place) || "." };
}

/** Null where there is nothing. */
function statFile({ place, name }) {
  const info = fs.statSync(place, { throwIfNoEntry: false });
  if (info === undefined) return null;
  if (info.isDirectory()) refuse(name + " is a folder; expected a file");
  if (!info.isFile()) refuse(name + " is no regular file");
  return info;
}

/** The text of a file, exactly: what is not UTF-8 is refused. */
function readText(found) {
  const info = statFile(found);
  if (info === null) refuse(found.name + " does not exist");
  if (info.size > READ_BYTES_MAX) refuse(found.name + " has " + info.size + " bytes, more than " + READ_BYTES_MAX);
  const bytes = fs.readFileSync(found.place);
  const text = bytes.toString("utf8");
  if (bytes.includes(0) || !Buffer.from(text).equals(bytes)) refuse(found.name + " is no UTF-8 text");
  return text;
}

/** Cuts a text to a number of bytes at the end of a character. */
function cut(text, bytesMax) {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  return new StringDecoder("utf8").write(bytes.subarray(0, bytesMax));
}

function read({ path: given, offset, limit }) {
  const found = locate(given);
  const text = readText(found);
  if (text === "") return "[" + found.name + " is empty]";
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (offset > lines.length) refuse(found.name + " has " + lines.length + " lines; offset " + offset + " is behind them");
  const shown = [];
  let bytes = 0;
  for (const line of lines.slice(offset - 1, offset - 1 + limit)) {
    const kept = line.length > LINE_CHARS_MAX ? line.slice(0, LINE_CHARS_MAX) + " [line cut]" : line;
    bytes += Buffer.byteLength(kept) + 1;
    if (bytes > TEXT_BYTES_MAX && shown.length > 0) break;
    shown.push(kept);
  }
  const last = offset - 1 + shown.length;
  if (offset === 1 && last === lines.length) return shown.join("\n");
  const more = last < lines.length ? "; read on with offset " + (last + 1) : "";
  return shown.join("\n") + "\n[lines " + offset + " to " + last + " of " + lines.length + more + "]";
}

/** What a write would do, before anybody is asked whether it may. */
function check({ path: given }) {
  const found = locate(given);
  return JSON.stringify({ name: found.name, exists: statFile(found) !== null });
}

function write({ path: given, content }) {
  const found = locate(given);
  const isThere = statFile(found) !== null;
  fs.mkdirSync(path.dirname(found.place), { recursive: true });
  fs.writeFileSync(found.place, content);
  return (isThere ? "replaced " : "created ") + found.name + " (" + Buffer.byteLength(content) + " bytes)";
}

function edit({ path: given, oldText, newText, all }) {
  const found = locate(given);
  const text = readText(found);
  const parts = text.split(oldText);
  const count = parts.length - 1;
  if (count === 0) refuse("the old text is not in " + found.name + "; read the file and copy it exactly, with its white space");
  if (count > 1 && !all) refuse("the old text is " + count + " times in " + found.name + "; give more of what is around it, or set replace_all");
  fs.writeFileSync(found.place, parts.join(newText));
  return "replaced " + count + (count === 1 ? " place in " : " places in ") + found.name;
}

/** Groups of commands that run: each ends with this program. */
const groups = new Set();
function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // Gone already.
  }
}

/** The first and the last bytes of an output. */
class Kept {
  head = [];
  headBytes = 0;
  tail = [];
  tailBytes = 0;
  bytes = 0;
  add(chunk) {
    this.bytes += chunk.length;
    const room = HEAD_BYTES - this.headBytes;
    if (room > 0) {
      this.head.push(chunk.subarray(0, room));
      this.headBytes += Math.min(room, chunk.length);
    }
    if (chunk.length <= room) return;
    this.tail.push(chunk.subarray(Math.max(0, room)));
    this.tailBytes += chunk.length - Math.max(0, room);
    while (this.tailBytes - this.tail[0].length >= TAIL_BYTES) this.tailBytes -= this.tail.shift().length;
  }
  text() {
    const tail = Buffer.concat(this.tail);
    const kept = tail.subarray(Math.max(0, tail.length - TAIL_BYTES));
    const dropped = this.bytes - this.headBytes - kept.length;
    if (dropped === 0) return Buffer.concat([...this.head, kept]).toString("utf8");
    return Buffer.concat(this.head).toString("utf8") + "\n[… " + dropped + " bytes left out …]\n" + kept.toString("utf8");
  }
}

/**
 * The command runs in a group of its own behind a real pipe (Node's are sockets, which cannot be opened as /dev/stderr). Its exit code
 * comes on descriptor 3, so that what it leaves in the background does not keep it waiting: that is ended with it.
 */
const SHELL = '( bash -o pipefail -c "$1" 3>&-; echo $? >&3 ) 2>&1 < /dev/null | cat 3>&-';

function run({ command, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", SHELL, "osqr", command], {
      cwd: root,
      detached: true,
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    child.once("error", (error) => reject(new Refused("bash could not be started: " + error.code)));
    if (child.pid === undefined) return;
    groups.add(child.pid);
    const kept = new Kept();
    let code = null;
    let timedOut = false;
    let killer = null;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid, "SIGTERM");
      killer = setTimeout(() => killGroup(child.pid, "SIGKILL"), KILL_MS);
    }, timeoutMs);
    child.stdout.on("data", (chunk) => {
      kept.add(chunk);
      process.stderr.write(chunk);
    });
    child.stdio[3].on("data", (chunk) => {
      code = (code ?? "") + chunk.toString("latin1");
      clearTimeout(killer);
      killer = setTimeout(() => killGroup(child.pid, "SIGKILL"), DRAIN_MS);
    });
    child.once("close", () => {
      clearTimeout(timer);
      clearTimeout(killer);
      killGroup(child.pid, "SIGKILL");
      groups.delete(child.pid);
      const end = timedOut
        ? "[ended after " + timeoutMs / 1000 + " s: it ran too long]"
        : "[exit " + (code === null ? "unknown: it was killed" : code.trim()) + "]";
      const text = kept.text();
      resolve(text + (text === "" || text.endsWith("\n") ? "" : "\n") + end);
    });
  });
}

${SEARCH_SOURCE}
/** Lists or searches in a thread, so that a pattern that never ends can be ended. */
function inThread(request) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { root, request },
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    const fail = (text) => reject(new Refused(text));
    const timer = setTimeout(() => {
      fail("it took longer than " + SEARCH_MS / 1000 + " s: narrow the pattern or the path");
      void worker.terminate();
    }, SEARCH_MS);
    worker.once("message", ({ ok, text }) => (ok ? resolve(text) : fail(text)));
    worker.once("error", (error) => fail("it failed: " + error.message));
    worker.once("exit", () => {
      clearTimeout(timer);
      fail("it ended without a result");
    });
  });
}

let exitCode = 0;
const OPS = {
  read,
  check,
  write,
  edit,
  run,
  list: inThread,
  search: inThread,
  exit: ({ code }) => {
    exitCode = code;
    return "";
  },
};

async function answer(line) {
  const request = JSON.parse(line);
  let reply = null;
  try {
    reply = { id: request.id, ok: true, text: await OPS[request.op](request) };
  } catch (error) {
    const text = error instanceof Refused ? error.message : "failed: " + (error.code ?? error.message);
    reply = { id: request.id, ok: false, text };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}

function end(code) {
  for (const pid of groups) killGroup(pid, "SIGKILL");
  process.exit(code);
}

function serve() {
  let chunks = [];
  let bytes = 0;
  process.on("SIGTERM", () => end(143));
  process.stdin.on("data", (chunk) => {
    let rest = chunk;
    for (let at = rest.indexOf(10); at !== -1; at = rest.indexOf(10)) {
      const line = Buffer.concat([...chunks, rest.subarray(0, at)]).toString("utf8");
      chunks = [];
      bytes = 0;
      rest = rest.subarray(at + 1);
      void answer(line);
    }
    chunks.push(rest);
    bytes += rest.length;
    if (bytes > REQUEST_BYTES_MAX) end(70);
  });
  process.stdin.on("end", () => end(exitCode));
  process.stdin.on("error", () => end(71));
}

function work() {
  const { request } = workerData;
  try {
    parentPort.postMessage({ ok: true, text: request.op === "list" ? list(request) : search(request) });
  } catch (error) {
    parentPort.postMessage({ ok: false, text: error instanceof Refused ? error.message : "failed: " + error.message });
  }
}

if (isMainThread) serve();
else work();
`;
