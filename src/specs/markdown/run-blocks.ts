import { parseDurationMs } from "../../core/duration.ts";
import type { RunBlock } from "../../core/model/spec.ts";
import type { ProblemList } from "../problems.ts";
import type { Fence, Line, ScannedText } from "./lines.ts";

/** A run block where it stands in the document. */
export interface RunFence {
  readonly fence: Fence;
  readonly block: RunBlock;
  /** Written `task=T2`; null: it belongs to the box above it. */
  readonly task: string | null;
}

const SHELLS = new Set(["sh", "bash", "shell"]);

/** True for the info string of a block to run: `sh run`, `bash run timeout=10m`. */
export function isRunInfo(info: string): boolean {
  const [language = "", ...words] = info.trim().toLowerCase().split(/\s+/);
  return SHELLS.has(language) && words.includes("run");
}

/** All run blocks. The script is dedented and has `\n` as its line ends. */
export function findRunBlocks(text: ScannedText, problems: ProblemList): readonly RunFence[] {
  const runs: RunFence[] = [];
  for (const fence of text.fences) {
    const isRun = isRunInfo(fence.info);
    if (fence.close === null) reportUnclosed(fence.open, isRun, problems);
    if (!isRun || fence.close === null) continue;
    const lines = text.lines.slice(fence.open, fence.close - 1);
    reportSwallowed(fence, lines, problems);
    const script = lines.map((line) => dedent(line.text, fence.indent)).join("\n");
    if (script.trim() === "") {
      problems.add(fence.open, {
        severity: "needs_detail",
        code: "empty-run-block",
        message: "the run block is empty",
        expected: "at least one command",
        hint: "write the commands, or remove the block",
      });
      continue;
    }
    const attributes = readAttributes(fence.info);
    const timeoutMs = readTimeout(attributes.get("timeout"), fence.open, problems);
    const block = { script: `${script}\n`, line: fence.open, timeoutMs };
    runs.push({ fence, block, task: attributes.get("task") ?? null });
  }
  return runs;
}

function reportUnclosed(line: number, isRun: boolean, problems: ProblemList): void {
  problems.add(line, {
    severity: isRun ? "needs_detail" : "warning",
    code: "unclosed-fence",
    message: `the ${isRun ? "run" : "code"} block is never closed: everything below it is part of it`,
    found: "the end of the document",
    expected: "a line of ``` as long as the first",
    hint: "close the block",
  });
}

/** A block that opens another inside was most probably not closed, and its script would be prose. */
function reportSwallowed(fence: Fence, lines: readonly Line[], problems: ProblemList): void {
  const inner = lines.find((line) => (/^\s*(`{3,})\s*\w/.exec(line.text)?.[1]?.length ?? 0) >= fence.length);
  if (!inner) return;
  problems.add(inner.number, {
    severity: "needs_detail",
    code: "unclosed-fence",
    message: `the run block of line ${fence.open} is not closed before this block begins`,
    found: inner.text.trim(),
    expected: "a line of ``` before it",
    hint: "close the first block; around a script that contains ``` use more marks",
  });
}

function readAttributes(info: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const match of info.matchAll(/([A-Za-z_-]{1,30})=(?:"([^"]*)"|(\S+))/g)) {
    attributes.set((match[1] ?? "").toLowerCase(), match[2] ?? match[3] ?? "");
  }
  return attributes;
}

/** A timeout as written; null where there is none or it cannot be read, which is reported. */
export function readTimeout(text: string | undefined, line: number, problems: ProblemList): number | null {
  if (text === undefined) return null;
  const timeoutMs = parseDurationMs(text);
  if (timeoutMs === null) {
    problems.add(line, {
      severity: "warning",
      code: "bad-duration",
      message: `the timeout "${text}" cannot be read: the default is used`,
      found: text,
      expected: "a duration such as 10m, 90s or 1h 30m",
      hint: "write a number with its unit",
    });
  }
  return timeoutMs;
}

function dedent(line: string, columns: number): string {
  let at = 0;
  let seen = 0;
  while (seen < columns && (line[at] === " " || line[at] === "\t")) {
    seen += line[at] === "\t" ? 4 - (seen % 4) : 1;
    at += 1;
  }
  return line.slice(at);
}
