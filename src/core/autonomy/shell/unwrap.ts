/** Takes off what stands around a command: `env`, `timeout`, `npx`, `sh -c`, `xargs` … */
import { skipGlobals } from "./dangers.ts";
import { OPENERS, readShell } from "./read.ts";
import type { List, SimpleCommand, Word } from "./types.ts";

/** What a command comes down to. */
export type Unwrapped =
  | { readonly kind: "run"; readonly words: readonly Word[]; readonly env: SimpleCommand["env"] }
  /** It runs another text. */
  | { readonly kind: "script"; readonly list: List; readonly env: SimpleCommand["env"] }
  /** It runs what it reads from its standard input. */
  | { readonly kind: "input"; readonly program: string; readonly env: SimpleCommand["env"] }
  | { readonly kind: "unknown"; readonly why: string };

const LAYERS_MAX = 12;

export const SHELLS: ReadonlySet<string> = new Set("sh bash zsh dash ksh ash fish".split(" "));
/** Read a program from their input where they get no file. */
export const INTERPRETERS: ReadonlySet<string> = new Set(
  "python python3 node deno bun ruby perl php lua tclsh osascript".split(" "),
);

/** Words of which nothing can be told. */
const UNREADABLE: ReadonlySet<string> = new Set(
  "parallel entr watch expect script alias unalias trap shopt enable hash bind complete compgen mapfile readarray jobs let coproc gdb strace ltrace chroot unshare nsenter bwrap firejail proot socat tmux screen at batch make-script".split(
    " ",
  ),
);

/** A program that starts another one: its options that take the word behind them, those that do not, its own words before the other. */
interface Wrapper {
  readonly value?: RegExp;
  readonly flag?: RegExp;
  readonly own?: number;
}

const PACKAGE: Wrapper = {
  value: /^(?:-p|--package)$/,
  flag: /^(?:-y|--yes|--no|--no-install|-q|--quiet|--silent|-s|--bun)$/,
};
/** Options that are not here make it unreadable: what they take would be mistaken for the program. */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  nice: { value: /^(?:-n|--adjustment)$/, flag: /^-\d+$/ },
  nohup: {},
  time: { flag: /^(?:-p|-v)$/ },
  command: { flag: /^-p$/ },
  builtin: {},
  exec: { value: /^-a$/, flag: /^-[cl]+$/ },
  setsid: { flag: /^(?:-[cfw]+|--fork|--wait)$/ },
  ionice: { value: /^(?:-c|-n|--class|--classdata)$/, flag: /^(?:-t|-c\d|-n\d)$/ },
  chronic: {},
  unbuffer: { flag: /^-p$/ },
  stdbuf: { value: /^-[ioe]$/, flag: /^-[ioe](?:L|\d+)$/ },
  timeout: {
    value: /^(?:-k|-s|--signal|--kill-after)$/,
    flag: /^(?:-v|--preserve-status|--foreground|--verbose)$/,
    own: 1,
  },
  caffeinate: { value: /^-[tw]$/, flag: /^-[dimsu]+$/ },
  busybox: {},
  toybox: {},
  npx: PACKAGE,
  bunx: PACKAGE,
  pnpx: PACKAGE,
  "xvfb-run": { value: /^-[nse]$/, flag: /^(?:-a|--auto-servernum)$/ },
  xargs: {
    value: /^-[InLPdsEa]$/,
    flag: /^(?:-[0rtxpo]+|-[InLPdsEa].+|--(?:null|no-run-if-empty|verbose|exit|interactive|open-tty))$/,
  },
};
/** Two words that start another program: `npm exec`, `uv run` … */
const PAIRS: Readonly<Record<string, RegExp>> = {
  npm: /^(?:exec|x)$/,
  pnpm: /^(?:exec|dlx)$/,
  yarn: /^(?:exec|dlx)$/,
  bun: /^x$/,
  uv: /^run$/,
  poetry: /^run$/,
  pipenv: /^run$/,
  rye: /^run$/,
  hatch: /^run$/,
  pdm: /^run$/,
  bundle: /^exec$/,
  mise: /^(?:exec|x)$/,
  asdf: /^exec$/,
  python: /^-m$/,
  python3: /^-m$/,
  corepack: /^(?:npm|pnpm|yarn)$/,
};

/** Takes off wrappers until a program stands there. Absent words (only variables are set) are `run` with none. */
export function unwrap(command: SimpleCommand): Unwrapped {
  let words = command.words;
  const env = [...command.env];
  for (let layer = 0; layer < LAYERS_MAX; layer += 1) {
    const [first] = words;
    if (first === undefined) return { kind: "run", words, env };
    if (!isPlain(first)) return unknown("which program it runs is not known");
    const program = nameProgram(first.text);
    // Behind `time` a whole compound command may stand.
    if (OPENERS.has(program)) return unknown(`${program} stands behind another word`);
    if (UNREADABLE.has(program)) return unknown(`${program} runs what cannot be read`);
    if (SHELLS.has(program)) return unwrapShell(words, command, env);
    if (program === "eval") return unwrapEval(words, env);
    if (INTERPRETERS.has(program) && words.length === 1) return takeInput(program, command, env);
    if (program === "command" && /^-[vV]$/.test(words[1]?.text ?? "")) return { kind: "run", words, env };
    const next = program === "env" ? unwrapEnv(words, env) : unwrapOne(program, words);
    if (next === null) return { kind: "run", words, env };
    if (typeof next === "string") return unknown(next);
    words = next;
  }
  return unknown("too many wrappers");
}

const unknown = (why: string): Unwrapped => ({ kind: "unknown", why });

/** A word that is exactly what it says, in letters that programs are called by. */
const isPlain = ({ text, isLiteral, isWild }: Word): boolean =>
  isLiteral && (!isWild || text === "[") && /^[\x21-\x7e]+$/.test(text);

/** Name of a program without its folder, lower case: some systems make no difference. */
export const nameProgram = (text: string): string =>
  text
    .slice(text.lastIndexOf("/") + 1)
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat)$/, "");

/** The words inside; null: it wraps nothing; a text: why that is not known. */
function unwrapOne(program: string, words: readonly Word[]): readonly Word[] | string | null {
  const second = findSecond(program, words);
  if (typeof second === "string") return second;
  if (program === "corepack" && second !== null) return words.slice(second);
  const wrapper = Object.hasOwn(WRAPPERS, program)
    ? WRAPPERS[program]
    : second === null
      ? undefined
      : PACKAGE;
  if (wrapper === undefined) return null;
  const rest = skipOptions(program, words.slice((second ?? 0) + 1), wrapper);
  if (typeof rest === "string") return rest;
  if (program === "xargs") return addInput(rest);
  const inner = rest.slice(wrapper.own ?? 0);
  if (inner.length === 0) return null;
  return wrapper === PACKAGE ? dropVersion(inner) : inner;
}

/** Where the second word of a pair stands, behind options that are known; null: there is none; a text: there may be one. */
function findSecond(program: string, words: readonly Word[]): number | string | null {
  const pair = Object.hasOwn(PAIRS, program) ? PAIRS[program] : undefined;
  if (pair === undefined) return null;
  const texts = words.slice(1).map(({ text }) => text);
  const rest = program.startsWith("python") ? skipPython(texts) : skipGlobals(program, texts);
  if (pair.test(rest[0] ?? "")) return words.length - rest.length;
  const isHidden = rest[0]?.startsWith("-") === true && rest.slice(0, 6).some((text) => pair.test(text));
  return isHidden ? `${program} with ${rest[0]} is not known` : null;
}

function skipPython(texts: readonly string[]): readonly string[] {
  let at = 0;
  for (; at < texts.length; at += 1) {
    if (/^-[WX]$/.test(texts[at] ?? "")) at += 1;
    else if (!/^-[bBdEiIOqsSuvx]+$/.test(texts[at] ?? "")) break;
  }
  return texts.slice(at);
}

function skipOptions(
  program: string,
  words: readonly Word[],
  { value, flag }: Wrapper,
): readonly Word[] | string {
  const end = words.findIndex(({ text }) => text === "--");
  // `mise exec node@20 -- node`: tools stand before it.
  if (/^(?:mise|asdf)$/.test(program))
    return end === -1 ? `${program} has no -- before the command` : words.slice(end + 1);
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] as Word;
    if (!word.isLiteral || !word.text.startsWith("-")) break;
    if (word.text === "--") return words.slice(at + 1);
    if (
      /^(?:-c|--call)/.test(word.text) &&
      program !== "exec" &&
      program !== "ionice" &&
      program !== "setsid"
    )
      return `${program} runs a text`;
    if (value?.test(word.text) === true) at += 1;
    else if (flag?.test(word.text) !== true && !/^--[a-z-]+=/.test(word.text))
      return `${program} with ${word.text} is not known`;
  }
  return words.slice(at);
}

/** What `xargs` adds to the words is not known. */
const addInput = (words: readonly Word[]): readonly Word[] => [
  words[0] ?? { text: "echo", isLiteral: true, isWild: false, nested: [] },
  ...words.slice(1),
  { text: "$input", isLiteral: false, isWild: false, nested: [] },
];

/** `vitest@1.2` is vitest; a scoped or foreign package keeps its name. */
function dropVersion(words: readonly Word[]): readonly Word[] {
  const [first, ...rest] = words;
  if (first === undefined) return words;
  return [{ ...first, text: first.text.replace(/(?<=.)@[\w.^~-]+$/, "") }, ...rest];
}

function unwrapEnv(words: readonly Word[], env: { name: string; value: Word }[]): readonly Word[] | string {
  let at = 1;
  for (; at < words.length; at += 1) {
    const word = words[at] as Word;
    if (/^(?:-S|--split-string|-[A-Za-z]*S)/.test(word.text)) return "env splits a text";
    if (/^(?:-u|--unset|-C|--chdir)$/.test(word.text)) return "env changes where or with what it runs";
    const name = /^([A-Za-z_]\w*)=/.exec(word.text)?.[1];
    if (name !== undefined) env.push({ name, value: { ...word, text: word.text.slice(name.length + 1) } });
    else if (!word.text.startsWith("-")) break;
  }
  const inner = words.slice(at);
  return inner.length > 0 ? inner : [{ text: "printenv", isLiteral: true, isWild: false, nested: [] }];
}

function unwrapEval(words: readonly Word[], env: SimpleCommand["env"]): Unwrapped {
  const args = words.slice(1);
  if (!args.every(({ isLiteral }) => isLiteral)) return unknown("eval runs what is not known");
  return readInner(args.map(({ text }) => text).join(" "), env);
}

function unwrapShell(words: readonly Word[], command: SimpleCommand, env: SimpleCommand["env"]): Unwrapped {
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] as Word;
    if (!word.isLiteral || word.isWild) return unknown("which script a shell runs is not known");
    if (/^-[a-z]*c[a-z]*$/.test(word.text)) {
      const script = words.slice(at + 1).find(({ text }) => !/^-[a-z]+$/.test(text) && text !== "--");
      if (script?.isLiteral !== true) return unknown("which text a shell runs is not known");
      return readInner(script.text, env);
    }
    if (/^(?:-o|-O|\+o|\+O|--rcfile|--init-file)$/.test(word.text)) return unknown("options of a shell");
    if (/^-[a-z]*s/.test(word.text) || word.text === "-") break;
    // A script with its words: judged as any program.
    if (!/^[-+]/.test(word.text)) return { kind: "run", words, env };
  }
  return takeInput(nameProgram(words[0]?.text ?? ""), command, env);
}

/** Whatever is on its standard input is run. */
function takeInput(program: string, command: SimpleCommand, env: SimpleCommand["env"]): Unwrapped {
  const here = command.redirects.find(({ operator }) => operator === "<<<");
  if (!SHELLS.has(program) && (command.documents.length > 0 || here !== undefined))
    return { kind: "run", words: command.words.slice(0, 1), env };
  if (here !== undefined)
    return here.target.isLiteral
      ? readInner(here.target.text, env)
      : unknown("which text a shell runs is not known");
  if (command.documents.length > 0) return readInner(command.documents.join("\n"), env);
  return { kind: "input", program, env };
}

function readInner(text: string, env: SimpleCommand["env"]): Unwrapped {
  const { list, problem, hasLoop } = readShell(text);
  if (problem !== null) return unknown(problem);
  // Where it goes round, folders are not followed.
  return hasLoop && /\bcd\b/.test(text)
    ? unknown("a loop changes the folder")
    : { kind: "script", list, env };
}
