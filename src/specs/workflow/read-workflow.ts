import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { SpecProblem } from "../../core/model/spec.ts";
import { listBuiltIns } from "../../core/workflow/built-in.ts";
import { type ParsedWorkflow, parseWorkflow } from "../../core/workflow/parse.ts";
import type { ContentPath } from "../../core/workflow/problems.ts";
import { adviseOnYaml } from "../markdown/yaml-advice.ts";
import { toProblem } from "../problems.ts";

/** A larger file is not read, in bytes. */
export const WORKFLOW_BYTES_MAX = 256 * 1024;

const YAML_ERRORS_MAX = 20;
const TOO_DEEP = "it is nested too deeply";

/**
 * Reads one workflow file: YAML 1.2 without tags and aliases, so that `off` is a word and nothing unfolds or runs.
 *
 * @param text at most 256 KiB
 * @param path from the repository's root, for messages and as the definition's source
 */
export function readWorkflow(text: string, path: string): ParsedWorkflow {
  const size = Buffer.byteLength(text);
  if (size > WORKFLOW_BYTES_MAX) return { problems: [describeTooLarge(path, size)] };
  const lines = new LineCounter();
  const yaml = parseYaml(text, { lines, path });
  if ("problems" in yaml) return yaml;
  const { root, value } = yaml;
  const lineOf = (at: ContentPath): number => {
    const node = findNode(root, at);
    return node?.range ? lines.linePos(node.range[0]).line : 1;
  };
  const parsed = parseWorkflow(value, { source: path, lineOf });
  if ("problems" in parsed || !isReserved(parsed.definition.name)) return parsed;
  return { problems: [describeReserved(parsed.definition.name, { path, line: lineOf(["name"]) })] };
}

/** What is said of a file that is over the limit. */
export function describeTooLarge(path: string, size: number): SpecProblem {
  return toProblem(path, 1, {
    severity: "error",
    code: "too-large",
    message: "the file is too large to be read as a workflow",
    found: `${Math.ceil(size / 1024)} KiB`,
    expected: "at most 256 KiB",
    hint: "split it into several workflows",
  });
}

interface Source {
  readonly lines: LineCounter;
  readonly path: string;
}

type Yaml =
  | { readonly root: unknown; readonly value: unknown }
  | { readonly problems: readonly SpecProblem[] };

function parseYaml(text: string, source: Source): Yaml {
  try {
    return toValue(text, source);
  } catch (cause) {
    // The parser gives errors as values; only nesting beyond the stack throws.
    const what = cause instanceof RangeError ? TOO_DEEP : String(cause);
    return { problems: [describeYaml(source.path, { line: 1, what, code: null })] };
  }
}

function toValue(text: string, { lines, path }: Source): Yaml {
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    lineCounter: lines,
    prettyErrors: false,
  });
  const lineAt = (offset: number | undefined): number =>
    offset === undefined ? 1 : lines.linePos(offset).line;
  const broken = [...document.errors, ...document.warnings].slice(0, YAML_ERRORS_MAX);
  const problems = broken.map(({ pos, code, message }) => {
    const what = sayYamlError(code, message);
    return describeYaml(path, { line: lineAt(pos[0]), what, code });
  });
  visit(document, {
    Alias: (_, alias) => {
      problems.push(describeAlias(path, lineAt(alias.range?.[0])));
      return visit.BREAK;
    },
  });
  if (problems.length > 0) return { problems };
  return { root: document.contents, value: document.toJS({ maxAliasCount: 0 }) };
}

function sayYamlError(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "expected one document, found more";
  return /call stack/i.test(message) ? TOO_DEEP : message;
}

/** What the parser says where a line does not stand below the one that it belongs to. */
const INDENTED = /^(?:Sequence item without|All (?:mapping|sequence) items|Implicit keys need)/;
const INDENT = {
  expected: "the keys of a step below each other, with the same number of spaces before them",
  hint: "compare the spaces before this line with those of the lines around it",
};

function describeYaml(
  path: string,
  { line, what, code }: { line: number; what: string; code: string | null },
): SpecProblem {
  const [first = ""] = what.split("\n");
  const message = `the file is no valid YAML: ${first}`;
  const advice = INDENTED.test(first) ? INDENT : adviseOnYaml(code);
  // The general advice of the documents' readers is about Markdown.
  const hint = advice === adviseOnYaml(null) ? "repair this line" : advice.hint;
  return toProblem(path, line, { severity: "error", code: "broken-yaml", message, ...advice, hint });
}

function describeAlias(path: string, line: number): SpecProblem {
  return toProblem(path, line, {
    severity: "error",
    code: "yaml-alias",
    message: "a workflow has no aliases: each step says all that it means",
    found: "an alias (*name)",
    expected: "the value itself",
    hint: "write the value out",
  });
}

const isReserved = (name: string): boolean => listBuiltIns().some((each) => each.name === name);

function describeReserved(name: string, { path, line }: { path: string; line: number }): SpecProblem {
  return toProblem(path, line, {
    severity: "error",
    code: "reserved-name",
    message: `"${name}" is the name of a built-in workflow, which cannot be replaced`,
    found: name,
    expected: "a name that no built-in workflow has",
    hint: `give it another name, such as team-${name}`,
  });
}

/** The node at a path; for a key that is there the key itself; the last one known where the path goes on. */
function findNode(root: unknown, path: ContentPath): Node | null {
  let node: unknown = root;
  let last: Node | null = isMap(root) || isSeq(root) || isScalar(root) ? root : null;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) break;
      last = pair.key as Node;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      last = (node as Node | undefined) ?? last;
    } else break;
  }
  return last;
}
