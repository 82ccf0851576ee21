/** What one program with its words does. */
import type { Collector } from "./collector.ts";
import { locatePath } from "./paths.ts";
import { findProtected } from "./protected-paths.ts";
import { quote } from "./quote.ts";
import { noteProtected } from "./recognise-path.ts";
import { noteWrites } from "./recognise-writes.ts";
import {
  DANGEROUS_VARIABLE,
  dependsOnWords,
  findDanger,
  findDatabaseDanger,
  LOADERS,
  OTHER_SOURCE,
  skipGlobals,
} from "./shell/dangers.ts";
import { classifyProgram } from "./shell/programs.ts";
import type { Command, List, Word } from "./shell/types.ts";
import { nameProgram, SHELLS } from "./shell/unwrap.ts";
import type { Step } from "./shell/walk.ts";
import type { Places } from "./types.ts";

/** Builtins that read subscripts of variables: `unset 'a[$(x)]'` runs x. */
const WORKS_OUT = /^(?:test|\[|unset|declare|typeset|local|export|readonly|read|printf|wait|getopts)$/;

interface Reading {
  readonly places: Places;
  readonly into: Collector;
}

/** Notes what the words do. `words` holds at least a program. */
export function recogniseWords(words: readonly Word[], step: Step, { places, into }: Reading): void {
  const [first, ...rest] = words;
  if (first === undefined) return;
  const program = nameProgram(first.text);
  const texts = skipGlobals(
    program,
    rest.map(({ text }) => text),
  );
  const kind = classifyProgram(first.text, texts);
  into.addFacet({
    on: "command",
    names: kind === null ? ["execute"] : [kind, "execute"],
    words: [program, ...texts],
  });
  const danger =
    findDanger(
      program,
      rest.map(({ text }) => text),
    ) ?? findDatabaseDanger(program, sayAll(step));
  if (danger !== null) into.addHazards([danger]);
  else if (dependsOnWords(program)) noteSubcommand(program, rest, into);
  if (program === "git") noteGitOptions(rest, into);
  if (/^(?:export|declare|typeset|local|readonly|set)$/.test(program)) noteVariables(rest, into);
  if (WORKS_OUT.test(program) && rest.some(({ text, nested }) => nested.length === 0 && /\$\(|`/.test(text)))
    into.addUnknown(`${program} works out a text that holds a command`);
  if (kind === "add_dependency" || (kind === null && /^(?:npm|pnpm|yarn|bun|pip3?|uv)$/.test(program)))
    noteSources(program, rest, into);
  noteLoading(program, rest, into);
  if (kind === "inspect") return;
  noteFolder(program, step, { places, into });
  if (kind !== "commit_code") noteMentions(program, rest, step, { places, into });
  noteWrites(program, rest, step, { places, into });
}

/** Up to its subcommand, what a program is told has to be known. */
function noteSubcommand(program: string, rest: readonly Word[], into: Collector): void {
  const at = rest.findIndex(({ text, isLiteral, isWild }) => isLiteral && !isWild && !/^[-+]/.test(text));
  const before = at === -1 ? rest : rest.slice(0, at);
  if (before.some(({ isLiteral, isWild }) => !isLiteral || isWild))
    into.addUnknown(`what ${program} is told to do is not known`);
}

/** Everything that is written down in a step and in what feeds it. */
function sayAll({ command, feeders }: Step): string {
  return [command, ...feeders].map(sayCommand).join(" ");
}

function sayCommand(command: Command): string {
  if (command.kind === "group") return sayList(command.list);
  const words = [...command.words, ...command.redirects.map(({ target }) => target)];
  return [...words.map(({ text }) => text), ...command.documents].join(" ");
}

const sayList = (list: List): string => list.flatMap(({ commands }) => commands.map(sayCommand)).join(" ");

/** Options of git that make it run or change other things than it says. */
function noteGitOptions(rest: readonly Word[], into: Collector): void {
  for (const [at, { text }] of rest.entries()) {
    if (!text.startsWith("-")) {
      if (!/^-[CcnR]$/.test(rest[at - 1]?.text ?? "")) return;
    } else if (/^-c$|^--config-env|^-c\S/.test(text)) {
      const setting = (text === "-c" ? rest[at + 1]?.text : text.slice(2)) ?? "";
      if (
        !/^(?:user\.(?:name|email)|color\.\w+|core\.(?:quotepath|pager=cat|pager=)|advice\.\w+|init\.defaultbranch|commit\.gpgsign=false)/i.test(
          setting,
        )
      )
        into.addHazard("hooks", `git runs with the setting ${quote(setting)}`);
    } else if (/^--(?:git-dir|work-tree|exec-path|namespace|super-prefix)/.test(text))
      into.addHazard("hooks", `git works on another repository: ${quote(text)}`);
  }
}

function noteVariables(rest: readonly Word[], into: Collector): void {
  for (const { text } of rest) {
    const name = /^([A-Za-z_]\w*)/.exec(text)?.[1];
    if (name !== undefined && DANGEROUS_VARIABLE.test(name))
      into.addUnknown(`${name} is set, which changes what runs`);
  }
}

function noteSources(program: string, rest: readonly Word[], into: Collector): void {
  for (const { text } of rest)
    if (OTHER_SOURCE.test(text)) into.addHazard("host", `${program} takes packages from ${quote(text)}`);
}

function noteLoading(program: string, rest: readonly Word[], into: Collector): void {
  const runsText = rest.some(({ text }) => /^(?:-c|-e|--eval)$/.test(text)) || SHELLS.has(program);
  if (runsText || program === "source" || program === ".") {
    for (const { nested } of rest)
      if (nested.length > 0) into.addUnknown(`${program} runs what another command prints`);
    if (!runsText && rest.some(({ isLiteral, isWild }) => !isLiteral || isWild))
      into.addUnknown(`which file ${program} runs is not known`);
  }
  if (!LOADERS.has(program)) return;
  const hosts = rest.map(({ text }) => toHost(text)).filter((host) => host !== null);
  for (const host of hosts) into.addFacet({ on: "host", names: ["fetch"], host });
  if (hosts.length === 0) into.addUnknown(`${program} loads from a host that is not known`);
  const sends =
    /^(?:-d|-F|-T|-X|--data.*|--form.*|--upload-file|--json|--request|--post-data|--post-file|--method|-K|--config|-[a-zA-Z]*[dFTX])$/;
  const sending = rest.find(({ text }) => sends.test(text.replace(/=.*/, "")) || /^-[dFTX]\S/.test(text));
  if (sending !== undefined) into.addHazard("irreversible", `${program} sends something to the network`);
}

/** The host of a word that is a URL, or that a loader takes for one; null: it is none. */
function toHost(text: string): string | null {
  const url = /^(?:[a-z][a-z0-9+.-]*:)?\/\/(?:[^@/]*@)?(\[[0-9a-f:]+\]|[^/:?#\s]+)/i.exec(text)?.[1];
  if (url !== undefined) return /[$`]/.test(url) ? null : url.toLowerCase();
  const bare =
    /^(localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}|\d+\.\d+\.\d+\.\d+)(?::\d+)?(?:\/|$)/i.exec(
      text,
    )?.[1];
  return bare?.toLowerCase() ?? null;
}

/** Where it works, beside what its words name. */
function noteFolder(program: string, { bases }: Step, { places, into }: Reading): void {
  if (bases === null) into.addUnknown(`${program} runs in a folder that is not known`);
  else if (bases.some((base) => locatePath(".", places, base).kind === "outside"))
    into.addHazard("outside", `${program} works outside of the work tree`);
  for (const base of bases ?? []) {
    const place = locatePath(".", places, base);
    if (place.kind === "inside") noteProtected(place.key, `${program} works in ${quote(place.path)}`, into);
  }
}

/** Protected paths that stand in its words, in texts that it runs, in what it reads. */
function noteMentions(program: string, rest: readonly Word[], step: Step, { places, into }: Reading): void {
  const named = rest.map(({ text }) => text).filter((text) => !/^--(?:exclude|ignore)[\w-]*=/.test(text));
  const texts = [...named, ...step.command.documents];
  const isText = /^(?:cat|tee)$/.test(program);
  for (const token of texts.flatMap((text) => (isText ? [text] : text.split(/[\s"'`()[\]{}=,;:<>|&]+/)))) {
    if (token === "" || token.length > 4_000) continue;
    for (const base of step.bases ?? [""]) {
      const place = locatePath(token, places, base);
      if (place.kind === "inside" && place.key !== "")
        noteProtected(place.key, `${program} is given ${quote(token)}`, into);
      else if (place.kind === "outside" && findProtected(token.toLowerCase()) !== null)
        into.addHazard("outside", `${program} is given ${quote(token)}`);
    }
  }
}
