import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A small project with its osqr home beside it, made to be crashed. */
export interface CrashRepo {
  /** Holds all of it. */
  readonly folder: string;
  readonly root: string;
  readonly home: string;
  /** `$TMPDIR` of the daemon, so that what it leaves there is seen. */
  readonly temporary: string;
  /** Comes first on the daemon's PATH; empty. */
  readonly programs: string;
  /** The daemon's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs git as the user in the project; gives what it printed, trimmed. */
  git(...args: string[]): string;
  read(path: string): string;
  /** Commits a file on top of what is there. */
  commit(path: string, content: string): void;
  remove(): void;
}

export interface CrashRepoOptions {
  /** Files of the project; those of {@link crashFiles} where absent. */
  readonly files?: Readonly<Record<string, string>>;
  /** The operator's config. */
  readonly config?: string;
}

const USER_CONFIG = "[user]\n\tname = Somebody\n\temail = somebody@localhost\n";

export function makeCrashRepo(options: CrashRepoOptions = {}): CrashRepo {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "osqr-crash-")));
  const at = (name: string): string => join(folder, name);
  for (const name of ["project", "user", "tmp", "programs"]) mkdirSync(at(name));
  writeFileSync(join(at("user"), ".gitconfig"), USER_CONFIG);
  if (options.config !== undefined) write(join(at("config"), "osqr", "config.yaml"), options.config);
  const path = `${at("programs")}:${process.env.PATH ?? ""}`;
  const userEnv = { PATH: process.env.PATH ?? "", HOME: at("user"), GIT_CONFIG_NOSYSTEM: "1" };
  const root = at("project");
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: root, env: userEnv, encoding: "utf8", stdio: "pipe" }).trimEnd();
  git("init", "-q", "-b", "main");
  for (const [name, content] of Object.entries(options.files ?? crashFiles()))
    write(join(root, name), content);
  git("add", "-A");
  git("commit", "-q", "-m", "start");
  return {
    folder,
    root,
    home: at("home"),
    temporary: at("tmp"),
    programs: at("programs"),
    env: {
      ...userEnv,
      PATH: path,
      OSQR_HOME: at("home"),
      XDG_CONFIG_HOME: at("config"),
      TMPDIR: at("tmp"),
    },
    git,
    read: (name) => readFileSync(join(root, name), "utf8"),
    commit(name, content) {
      write(join(root, name), content);
      git("add", "-A");
      git("commit", "-q", "-m", `write ${name}`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

interface TaskText {
  readonly title: string;
  readonly script: string;
}

/** One spec with a box and a run block for each task. */
export function writeSpec(
  name: string,
  tasks: readonly TaskText[],
  fields: Readonly<Record<string, string>> = {},
): string {
  const head = { id: name, title: `The ${name}`, status: "ready", touches: `["${name}/**"]`, ...fields };
  const boxes = tasks.map(({ title, script }) => {
    const lines = script.split("\n").map((line) => `  ${line}`);
    return [`- [ ] ${title}`, "", "  ```sh run", ...lines, "  ```", ""].join("\n");
  });
  const lines = Object.entries(head).map(([key, value]) => `${key}: ${value}`);
  return ["---", ...lines, "---", "", `# The ${name}`, "", "## Phase 1: Work", "", ...boxes].join("\n");
}

/** Adds a line to a file of its own: work that is merged twice shows as two lines. */
function append(name: string, file: string, text = file): string {
  return `mkdir -p ${name}\nsleep 0.05\necho "${text}" >> ${name}/${file}.txt`;
}

/** Files that the run makes: path -> content. */
export const CRASH_RESULT: Readonly<Record<string, string>> = {
  "alpha/one.txt": "one\n",
  "alpha/two.txt": "two\n",
  "alpha/three.txt": "three\n",
  "alpha/four.txt": "one\ntwo\nthree\n",
  "beta/one.txt": "one\n",
  "beta/two.txt": "two\n",
  "gamma/one.txt": "from alpha: one\n",
  "gamma/two.txt": "chosen: b\n",
  "delta/one.txt": "one\n",
};

export const CRASH_SPECS: readonly string[] = ["alpha", "beta", "gamma", "delta"];

/** No file has more lines than its task wrote. */
const CHECK = `set -eu
for file in */*.txt; do
  [ -e "$file" ] || continue
  lines=$(sort "$file" | uniq -d | wc -l)
  if [ "$lines" -ne 0 ]; then echo "not ok $file has a line twice"; exit 1; fi
done
echo "ok"
`;

/** Four specs: two that wait for others, tasks side by side, a question in the midst of one, one gate. */
export function crashFiles(): Record<string, string> {
  const one = { title: "T1 One", script: append("alpha", "one") };
  const alpha = [
    one,
    { title: "T2 [P] Two", script: append("alpha", "two") },
    { title: "T3 [P] Three", script: append("alpha", "three") },
    { title: "T4 Four", script: "cat alpha/one.txt alpha/two.txt alpha/three.txt > alpha/four.txt" },
  ];
  const beta = [
    { title: "T1 [P] One", script: append("beta", "one") },
    { title: "T2 [P] Two", script: append("beta", "two") },
  ];
  const ask = 'osqr-ask WHICH "Which way?" a="the short one" b="the long one" --recommend b';
  const gamma = [
    { title: "T1 One", script: append("gamma", "one", "from alpha: $(cat alpha/one.txt)") },
    { title: "T2 Two", script: `chosen=$(${ask})\necho "chosen: $chosen" >> gamma/two.txt` },
  ];
  const delta = [{ title: "T1 One", script: append("delta", "one") }];
  return {
    "README.md": "A project.\n",
    "check.sh": CHECK,
    ".osqr/config.yaml": "gates:\n  check: sh check.sh\n",
    "docs/alpha.md": writeSpec("alpha", alpha),
    "docs/beta.md": writeSpec("beta", beta),
    "docs/gamma.md": writeSpec("gamma", gamma, { depends_on: "[alpha]" }),
    "docs/delta.md": writeSpec("delta", delta, { depends_on: "[beta]" }),
  };
}

/** What {@link soloFiles} come to. */
export const SOLO: { readonly specs: readonly string[]; readonly files: Readonly<Record<string, string>> } = {
  specs: ["solo"],
  files: { "solo/one.txt": "one\n", "solo/two.txt": "two\n", "solo/three.txt": "three\n" },
};

/** One spec, as small as every step of a run allows: a task, two side by side, a gate. */
export function soloFiles(first = ""): Record<string, string> {
  const tasks = [
    { title: "T1 One", script: `${append("solo", "one")}\n${first}`.trimEnd() },
    { title: "T2 [P] Two", script: append("solo", "two") },
    { title: "T3 [P] Three", script: append("solo", "three") },
  ];
  return {
    "README.md": "A project.\n",
    "check.sh": CHECK,
    ".osqr/config.yaml": "gates:\n  check: sh check.sh\n",
    "docs/solo.md": writeSpec("solo", tasks),
  };
}
