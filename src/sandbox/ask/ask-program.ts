/**
 * The program behind `osqr-ask` and `osqr-progress`. It runs inside the sandbox, where nothing of osqr is installed, so it is one
 * self-contained text for Node. Exit codes: 0 answered, 1 no door, 2 usage, 75 (EX_TEMPFAIL) the attempt is being ended
 * and its answer comes to the next one.
 */
export const ASK_PROGRAM = String.raw`import { connect } from "node:net";

const USAGE = 'usage: osqr-ask KEY "question" a="label" b="label" [--recommend a] [--default b --after 30m]';
const MINUTES = { s: 1 / 60, m: 1, h: 60, d: 1440 };
const [mode, ...args] = process.argv.slice(2);
const name = "osqr-" + mode;

function fail(code, message) {
  process.stderr.write(name + ": " + message + "\n");
  process.exit(code);
}

function readArguments(list) {
  const words = [];
  const flags = {};
  for (let i = 0; i < list.length; i += 1) {
    const word = list[i];
    if (word === "--help" || word === "-h") {
      process.stdout.write(USAGE + "\n");
      process.exit(0);
    }
    if (!["--recommend", "--default", "--after"].includes(word)) {
      if (word.startsWith("--")) fail(2, "unknown flag " + word + "; " + USAGE);
      words.push(word);
      continue;
    }
    const value = list[(i += 1)];
    if (value === undefined) fail(2, word + " needs a value; " + USAGE);
    flags[word.slice(2)] = value;
  }
  return { words, flags };
}

function readOption(word) {
  const at = word.indexOf("=");
  const id = word.slice(0, at);
  const label = word.slice(at + 1);
  if (at < 1 || label.trim() === "") fail(2, 'expected an option like a="label", got ' + JSON.stringify(word));
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(id)) {
    fail(2, "an option id is 1 to 32 of a-z, 0-9 and -, got " + JSON.stringify(id));
  }
  return { id, label, recommended: false };
}

function readMinutes(text) {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  const minutes = match === null ? 0 : Number(match[1]) * MINUTES[match[2]];
  if (minutes <= 0) fail(2, "--after takes a time like 90s, 30m, 2h or 1d, got " + JSON.stringify(text));
  return minutes;
}

function readAsk(list) {
  const { words, flags } = readArguments(list);
  const [key, question, ...rest] = words;
  if (key === undefined || question === undefined) fail(2, USAGE);
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(key)) {
    fail(2, "a KEY is 1 to 64 of A-Z, 0-9 and _, e.g. MODEL; got " + JSON.stringify(key));
  }
  if (question.trim() === "") fail(2, "the question is empty");
  const options = rest.map(readOption);
  if (options.length < 2) fail(2, "a question needs at least two options; " + USAGE);
  const ids = options.map((option) => option.id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) fail(2, "the option " + repeated + " is there twice");
  for (const flag of ["recommend", "default"]) {
    const id = flags[flag];
    if (id !== undefined && !ids.includes(id)) {
      fail(2, "--" + flag + " " + id + " is not one of the options " + ids.join(", "));
    }
  }
  if ((flags.default === undefined) !== (flags.after === undefined)) {
    fail(2, "--default and --after go together: --default b --after 30m");
  }
  return {
    op: "ask",
    key,
    question,
    options: options.map((option) => ({ ...option, recommended: option.id === flags.recommend })),
    default: flags.default ?? null,
    after_minutes: flags.after === undefined ? null : readMinutes(flags.after),
  };
}

function readProgress(list) {
  const text = list.join(" ").trim();
  if (text === "") fail(2, 'usage: osqr-progress "what is done"');
  return { op: "progress", text: text.slice(0, 1000) };
}

const request = mode === "ask" ? readAsk(args) : readProgress(args);
const door = process.env.OSQR_DOOR;
if (!door) fail(1, "OSQR_DOOR is not set: this works only inside an attempt of osqr");

const socket = connect(door);
let text = "";
socket.setEncoding("utf8");
socket.on("connect", () => socket.write(JSON.stringify(request) + "\n"));
socket.on("data", (chunk) => {
  text += chunk;
  const end = text.indexOf("\n");
  if (end !== -1) finish(JSON.parse(text.slice(0, end)));
});
socket.on("error", (error) => {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED") fail(1, "the door " + door + " is closed");
  fail(75, "no answer came: " + error.message);
});
socket.on("close", () => fail(75, "no answer came: the attempt is being ended"));

function finish(reply) {
  if (reply.ok) {
    process.stdout.write(reply.option === undefined ? "" : reply.option + "\n", () => process.exit(0));
    socket.removeAllListeners("close");
    return;
  }
  if (reply.code === "parked") fail(75, "the attempt is parked; the answer comes to the next one");
  fail(2, reply.message ?? "the question was refused");
}
`;
