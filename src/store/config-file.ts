import * as fs from "node:fs";
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type ConfigLayer, type ConfigOwner, type ConfigProblem, parseConfig } from "../core/config-shape.ts";
import { OsqrError } from "../core/errors.ts";

const FILE_BYTES_MAX = 1024 * 1024;
/** More would not be read. */
const PROBLEMS_MAX = 20;

/**
 * Reads the text of a config file: YAML 1.2 without tags and anchors of other schemas, so that `off` is a word and nothing
 * is ever run.
 *
 * @param path for messages, e.g. `.osqr/config.yaml`
 * @param owner the operator's file has to hold together by itself
 * @throws `config-invalid` with each problem as `path:line: message`
 */
export function parseConfigText(text: string, path: string, owner: ConfigOwner = "project"): ConfigLayer {
  if (Buffer.byteLength(text) > FILE_BYTES_MAX) {
    throw invalid(
      [`${path}: expected at most ${FILE_BYTES_MAX} bytes, found ${Buffer.byteLength(text)}`],
      [],
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    lineCounter: lines,
    prettyErrors: false,
  });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    throw invalid(
      broken.map(({ pos, code, message }) => {
        const what = code === "MULTIPLE_DOCS" ? "expected one document, found more" : message;
        return `${path}:${lines.linePos(pos[0]).line}: not valid YAML: ${what}`;
      }),
      [],
    );
  }
  const result = parseConfig(toValue(document, path), owner);
  if ("layer" in result) return result.layer;
  const hasMany = result.problems.length > 1;
  const at = result.problems.map((problem) => {
    const node = findNode(document.contents, problem.path);
    const line = node?.range ? lines.linePos(node.range[0]).line : 1;
    const hint = hintFor(problem, node);
    return {
      line,
      text: `${path}:${line}: ${formatPath(problem)}${problem.message}`,
      hint: hint !== null && hasMany ? `line ${line}: ${hint}` : hint,
    };
  });
  at.sort((a, b) => a.line - b.line);
  throw invalid(
    at.map(({ text }) => text),
    at.flatMap(({ hint }) => hint ?? []),
  );
}

/**
 * Reads the operator's own config. It decides who may do what, so nobody else may be able to write it.
 *
 * @returns An empty layer where there is no file.
 * @throws `config-unsafe`, `config-unreadable`, `config-invalid`
 */
export function readOperatorConfig(path: string): ConfigLayer {
  let text: string;
  try {
    const found = fs.statSync(path);
    checkOwner(path, found);
    text = new TextDecoder("utf-8", { fatal: true }).decode(fs.readFileSync(path));
  } catch (cause) {
    if (cause instanceof OsqrError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OsqrError("config-unreadable", `${path}: cannot be read: ${reason}`, { cause });
  }
  return parseConfigText(text, path, "operator");
}

/** Why others than this user and root may write a file, in words; null: nobody else may. */
export function findOtherWriter({ uid, mode }: Pick<fs.Stats, "uid" | "mode">): string | null {
  const self = process.getuid?.();
  if (self !== undefined && uid !== self && uid !== 0) return `owned by user ${uid}`;
  return (mode & 0o022) === 0 ? null : `mode ${(mode & 0o777).toString(8)}`;
}

function checkOwner(path: string, found: fs.Stats): void {
  if (found.size > FILE_BYTES_MAX) {
    throw invalid([`${path}: expected at most ${FILE_BYTES_MAX} bytes, found ${found.size}`], []);
  }
  const what = findOtherWriter(found);
  if (what === null) return;
  throw new OsqrError("config-unsafe", `${path}: expected a file that only you can write, found ${what}`, {
    hints: [`close it: chmod 600 ${path}`],
  });
}

/** Aliases that unfold into more than a config could need are refused by the parser. */
function toValue(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch (cause) {
    throw invalid([`${path}: not valid YAML: ${cause instanceof Error ? cause.message : cause}`], []);
  }
}

/** The node at a path; for an unknown key the key itself; the last one known where the path goes on. */
function findNode(root: unknown, path: ConfigProblem["path"]): Node | null {
  let node: unknown = root;
  let last: Node | null = null;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === step,
      );
      if (pair === undefined) break;
      last = pair.key as Node;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      last = (node as Node | undefined) ?? last;
    } else break;
  }
  return isScalar(node) && node.range ? node : last;
}

function formatPath(problem: ConfigProblem): string {
  const path = problem.path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .slice(1);
  // Of an unknown key its name says enough where it stands at the top.
  const isUnknown = problem.message.startsWith("unknown key");
  return path === "" || (isUnknown && problem.path.length === 1) ? "" : `${path}: `;
}

function hintFor(problem: ConfigProblem, node: Node | null): string | null {
  if (problem.hint !== null) return problem.hint;
  if (!problem.wantsText || !isScalar(node) || !["number", "boolean"].includes(typeof node.value))
    return null;
  return `if it is meant as text, put it in quotes: "${node.source ?? node.value}"`;
}

function invalid(problems: readonly string[], hints: readonly string[]): OsqrError {
  const shown = problems.slice(0, PROBLEMS_MAX);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  return new OsqrError("config-invalid", shown.join("\n"), {
    hints: [...new Set(hints)].slice(0, PROBLEMS_MAX),
  });
}
