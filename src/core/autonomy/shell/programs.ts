/** What programs are, by their name and first words. */

import { nameProgram } from "./unwrap.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Only look, whatever their words are. */
const LOOKERS = words(
  "ls ll dir cat head tail less more wc grep egrep fgrep rg ag stat file du df pwd echo printf true false test [ : which type whereis whoami id uname hostname date cal sleep printenv basename dirname realpath readlink uniq cut tr paste comm join nl tac rev fold column diff cmp md5sum sha1sum sha256sum sha512sum b2sum cksum xxd od hexdump strings jq tree bat seq expr bc exit return set break continue shift wait ps pgrep uptime free lsof nproc arch tput clear cd pushd popd ack unset getopts",
);

/** Words with which a looker writes or runs something after all. */
const WRITES_BY: Readonly<Record<string, RegExp>> = {
  uniq: /(?:^| )[^-\s]\S* +[^-\s]/,
  xxd: /(?:^| )-[a-z]*r/,
  bat: /(?:^| )--(?:pager|config|map-syntax|cache)/,
  ack: /(?:^| )--(?:pager|ackrc|output)/,
  ag: /(?:^| )--pager/,
  less: /(?:^| )(?:-[a-zA-Z]*[oOkKT]|--log-file|--lesskey|\+)/,
  date: /(?:^| )(?:-s|--set)/,
  file: /(?:^| )-[a-z]*C/,
};

const GIT_LOOKERS = words(
  "status log diff show blame annotate rev-parse ls-files ls-tree cat-file describe shortlog grep rev-list merge-base name-rev for-each-ref version help whatchanged cherry count-objects check-ignore diff-tree diff-index show-ref show-branch var",
);

/** Programs of which the first word alone says that they run tests. */
const TEST_RUNNERS = words(
  "vitest jest mocha ava tap pytest py.test tox nox unittest rspec phpunit ctest bats karma jasmine nextest nose2 testem gotestsum trial pest",
);

const TEST_WORDS: Readonly<Record<string, RegExp>> = {
  npm: /^(?:test|t|tst|run(?:-script)? test[\w:-]*)( |$)/,
  pnpm: /^(?:test|t|(?:run )?test[\w:-]*)( |$)/,
  yarn: /^(?:run )?test[\w:-]*( |$)/,
  bun: /^(?:test|run test[\w:-]*)( |$)/,
  node: /^(?:--[\w=-]+ )*--test( |$)/,
  deno: /^(?:test|task test[\w:-]*)( |$)/,
  cargo: /^(?:\+\S+ )?(?:test|t|nextest)( |$)/,
  go: /^test( |$)/,
  make: /^(?:test|check|tests)(?: |$)/,
  just: /^(?:test|check|tests)(?: |$)/,
  task: /^(?:test|check|tests)(?: |$)/,
  mvn: /^(?:-\S+ )*(?:test|verify)( |$)/,
  gradle: /^(?:-\S+ )*(?:test|check)( |$)/,
  gradlew: /^(?:-\S+ )*(?:test|check)( |$)/,
  dotnet: /^test( |$)/,
  rake: /^(?:test|spec)( |$)/,
  rails: /^test( |$)/,
  mix: /^test( |$)/,
  swift: /^test( |$)/,
  dart: /^test( |$)/,
  flutter: /^test( |$)/,
  sbt: /^test( |$)/,
  playwright: /^test( |$)/,
  cypress: /^run( |$)/,
  composer: /^test( |$)/,
};

/** Rewrites sources all over. */
const CODEMODS = words("jscodeshift codemod comby ast-grep sg 2to3 pyupgrade rope ts-morph semgrep-fix");

const ADDS: Readonly<Record<string, RegExp>> = {
  npm: /^(?:(?:i|install|add|update|up|upgrade|uninstall|remove|rm|un|link)( .*)? [^-\s]|update|upgrade|audit fix)/,
  pnpm: /^(?:(?:i|install)( .*)? [^-\s]|add|update|up|upgrade|remove|rm|link|import)( |$)?/,
  yarn: /^(?:add|remove|up|upgrade|link|set version)( |$)/,
  bun: /^(?:add|remove|rm|update|link|(?:i|install)( .*)? [^-\s])/,
  pip: /^(?:install|uninstall)(?! (?:-r|--requirement|-e \.|\.)(?: |$))/,
  pip3: /^(?:install|uninstall)(?! (?:-r|--requirement|-e \.|\.)(?: |$))/,
  pipx: /^install/,
  uv: /^(?:add|remove|pip install|pip uninstall|tool install|lock --upgrade)/,
  poetry: /^(?:add|remove|update)/,
  pdm: /^(?:add|remove|update)/,
  pipenv: /^(?:install [^-]|uninstall|update)/,
  cargo: /^(?:add|remove|rm|update|install)( |$)/,
  go: /^(?:get|install|mod (?:edit|tidy))( |$)/,
  gem: /^(?:install|update|uninstall)/,
  bundle: /^(?:add|remove|update)/,
  composer: /^(?:require|remove|update)/,
  dotnet: /^add( |$)/,
  mix: /^deps\.(?:update|unlock)/,
  conda: /^(?:install|remove|update)/,
};

export type ProgramKind = "inspect" | "run_tests" | "commit_code" | "add_dependency" | "refactor_code" | null;

/**
 * What a command is beyond a command; null: nothing more is known of it.
 *
 * @param name as it is written: a program that lies in the tree is not the one that everybody knows
 * @param rest its words behind the name
 */
export function classifyProgram(name: string, rest: readonly string[]): ProgramKind {
  const program = nameProgram(name);
  const line = rest.join(" ");
  const isOfSystem = !name.includes("/") || /^\/(?:usr\/(?:local\/)?)?s?bin\/[^/]+$/.test(name);
  if (isOfSystem && isLooking(program, rest, line)) return "inspect";
  if (TEST_RUNNERS.has(program) || fits(TEST_WORDS, program, line)) return "run_tests";
  if (program === "git" && /^(?:add|commit|stash)(?: |$)/.test(line)) return "commit_code";
  if (fits(ADDS, program, line)) return "add_dependency";
  if (CODEMODS.has(program) || (program === "cargo" && rest[0] === "fix")) return "refactor_code";
  return null;
}

const fits = (table: Readonly<Record<string, RegExp>>, program: string, line: string): boolean =>
  Object.hasOwn(table, program) && table[program]?.test(line) === true;

function isLooking(program: string, rest: readonly string[], line: string): boolean {
  if (program === "git") return isGitLooking(rest, line);
  if (program === "sort")
    return !/(?:^| )(?:-[a-zA-Z]*o|--output|--compress-program|--files0-from)/.test(line);
  if (program === "rg") return !/(?:^| )--(?:pre|hostname-bin|search-zip)\b/.test(line);
  if (program === "tree") return !/(?:^| )(?:-[a-zA-Z]*o|--output)/.test(line);
  if (program === "sed") return isSedLooking(rest);
  if (program === "awk") return !/[>|]|system|getline|(?:^| )-[fi]/.test(line);
  if (program === "find")
    return !/(?:^| )-(?:exec|execdir|ok|okdir|delete|fprint|fprintf|fprint0|fls)\b/.test(line);
  if (program === "fd") return !/(?:^| )(?:-[a-zA-Z]*[xX]|--exec)/.test(line);
  if (program === "yq") return !/(?:^| )(?:-[a-z]*i|--inplace|--in-place)/.test(line);
  if (program === "command") return /^-[vV] /.test(line);
  if (rest.length === 1 && /^(?:--version|-v|-V|--help|version)$/.test(rest[0] ?? "")) return true;
  return LOOKERS.has(program) && !fits(WRITES_BY, program, line);
}

/** One script that prints, deletes lines or replaces plain text in what it prints; `w` and `e` write and run. */
function isSedLooking(rest: readonly string[]): boolean {
  const script = rest.findIndex(
    (word) => !/^(?:-[nErsu]+|--quiet|--silent|--regexp-extended|-e)$/.test(word),
  );
  const isPlain = /^(?:[\d,$]*[pdq=]|s([/|#,])[^;{}\n\\]*\1[gpiI\d]*)$/.test(rest[script] ?? "");
  const sections = (rest[script] ?? "").split(rest[script]?.[1] ?? "/").length;
  return (
    isPlain &&
    (!rest[script]?.startsWith("s") || sections === 4) &&
    rest.slice(script + 1).every((word) => !word.startsWith("-"))
  );
}

function isGitLooking(rest: readonly string[], line: string): boolean {
  const [sub = "", ...more] = rest;
  if (/(?:^| )(?:--output|-O|--open-files-in-pager|--ext-diff|--textconv|--upload-pack|--exec)/.test(line))
    return false;
  if (GIT_LOOKERS.has(sub)) return true;
  const args = more.join(" ");
  if (sub === "branch") return /^(?:-[avr]+|--list|--all|--show-current|--contains \S+|-vv)?$/.test(args);
  if (sub === "tag") return /^(?:-l|--list)?$/.test(args);
  if (sub === "remote") return /^(?:-v|show|get-url \S+)?$/.test(args);
  if (sub === "stash") return /^(?:list|show)( |$)/.test(args);
  if (sub === "config")
    return /^(?:--(?:local|global|system) )?(?:--get|--get-all|--get-regexp|--list|-l|get|list)( |$)/.test(
      args,
    );
  if (sub === "worktree") return /^list( |$)/.test(args);
  if (sub === "reflog") return /^(?:show( |$)|$)/.test(args);
  return sub === "" || sub === "--version";
}
