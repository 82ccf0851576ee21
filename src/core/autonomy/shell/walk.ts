/** Goes through the commands of a reading, with the folders that each of them may run in. */
import { type Folders, locatePath } from "../paths.ts";
import type { Command, List, Redirect, SimpleCommand, Word } from "./types.ts";

/** One command that is started. */
export interface Step {
  readonly command: SimpleCommand;
  /** Folders that it may run in, relative to the tree or absolute; null: one of them is not known. */
  readonly bases: Bases;
  /** What stands before it in its pipeline. */
  readonly feeders: readonly Command[];
}

export type Bases = readonly string[] | null;

const BASES_MAX = 8;

interface Walk {
  readonly folders: Folders;
  readonly hasLoop: boolean;
  readonly visit: (step: Step) => void;
}

/** Visits every command, those in substitutions first. Returns where the shell may be afterwards. */
export function walkList(list: List, bases: Bases, walk: Walk): Bases {
  let chain = bases;
  let current = bases;
  for (const { after, commands } of list) {
    if (after !== "&&") current = join(chain, current);
    if (after === ";" || after === "&") chain = current;
    const [only] = commands;
    // Only what is no part of a pipe changes where the shell is.
    if (commands.length === 1 && only !== undefined) current = walkCommand(only, current, walk, []);
    else
      for (const [at, command] of commands.entries())
        walkCommand(command, current, walk, commands.slice(0, at));
  }
  return join(chain, current);
}

function walkCommand(command: Command, bases: Bases, walk: Walk, feeders: readonly Command[]): Bases {
  if (command.kind === "group") {
    walkList(command.list, bases, walk);
    for (const { target } of command.redirects) walkWord(target, bases, walk);
    visitRedirects(command.redirects, bases, walk);
    return bases;
  }
  const values = command.env.map(({ value }) => value);
  const targets = command.redirects.map(({ target }) => target);
  for (const word of [...values, ...command.words, ...targets]) walkWord(word, bases, walk);
  walk.visit({ command, bases, feeders });
  return changeFolder(command.words, bases, walk);
}

function walkWord({ nested }: Word, bases: Bases, walk: Walk): void {
  for (const list of nested) walkList(list, bases, walk);
}

function visitRedirects(redirects: readonly Redirect[], bases: Bases, walk: Walk): void {
  if (redirects.length === 0) return;
  const command: SimpleCommand = { kind: "simple", env: [], words: [], redirects, documents: [] };
  walk.visit({ command, bases, feeders: [] });
}

/** Of `cd`: where it leads from each of the folders. */
function changeFolder(words: readonly Word[], bases: Bases, { folders, hasLoop }: Walk): Bases {
  const program = words[0]?.text;
  if (program === "popd") return null;
  if ((program !== "cd" && program !== "pushd") || bases === null) return bases;
  const target = words.slice(1).find(({ text }) => !/^-[A-Za-z]+$/.test(text));
  const isKnown = target?.isLiteral === true && !target.isWild && !/^[-+]/.test(target.text);
  if (target === undefined || !isKnown || (hasLoop && target.text.includes(".."))) return null;
  const after = new Set<string>();
  for (const base of bases) {
    const place = locatePath(target.text, folders, base);
    if (place.kind === "invalid") return null;
    if (place.kind === "inside") after.add(place.path);
    // `~` is a folder that is not known by its path.
    else after.add(/^[/~]/.test(place.path) ? place.path.replace(/^~/, "/~") : `/${base}/${place.path}`);
  }
  return after.size > BASES_MAX ? null : [...after];
}

function join(a: Bases, b: Bases): Bases {
  if (a === null || b === null) return null;
  const all = [...new Set([...a, ...b])];
  return all.length > BASES_MAX ? null : all;
}
