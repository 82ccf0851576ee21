/**
 * A small reader of shell commands: separators, pipes, quotes, substitutions, subshells, here-documents, the keywords of `if` and
 * loops. It is no shell. What it does not know it does not guess: it says so, and whoever asks for permission with such a command
 * has to wait for a person.
 */
import { hidesCharacters } from "../paths.ts";
import type { Command, List, Pipeline, Redirect, ShellReading, SimpleCommand, Word } from "./types.ts";
import { fail, readWord, type Source, Unreadable } from "./words.ts";

const CHARS_MAX = 20_000;
const DEPTH_MAX = 8;
const COMMANDS_MAX = 300;

/** Words that begin, part or end a compound command; what follows on them is a command. */
export const OPENERS: ReadonlySet<string> = new Set("if then elif else while until do ! {".split(" "));
const CLOSERS: ReadonlySet<string> = new Set(["fi", "done", "}"]);
const LOOPS: ReadonlySet<string> = new Set(["while", "until", "for", "select"]);
const STRANGE: ReadonlySet<string> = new Set("case esac function select coproc [[ ((".split(" "));
const LONG_OPERATORS = ["&>>", "<<<", "<<-", "&&", "||", "|&", ">>", "<<", "<>", ">|", "&>", ">&", "<&"];
const REDIRECTS: ReadonlySet<string> = new Set(">,>>,<,<>,>|,&>,&>>,>&,<&,<<<,<<,<<-".split(","));

interface Reader extends Source {
  depth: number;
  /** Here-documents whose text begins after this line. */
  readonly pending: {
    readonly end: string;
    readonly isRaw: boolean;
    readonly into: string[];
    readonly tabs: boolean;
  }[];
  readonly shared: { commands: number; hasLoop: boolean };
}

/** Reads a command. `problem` says what is in the way where it cannot be read as a whole. */
export function readShell(text: string): ShellReading {
  const shared = { commands: 0, hasLoop: false };
  const failed = (problem: string): ShellReading => ({ list: [], problem, hasLoop: shared.hasLoop });
  if (text.trim() === "") return failed("it is empty");
  if (text.length > CHARS_MAX) return failed(`it is longer than ${CHARS_MAX} characters`);
  if (/[\0-\x08\x0b-\x1f\x7f]/.test(text) || hidesCharacters(text)) return failed("it hides characters");
  try {
    return { list: readText(text, 0, shared), problem: null, hasLoop: shared.hasLoop };
  } catch (error) {
    if (error instanceof Unreadable) return failed(error.message);
    throw error;
  }
}

function readText(text: string, depth: number, shared: Reader["shared"]): List {
  if (depth > DEPTH_MAX) fail("too many levels");
  const reader: Reader = {
    text,
    at: 0,
    depth,
    pending: [],
    shared,
    readNested: () => {
      if (reader.depth >= DEPTH_MAX) fail("too many levels");
      reader.depth += 1;
      const list = readList(reader, ")");
      reader.depth -= 1;
      return list;
    },
    readText: (inner) => readText(inner, depth + 1, shared),
  };
  return readList(reader, "");
}

/** Reads up to `end` ("" for the end of the text) and takes it. */
function readList(reader: Reader, end: "" | ")"): List {
  const list: Pipeline[] = [];
  let after: Pipeline["after"] = "";
  for (;;) {
    skipBlanks(reader);
    const operator = peekOperator(reader);
    if (operator === ")" || operator === "end") {
      if (operator !== (end === "" ? "end" : end)) fail("brackets that do not match");
      if (operator === ")") reader.at += 1;
      else takeDocuments(reader);
      return list;
    }
    if (operator === "\n" || operator === ";" || operator === "&" || operator === "&&" || operator === "||") {
      reader.at += operator.length;
      if (operator === "\n") takeDocuments(reader);
      // A newline after && or || goes on with it.
      if (operator !== "\n") after = operator;
      else if (after !== "&&" && after !== "||") after = ";";
      continue;
    }
    list.push({ after: list.length === 0 ? "" : after, commands: readPipeline(reader) });
    after = ";";
  }
}

function readPipeline(reader: Reader): readonly Command[] {
  const commands = [readCommand(reader)];
  for (;;) {
    skipBlanks(reader);
    const operator = peekOperator(reader);
    if (operator !== "|" && operator !== "|&") return commands;
    reader.at += operator.length;
    for (skipBlanks(reader); reader.text[reader.at] === "\n"; skipBlanks(reader)) {
      reader.at += 1;
      takeDocuments(reader);
    }
    commands.push(readCommand(reader));
  }
}

function readCommand(reader: Reader): Command {
  reader.shared.commands += 1;
  if (reader.shared.commands > COMMANDS_MAX) fail(`more than ${COMMANDS_MAX} commands`);
  if (peekOperator(reader) === "(") {
    if (reader.text[reader.at + 1] === "(") fail("arithmetic");
    reader.at += 1;
    return { kind: "group", list: reader.readNested(), redirects: readRedirects(reader) };
  }
  return readSimple(reader);
}

/** Stands for `for name in words`: it runs nothing, its words are read. */
const NOTHING: Word = { text: "true", isLiteral: true, isWild: false, nested: [] };

function readSimple(reader: Reader): SimpleCommand {
  const env: { name: string; value: Word }[] = [];
  const words: Word[] = [];
  const redirects: Redirect[] = [];
  const documents: string[] = [];
  let hasKeyword = false;
  for (;;) {
    skipBlanks(reader);
    if (takeRedirect(reader, redirects, documents)) continue;
    if (peekOperator(reader) !== "word") break;
    const start = reader.at;
    const word = readWord(reader);
    const raw = reader.text.slice(start, reader.at);
    const isFirst = words.length + env.length + redirects.length === 0;
    const assigned = words.length === 0 ? toAssignment(word, raw) : null;
    if (assigned !== null) env.push(assigned);
    else if (isFirst && isKeyword(reader, raw)) hasKeyword = true;
    else words.push(isFirst && raw === "for" ? NOTHING : word);
  }
  if (words.length + env.length + redirects.length + documents.length === 0 && !hasKeyword)
    fail("an operator without a command");
  return { kind: "simple", env, words, redirects, documents };
}

/** True for a word of the shell's own that begins, parts or ends a compound command. */
function isKeyword(reader: Reader, raw: string): boolean {
  if (STRANGE.has(raw)) fail(`${raw} is not read`);
  if (LOOPS.has(raw)) reader.shared.hasLoop = true;
  return OPENERS.has(raw) || CLOSERS.has(raw);
}

function toAssignment(word: Word, raw: string): { name: string; value: Word } | null {
  const name = /^([A-Za-z_][A-Za-z0-9_]*)\+?=/.exec(raw.replaceAll("\\\n", ""))?.[1];
  if (name === undefined) return null;
  return { name, value: { ...word, text: word.text.slice(word.text.indexOf("=") + 1) } };
}

function readRedirects(reader: Reader): readonly Redirect[] {
  const redirects: Redirect[] = [];
  const documents: string[] = [];
  for (skipBlanks(reader); takeRedirect(reader, redirects, documents); skipBlanks(reader));
  if (documents.length > 0 || reader.pending.length > 0) fail("a here-document of a group");
  return redirects;
}

/** Takes `2>&1`, `> file`, `<<EOF` …; false: there is none. */
function takeRedirect(reader: Reader, redirects: Redirect[], documents: string[]): boolean {
  const numbered = /^(?:\d+|\{[A-Za-z_]\w*\})(?=[<>])/.exec(reader.text.slice(reader.at, reader.at + 50));
  const start = reader.at + (numbered?.[0].length ?? 0);
  const operator = operatorAt(reader.text, start);
  if (!REDIRECTS.has(operator)) return false;
  reader.at = start + operator.length;
  skipBlanks(reader);
  if (peekOperator(reader) !== "word") fail("a redirection to nowhere");
  const from = reader.at;
  const target = readWord(reader);
  if (operator !== "<<" && operator !== "<<-") redirects.push({ operator, target });
  else {
    if (!target.isLiteral) fail("a here-document with an odd end");
    const isRaw = /['"\\]/.test(reader.text.slice(from, reader.at));
    reader.pending.push({ end: target.text, isRaw, into: documents, tabs: operator === "<<-" });
  }
  return true;
}

/** At the start of a line: takes the texts of the here-documents that the line before announced. */
function takeDocuments(reader: Reader): void {
  for (const { end, isRaw, into, tabs } of reader.pending.splice(0)) {
    const lines: string[] = [];
    for (;;) {
      if (reader.at >= reader.text.length) fail("a here-document that does not end");
      const stop = reader.text.indexOf("\n", reader.at);
      const line = reader.text.slice(reader.at, stop === -1 ? undefined : stop);
      reader.at = stop === -1 ? reader.text.length : stop + 1;
      if ((tabs ? line.replace(/^\t+/, "") : line) === end) break;
      lines.push(line);
    }
    const text = lines.join("\n");
    if (!isRaw && /`|\$\(/.test(text)) fail("a command in a here-document");
    into.push(text);
  }
}

/** Blanks, line continuations and comments. */
function skipBlanks(reader: Reader): void {
  for (;;) {
    const rest = /^(?:[ \t]|\\\n)+/.exec(reader.text.slice(reader.at, reader.at + 1000));
    if (rest !== null) reader.at += rest[0].length;
    else if (reader.text[reader.at] === "#" && /^$|[ \t\n;&|()]/.test(reader.text[reader.at - 1] ?? "")) {
      const end = reader.text.indexOf("\n", reader.at);
      reader.at = end === -1 ? reader.text.length : end;
    } else return;
  }
}

/** The operator that stands here, `word` where a word begins, `end` where nothing is left. */
function peekOperator(reader: Reader): string {
  if (reader.at >= reader.text.length) return "end";
  return operatorAt(reader.text, reader.at) || "word";
}

function operatorAt(text: string, at: number): string {
  const long = LONG_OPERATORS.find((operator) => text.startsWith(operator, at));
  if (/^[<>]\($/.test(text.slice(at, at + 2))) return "";
  if (long !== undefined) return long;
  const char = text[at];
  return char !== undefined && ";&|()<>\n".includes(char) ? char : "";
}
