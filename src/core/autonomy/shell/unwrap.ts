/** Takes off what stands around a command: `env`, `timeout`, `npx`, `sh -c`, `xargs` … */
import { readShell } from "./read.ts";
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

export const SHELLS: ReadonlySet<string> = new Set("sh bash zsh dash ksh ash fish busybox".split(" "));
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

/** Wrappers with how many words of their own they take after their options. */
const WRAPPERS: Readonly<Record<string, number>> = {
  nice: 0,
  nohup: 0,
  time: 0,
  command: 0,
  builtin: 0,
  exec: 0,
  setsid: 0,
  ionice: 0,
  chronic: 0,
  unbuffer: 0,
  stdbuf: 0,
  timeout: 1,
  caffeinate: 0,
  npx: 0,
  bunx: 0,
  pnpx: 0,
  "xvfb-run": 0,
};
/** Options of wrappers that take the word after them. */
const WITH_VALUE = /^(?:-n|-u|-k|-s|-p|-c|-t|-a|--signal|--kill-after|--package|--adjustment)$/;

/** Two words that wrap: `npm exec`, `uv run` … */
const PAIRS =
  /^(?:npm (?:exec|x)|pnpm (?:exec|dlx)|yarn (?:exec|dlx)|bun x|uv run|poetry run|pipenv run|bundle exec|rye run|hatch run|pdm run|mise exec|asdf exec|python3? -m|corepack (?:npm|pnpm|yarn))$/;

/** Takes off wrappers until a program stands there. Absent words (only variables are set) are `run` with none. */
export function unwrap(command: SimpleCommand): Unwrapped {
  let words = command.words;
  const env = [...command.env];
  for (let layer = 0; layer < LAYERS_MAX; layer += 1) {
    const [first] = words;
    if (first === undefined) return { kind: "run", words, env };
    if (!isPlain(first)) return unknown("which program it runs is not known");
    const program = nameProgram(first.text);
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
  if (program === "xargs") return unwrapXargs(words);
  const pair = PAIRS.test(`${program} ${words[1]?.text ?? ""}`);
  const own = Object.hasOwn(WRAPPERS, program) ? (WRAPPERS[program] ?? null) : pair ? 0 : null;
  if (own === null) return null;
  const isPackage = /^(?:npx|bunx|pnpx|npm|pnpm|yarn)$/.test(program);
  const rest = skipOptions(words.slice(pair ? 2 : 1), isPackage);
  if (typeof rest === "string") return rest;
  const inner = rest.slice(own);
  if (inner.length === 0) return null;
  return isPackage ? dropVersion(inner) : inner;
}

function skipOptions(words: readonly Word[], isPackage: boolean): readonly Word[] | string {
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] as Word;
    if (!word.isLiteral) break;
    if (word.text === "--") return words.slice(at + 1);
    if (!word.text.startsWith("-")) break;
    if (isPackage && /^(?:-c|--call)/.test(word.text)) return "a package manager runs a text";
    if (WITH_VALUE.test(word.text)) at += 1;
  }
  return words.slice(at);
}

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

/** What it adds to the words is not known. */
function unwrapXargs(words: readonly Word[]): readonly Word[] | string {
  let at = 1;
  for (; at < words.length; at += 1) {
    const { text } = words[at] as Word;
    if (!text.startsWith("-")) break;
    if (/^-[InLPdsE]$/.test(text)) at += 1;
  }
  const inner = words.slice(at);
  if (inner.length === 0) return [{ text: "echo", isLiteral: true, isWild: false, nested: [] }];
  return [...inner, { text: "$input", isLiteral: false, isWild: false, nested: [] }];
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
    // A script with its words, or a program of busybox: judged as any program.
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
