/**
 * Runs the tour: writes its files into a new repository, carries out its commands, and puts what they print below them into
 * `docs/tour.md`. With `--check` it only compares, and ends with 1 where they differ.
 *
 *   npm run tour [-- --check]
 *
 * A block ` ```yaml file=PATH ` is a file of the repository; in a block ` ```console ` the lines with `$` are commands. What differs from run to run
 * (times, durations, hashes, ports) is shown as dots.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const TOUR = join(ROOT, "docs/tour.md");
const COMMAND_MS_MAX = 120_000;
const PROMPT = "$ ";
/** What is said on a busy machine, where the daemon takes its time to start. */
const SLOW_START = /^waiting for the daemon .*\n/gm;

/** The place in which the tour happens. */
interface Place {
  readonly folder: string;
  readonly repository: string;
  readonly env: NodeJS.ProcessEnv;
}

function makePlace(): Place {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "osqr-tour-")));
  const at = (name: string): string => join(folder, name);
  for (const name of ["greeter", "bin", "user"]) mkdirSync(at(name));
  const program = `exec "${process.execPath}" --experimental-strip-types --disable-warning=ExperimentalWarning`;
  writeFileSync(at("bin/osqr"), `#!/bin/sh\n${program} "${join(ROOT, "src/main.ts")}" "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(at("user/.gitconfig"), "[user]\n\tname = dana\n\temail = dana@localhost\n");
  const env = {
    PATH: `${at("bin")}:${process.env.PATH ?? ""}`,
    HOME: at("user"),
    OSQR_HOME: at("home"),
    XDG_CONFIG_HOME: at("config"),
    OSQR_PORT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    NO_COLOR: "1",
    COLUMNS: "100",
    LANG: "C.UTF-8",
    TZ: "UTC",
  };
  return { folder, repository: at("greeter"), env };
}

function removePlace({ folder, repository, env }: Place): void {
  spawnSync(join(folder, "bin/osqr"), ["stop"], {
    cwd: repository,
    env,
    stdio: "ignore",
    timeout: COMMAND_MS_MAX,
  });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** What a command printed, both streams as a person sees them, and how it ended where that was not well. */
function runCommand({ folder, repository, env }: Place, command: string): readonly string[] {
  const script = `exec 2>&1\n${command}`;
  const options = { cwd: repository, env, encoding: "utf8", timeout: COMMAND_MS_MAX } as const;
  const { stdout, status, error } = spawnSync("bash", ["-c", script], options);
  if (error !== undefined) throw error;
  const said = stdout.replace(SLOW_START, "");
  const lines = said.replaceAll(folder, "~").trimEnd().split("\n");
  const end = status === 0 ? [] : [`# ends with ${status}`];
  return [...(said.trim() === "" ? [] : lines.map((line) => hideChanging(line.trimEnd()))), ...end];
}

const dots = (text: string): string => text.replaceAll(/[0-9a-f]/g, "·");

/** Puts dots in the place of what is another on each run; the width stays. */
function hideChanging(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?/g, dots)
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, dots)
    .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, dots)
    .replaceAll(/[\d.,–]*\d(?= (?:ms|s|min|h|d)(?!\w))/g, dots)
    .replaceAll(/(?<=efficiency +)[\d.]+(?= %)/g, dots)
    .replaceAll(/[\d.]+(?= on average)/g, dots);
}

/** Two runs say the same where they differ in the number of dots and in the spaces that keep columns straight. */
const toComparable = (text: string): string =>
  text
    .replaceAll(/·[·.,–]*/g, "·")
    .replaceAll(/ +/g, " ")
    .replaceAll(/· (?:ms|s|min|h)\b(?: · (?:s|min)\b)?/g, "· s");

/** What closes workspaces is the machine's business: these lines may differ, or be missing. */
const isOfMachine = (line: string): boolean => /^ +(?:sandbox:?|note +Sandbox) /.test(line);

/** Lines outside of fences, or those between two. */
interface Block {
  readonly kind: "text" | "file" | "console" | "other";
  /** Opening and closing line; null: outside. */
  readonly fence: { readonly open: string; readonly close: string } | null;
  /** Of a file. */
  readonly path: string;
  readonly lines: readonly string[];
}

const OPENING = /^(`{3,})(\w*)(?: file=(\S+))?$/;

function parseBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  const open = (block: Omit<Block, "lines">): void => {
    lines = [];
    blocks.push({ ...block, lines });
  };
  const openText = (): void => open({ kind: "text", fence: null, path: "" });
  openText();
  for (const line of text.split("\n")) {
    const fence = blocks.at(-1)?.fence ?? null;
    const [, close = "", language = "", path = ""] = OPENING.exec(line) ?? [];
    if (line === fence?.close) openText();
    else if (fence !== null || close === "") lines.push(line);
    else {
      const kind = language === "console" ? "console" : path === "" ? "other" : "file";
      open({ kind, fence: { open: line, close }, path });
    }
  }
  return blocks;
}

function playBlock(place: Place, block: Block): Block {
  if (block.kind === "file") {
    const file = join(place.repository, block.path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${block.lines.join("\n")}\n`);
  }
  if (block.kind !== "console") return block;
  const commands = block.lines.filter((line) => line.startsWith(PROMPT));
  const lines = commands.flatMap((line, index) => [
    ...(index === 0 ? [] : [""]),
    line,
    ...runCommand(place, line.slice(PROMPT.length)),
  ]);
  return { ...block, lines };
}

const toText = (blocks: readonly Block[]): string =>
  blocks
    .flatMap(({ fence, lines }) => (fence === null ? lines : [fence.open, ...lines, fence.close]))
    .join("\n");

function playTour(text: string): string {
  const place = makePlace();
  try {
    return toText(parseBlocks(text).map((block) => playBlock(place, block)));
  } finally {
    removePlace(place);
  }
}

/** The first line that a new run says otherwise; null: none. */
function findDifference(old: string, made: string): string | null {
  const toLines = (text: string) => text.split("\n").filter((line) => line !== "" && !isOfMachine(line));
  const [before, after] = [toLines(old), toLines(made)];
  for (let at = 0; at < Math.max(before.length, after.length); at += 1) {
    const [one = "(nothing)", other = "(nothing)"] = [before[at], after[at]];
    if (toComparable(one) !== toComparable(other))
      return `docs/tour.md, behind "${before[at - 1] ?? ""}"\n  written  ${one}\n  now      ${other}`;
  }
  return null;
}

function main(isCheck: boolean): number {
  const old = readFileSync(TOUR, "utf8");
  const made = playTour(old);
  const difference = findDifference(old, made);
  if (!isCheck) writeFileSync(TOUR, made);
  if (difference === null) return 0;
  process.stdout.write(`${difference}\n`);
  if (isCheck) process.stdout.write("the tour is not what happens any more; write it anew: npm run tour\n");
  return isCheck ? 1 : 0;
}

process.exitCode = main(process.argv.includes("--check"));
