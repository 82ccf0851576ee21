/** What a shell command does, as far as it can be read. */
import type { Collector } from "./collector.ts";
import { quote } from "./quote.ts";
import { recogniseWrite } from "./recognise-path.ts";
import { recogniseWords } from "./recognise-words.ts";
import { DANGEROUS_VARIABLE, LOADERS } from "./shell/dangers.ts";
import { readShell } from "./shell/read.ts";
import type { Command, List, SimpleCommand, Word } from "./shell/types.ts";
import { INTERPRETERS, nameProgram, SHELLS, unwrap } from "./shell/unwrap.ts";
import { type Bases, type Step, walkList } from "./shell/walk.ts";
import type { Places } from "./types.ts";

const RUNNERS: ReadonlySet<string> = new Set(["eval", "source", "."]);
/** How deep texts are followed that shells are given to run. */
const DEPTH_MAX = 6;

interface Reading {
  readonly places: Places;
  readonly into: Collector;
  readonly depth: number;
  readonly hasLoop: boolean;
}

/** Notes all that a command does. */
export function recogniseCommand(command: string, places: Places, into: Collector): void {
  const { list, problem, hasLoop } = readShell(command);
  if (problem === null) walk(list, [""], { places, into, depth: 0, hasLoop });
  else into.addUnknown(`the command cannot be read: ${problem}`);
}

function walk(list: List, bases: Bases, reading: Reading): void {
  const { places, hasLoop } = reading;
  walkList(list, bases, { folders: places, hasLoop, visit: (step) => recogniseStep(step, reading) });
}

function recogniseStep(step: Step, reading: Reading): void {
  const { into } = reading;
  const { command, bases } = step;
  for (const { operator, target } of command.redirects) {
    if (/^<&|^>&/.test(operator) && /^(?:\d+|-)$/.test(target.text)) continue;
    if (operator !== "<" && operator !== "<<<")
      recogniseTarget(target, toContent(command, operator), bases, reading);
  }
  noteRemote(command, into);
  const inner = unwrap(command);
  if (inner.kind === "unknown") {
    into.addUnknown(`the command cannot be read: ${inner.why}`);
    // What can be seen in it is said all the same.
    recogniseWords(command.words, step, reading);
    return;
  }
  for (const { name } of [...command.env, ...inner.env])
    if (DANGEROUS_VARIABLE.test(name)) into.addUnknown(`${name} is set, which changes what runs`);
  if (inner.kind === "input") recogniseInput(inner.program, step, into);
  else if (inner.kind === "script") {
    if (reading.depth >= DEPTH_MAX) into.addUnknown("the command cannot be read: too many levels");
    else walk(inner.list, bases, { ...reading, depth: reading.depth + 1 });
  } else if (inner.words.length > 0) {
    recogniseWords(inner.words, step, reading);
    for (const words of listExecuted(inner.words))
      recogniseStep(
        { ...step, command: { ...command, words, env: [], redirects: [], documents: [] } },
        reading,
      );
  }
}

/** What `find -exec` and `fd -x` start, with something unknown in place of what is found. */
function listExecuted(words: readonly Word[]): readonly (readonly Word[])[] {
  if (!/^(?:find|fd|fdfind)$/.test(nameProgram(words[0]?.text ?? ""))) return [];
  return words.flatMap(({ text }, at) => {
    if (!/^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/.test(text)) return [];
    const end = words.findIndex((word, place) => place > at && /^[;+]$/.test(word.text));
    const inner = words.slice(at + 1, end === -1 ? undefined : end);
    const found = inner.map((word) => (word.text.includes("{") ? { ...word, isLiteral: false } : word));
    return [text.startsWith("-exec") || text.startsWith("-ok") ? found : [...found, FOUND]];
  });
}

const FOUND: Word = { text: "$found", isLiteral: false, isWild: false, nested: [] };

/** The new text of a file where `cat > file <<EOF` tells it. */
function toContent({ words, documents, redirects }: SimpleCommand, operator: string): string | null {
  const isPlainCat = words.length === 1 && words[0]?.text === "cat" && redirects.length === 1;
  return isPlainCat && operator === ">" && documents.length === 1 ? (documents[0] ?? null) : null;
}

/** A file that output goes to. */
function recogniseTarget(
  target: Word,
  content: string | null,
  bases: Bases,
  { places, into }: Reading,
): void {
  if (/^\/dev\/(?:null|stdout|stderr|tty|fd\/\d+)$/.test(target.text) && target.isLiteral) return;
  if (target.nested.length > 0 && target.text.startsWith(">(")) return;
  if (!target.isLiteral || target.isWild || bases === null) into.addUnknown("where output goes is not known");
  else
    for (const base of bases)
      recogniseWrite({ change: "edit", path: target.text, content, base }, places, into);
}

/** `sh <(curl …)`, `eval "$(curl …)"`, `python -c "$(curl …)"`. */
function noteRemote({ words }: SimpleCommand, into: Collector): void {
  const program = nameProgram(words[0]?.text ?? "");
  const isRunning = RUNNERS.has(program) || SHELLS.has(program) || INTERPRETERS.has(program);
  if (isRunning && words.some(({ nested }) => nested.some(isListLoading)))
    into.addHazard("remote_code", `${program} runs what is loaded from the network`);
}

/** A shell or an interpreter that runs what comes to it. */
function recogniseInput(program: string, { command, feeders, bases }: Step, into: Collector): void {
  const file = command.redirects.find(({ operator }) => operator === "<");
  if (feeders.some(isLoading))
    into.addHazard("remote_code", `${program} runs what is loaded from the network`);
  else if (feeders.length > 0) into.addUnknown(`${program} runs what another command prints`);
  else if (file === undefined) into.addUnknown(`${program} runs what is typed to it`);
  else
    into.addNote(`${program} runs ${quote(file.target.text)} (${bases?.join(", ") ?? "folder not known"})`);
}

/** True where some command in it loads from the network. */
const isListLoading = (list: List): boolean => list.some(({ commands }) => commands.some(isLoading));

function isLoading(command: Command): boolean {
  if (command.kind === "group") return isListLoading(command.list);
  return command.words.some(
    ({ text, nested }) => LOADERS.has(nameProgram(text)) || nested.some(isListLoading),
  );
}
