/** What programs write, move and delete that do nothing else. */
import { isGenerated } from "./classify-path.ts";
import type { Collector } from "./collector.ts";
import { locatePath } from "./paths.ts";
import { quote } from "./quote.ts";
import { type Change, noteProtected, recogniseWrite } from "./recognise-path.ts";
import { skipGlobals } from "./shell/dangers.ts";
import type { Word } from "./shell/types.ts";
import type { Step } from "./shell/walk.ts";
import type { Places } from "./types.ts";

/** More files than these in one command are many. */
export const DELETES_MAX = 10;

interface Reading {
  readonly places: Places;
  readonly into: Collector;
}

/** Programs that write what their words name: which words, and as what. */
const WRITERS: Readonly<Record<string, { change: Change; which: "all" | "last" }>> = {
  rm: { change: "delete", which: "all" },
  rmdir: { change: "delete", which: "all" },
  unlink: { change: "delete", which: "all" },
  del: { change: "delete", which: "all" },
  rimraf: { change: "delete", which: "all" },
  "git rm": { change: "delete", which: "all" },
  mv: { change: "move", which: "all" },
  "git mv": { change: "move", which: "all" },
  cp: { change: "edit", which: "last" },
  install: { change: "edit", which: "last" },
  rsync: { change: "edit", which: "last" },
  ln: { change: "edit", which: "all" },
  tee: { change: "edit", which: "all" },
  touch: { change: "edit", which: "all" },
  truncate: { change: "edit", which: "all" },
  sed: { change: "edit", which: "all" },
  dd: { change: "edit", which: "all" },
  chmod: { change: "edit", which: "all" },
};

/** Notes what a program writes. `rest`: its words. */
export function noteWrites(program: string, rest: readonly Word[], step: Step, reading: Reading): void {
  const { into } = reading;
  const name =
    program === "git"
      ? `git ${
          skipGlobals(
            program,
            rest.map(({ text }) => text),
          )[0] ?? ""
        }`
      : program;
  if (name === "apply_patch" || name === "git apply" || name === "patch") {
    notePatch(name, rest, step, reading);
    return;
  }
  const writer = Object.hasOwn(WRITERS, name) ? WRITERS[name] : undefined;
  if (writer === undefined) return;
  if (name === "sed" && !rest.some(({ text }) => /^-[a-zA-Z]*i|^--in-place/.test(text))) return;
  const operands = listOperands(name, rest);
  const written = writer.which === "last" ? operands.slice(-1) : operands;
  for (const word of written) noteWritten(name, word, writer.change, step, reading);
  if (writer.change === "delete") noteDeletes(name, rest, operands, reading);
  if (operands.length === 0) into.addNote(`${name} names no file`);
}

/** The words of a writer that are paths. */
function listOperands(name: string, rest: readonly Word[]): readonly Word[] {
  let words = name.startsWith("git ")
    ? rest.slice(rest.findIndex(({ text }) => text === name.slice(4)) + 1)
    : rest;
  const target = words.findIndex(({ text }) => /^(?:-t|--target-directory)$/.test(text));
  if (target !== -1)
    return [...words.filter((word) => !word.text.startsWith("-")), ...words.slice(target + 1, target + 2)];
  if (name === "dd") {
    words = words.filter(({ text }) => text.startsWith("of="));
    return words.map((word) => ({ ...word, text: word.text.slice(3) }));
  }
  const end = words.findIndex(({ text }) => text === "--");
  const named = end === -1 ? words : words.slice(0, end);
  const plain = [
    ...named.filter(({ text }) => !text.startsWith("-") || text === "-"),
    ...(end === -1 ? [] : words.slice(end + 1)),
  ];
  if (name === "chmod") return plain.slice(1);
  if (name === "truncate") return plain.slice(-1);
  // The script of sed comes first, unless -e brings it.
  return name === "sed"
    ? plain.slice(rest.some(({ text }) => /^(?:-[a-zA-Z]*e|--expression)/.test(text)) ? 0 : 1)
    : plain;
}

function noteWritten(
  name: string,
  word: Word,
  change: Change,
  { bases }: Step,
  { places, into }: Reading,
): void {
  if (!word.isLiteral) {
    into.addUnknown(`which file ${name} ${change === "delete" ? "deletes" : "writes"} is not known`);
    return;
  }
  if (word.isWild && /(?:^|\/)(?:\.|[[{?])/.test(word.text))
    into.addUnknown(`${name} is given a pattern that may mean hidden files: ${quote(word.text)}`);
  for (const base of bases ?? [""]) {
    const place = locatePath(word.text, places, base);
    if (place.kind === "inside" && change === "delete" && isGenerated(place.key)) {
      noteProtected(place.key, `${name} deletes ${quote(word.text)}`, into);
      into.addNote(`${name} deletes ${quote(word.text)}, which can be made again`);
    } else recogniseWrite({ change, path: word.text, content: null, base }, places, into);
  }
}

/** Many files, a pattern, or a folder that nothing makes again. */
function noteDeletes(
  name: string,
  rest: readonly Word[],
  operands: readonly Word[],
  { places, into }: Reading,
): void {
  const isDeep = name === "rimraf" || rest.some(({ text }) => /^-[a-zA-Z]*[rR]|^--recursive$/.test(text));
  const lost = operands.filter(({ text }) => {
    const place = locatePath(text, places);
    return place.kind !== "scratch" && !(place.kind === "inside" && isGenerated(place.key));
  });
  const wild = lost.find(({ isWild }) => isWild);
  if (wild !== undefined) into.addHazard("mass_delete", `${name} deletes all that fits ${quote(wild.text)}`);
  else if (isDeep && lost[0] !== undefined)
    into.addHazard("mass_delete", `${name} deletes ${quote(lost[0].text)} with all that is in it`);
  else if (lost.length > DELETES_MAX) into.addHazard("mass_delete", `${name} deletes ${lost.length} files`);
}

/** The files that a patch in a here-document or word is for. */
function notePatch(name: string, rest: readonly Word[], step: Step, { places, into }: Reading): void {
  const text = [...step.command.documents, ...rest.map((word) => word.text)].join("\n");
  const changes = [
    ...text.matchAll(
      /^(?:\*\*\* (Add|Update|Delete) File: |\*\*\* (Move) to: |(\+\+\+|---) (?:[ab]\/)?)([^\t\n]+)/gm,
    ),
  ];
  if (changes.length === 0) into.addUnknown(`which files ${name} changes is not known`);
  for (const [, verb, moves, , path = ""] of changes) {
    if (path === "/dev/null") continue;
    const change =
      verb === "Add" ? "create" : verb === "Delete" ? "delete" : moves === undefined ? "edit" : "move";
    for (const base of step.bases ?? [""])
      recogniseWrite({ change, path: path.trim(), content: null, base }, places, into);
  }
}
