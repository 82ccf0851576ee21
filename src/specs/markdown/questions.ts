/**
 * Open questions. One with a key, options or something that it blocks is a decision that the spec asks for. One that is
 * only a sentence blocks nothing: it is answered with `proceed` at once, so that it is on record and nobody is bothered.
 */

import { parseDurationMs } from "../../core/duration.ts";
import type { OpenQuestion, QuestionOption } from "../../core/model/spec.ts";
import { isIsoDate } from "../dates.ts";
import type { OwnNames } from "../dependency-syntax.ts";
import { readRange } from "../dependency-syntax.ts";
import { toQuestionKey } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { isNone, splitList } from "../values.ts";
import { readPriority } from "./fields.ts";
import { stripEmphasis } from "./inline.ts";
import type { ListItem } from "./list-items.ts";
import type { QuestionItem } from "./question-items.ts";
import { areOptions, type ReadOption, readOptions, toOptionId } from "./question-options.ts";

export interface QuestionContext {
  readonly own: OwnNames;
  /** All task keys of a phase. */
  tasksOfPhase(phase: string): readonly string[];
  readonly problems: ProblemList;
}

/** What a question without options can be answered with. */
const IN_WORDS: readonly QuestionOption[] = [
  {
    id: "answer",
    label: "answer in words",
    description: "say it with --because; whoever does the work is told",
    implications: [],
    recommended: false,
  },
  {
    id: "proceed",
    label: "go on without an answer",
    description: "whoever does the work decides, and says what it decided",
    implications: [],
    recommended: false,
  },
];

export function readQuestions(
  items: readonly QuestionItem[],
  context: QuestionContext,
): readonly OpenQuestion[] {
  const taken = new Set<string>();
  return items.flatMap((item, index) => {
    const parts = readParts(item);
    const text = parts.question;
    const isClosed = item.closed || parts.values.has("answer");
    if (isClosed || (text === "" && !parts.values.has("key"))) return [];
    if (
      (text !== "" && isNone(text)) ||
      /^(?:none yet|no open questions)\b|^\[NEEDS[ _-]CLARIFICATION/i.test(text)
    )
      return [];
    return [toQuestion(item, parts, { context, taken, index })];
  });
}

interface Parts {
  readonly question: string;
  readonly values: ReadonlyMap<string, { readonly text: string; readonly line: number }>;
  readonly options: readonly ReadOption[];
}

const ATTRIBUTE =
  /^\s*[*_`]{0,2}(key|question|options?|choices|recommended|recommendation|recommend|default|after|auto[ _-]?resolve(?:[ _-]after)?|timeout|deadline|due|priority|blocks|blocking|affects|answer(?:ed)?|decision|decided|resolution|resolved|context|why|type)[*_`]{0,2}\s*[:：][*_]{0,2}\s*(.*)$/i;

const CANONICAL: Readonly<Record<string, string>> = {
  option: "options",
  choices: "options",
  recommendation: "recommended",
  recommend: "recommended",
  timeout: "after",
  due: "deadline",
  blocking: "blocks",
  affects: "blocks",
  answered: "answer",
  decision: "answer",
  decided: "answer",
  resolution: "answer",
  resolved: "answer",
};

function readParts(item: QuestionItem): Parts {
  const values = new Map<string, { text: string; line: number }>();
  const words: string[] = [];
  const set = (name: string, text: string, line: number): void => {
    const plain = name.toLowerCase().replace(/[ _-]/g, "");
    const key = plain.startsWith("autoresolve") ? "after" : (CANONICAL[plain] ?? plain);
    const value = text.trim().replace(/^([`"'])(.*)\1$/, "$2");
    if (!values.has(key) && (value !== "" || key === "options")) values.set(key, { text: value, line });
  };
  for (const [index, placed] of item.lines.entries()) {
    // `key: X` in backticks may have the question behind it.
    const isCode = /^\s*`[^`:]*:/.test(placed.text);
    const attribute = isCode ? null : ATTRIBUTE.exec(placed.text);
    if (attribute) set(attribute[1] ?? "", attribute[2] ?? "", placed.line);
    else {
      const place = index > 0 ? "further" : item.children.length > 0 ? "first, with a list" : "first";
      words.push(takeInline(placed.text, place, (name, text) => set(name, text, placed.line)));
    }
  }
  const listed: ListItem[] = [];
  let options: readonly ListItem[] = [];
  for (const child of item.children) {
    const attribute = ATTRIBUTE.exec(child.text);
    if (attribute) set(attribute[1] ?? "", attribute[2] ?? "", child.line);
    if (attribute && /^(?:options?|choices)$/i.test(attribute[1] ?? "")) options = child.children;
    else if (!attribute) listed.push(child);
  }
  const isAsked = ["key", "options", "recommended", "default", "blocks"].some((name) => values.has(name));
  if (options.length === 0 && areOptions(listed, isAsked)) options = listed;
  const question = values.get("question")?.text ?? joinQuestion(words, item.isHeading);
  return {
    question: stripEmphasis(question).replace(/\s+/g, " ").trim(),
    values,
    options: readOptions(options),
  };
}

/** The words up to a question mark; without one, those of a list item, or the heading alone. */
function joinQuestion(lines: readonly string[], isHeading: boolean): string {
  const words = lines.filter((line) => line !== "");
  const end = words.findIndex((line) => /[?？]\W*$/.test(line));
  return words.slice(0, end === -1 ? (isHeading ? 1 : words.length) : end + 1).join(" ");
}

type LinePlace = "first" | "first, with a list" | "further";

/** Takes `(key: X; blocks: T3)`, `` `key: X` `` and a leading `SOME_KEY:` out of a line of the question. */
function takeInline(text: string, place: LinePlace, set: (name: string, text: string) => void): string {
  const rest = text.replace(
    /\s*(?:\(([^()]{3,200})\)|`([^`]{3,200})`|\{([^{}]{3,200})\})/g,
    (whole, ...inside: (string | undefined)[]) => {
      const parts = (inside.slice(0, 3).find((part) => typeof part === "string") ?? "")
        .split(";")
        .map((part) => ATTRIBUTE.exec(part));
      if (parts.some((part) => !part?.[2])) return whole;
      for (const part of parts) set(part?.[1] ?? "", part?.[2] ?? "");
      return "";
    },
  );
  const alone = place === "further" ? undefined : /^\s*`?([A-Z][A-Z0-9]*_[A-Z0-9_]+)`?\s*$/.exec(rest)?.[1];
  if (alone !== undefined) {
    set("key", alone);
    return "";
  }
  // "API: which version?" is a sentence; above a list of options, or with `_`, such a word is a key.
  const key =
    place === "further"
      ? null
      : /^\s*(?:\*\*|`)?([A-Z][A-Z0-9_]{2,59})(?:\*\*|`)?\s*(?:[:：](?:\*\*)?|\s[—–-])\s+(?=\S)/.exec(rest);
  if (!key || (place === "first" && !key[1]?.includes("_"))) return rest.trim();
  set("key", key[1] ?? "");
  return rest.slice(key[0].length).trim();
}

interface Placing {
  readonly context: QuestionContext;
  readonly taken: Set<string>;
  readonly index: number;
}

function toQuestion(item: QuestionItem, parts: Parts, { context, taken, index }: Placing): OpenQuestion {
  const { values } = parts;
  const isDecision = values.has("key") || values.has("blocks") || parts.options.length > 0;
  const options = chooseOptions(parts, isDecision, context.problems);
  const defaultOption = chooseDefault(parts, options, context.problems) ?? (isDecision ? null : "proceed");
  return {
    key: chooseKey(parts, { context, taken, index }, item.line),
    question: parts.question || (values.get("key")?.text ?? ""),
    options,
    defaultOption,
    autoResolveMinutes: readMinutes(values.get("after"), context.problems) ?? (isDecision ? null : 0),
    deadline: readDeadline(values.get("deadline"), context.problems),
    priority: readPriority(values.get("priority")?.text ?? "") ?? (isDecision ? "medium" : "low"),
    blocks: isDecision ? readBlocks(values.get("blocks"), context) : [],
    line: item.line,
  };
}

function chooseOptions(parts: Parts, isDecision: boolean, problems: ProblemList): readonly QuestionOption[] {
  const options = parts.options.map((read) => read.option);
  if (options.length === 0) {
    return IN_WORDS.map((option) => ({ ...option, recommended: !isDecision && option.id === "proceed" }));
  }
  const wanted = parts.values.get("recommended");
  if (!wanted) return options;
  const found = findOption(wanted.text, options);
  if (!found) reportOption("recommended", wanted, options, problems);
  return found ? options.map((option) => ({ ...option, recommended: option === found })) : options;
}

function findOption(text: string, options: readonly QuestionOption[]): QuestionOption | undefined {
  const id = toOptionId(text.replace(/\s+[—–-]\s.*$/, ""));
  return (
    options.find((option) => option.id === id) ??
    options.find((option) => option.label.toLowerCase() === text.trim().toLowerCase())
  );
}

function chooseDefault(
  parts: Parts,
  options: readonly QuestionOption[],
  problems: ProblemList,
): string | null {
  const written = parts.values.get("default");
  if (!written) {
    const marked = parts.options.find((read) => read.isDefault)?.option.id;
    const recommended = options.find((option) => option.recommended)?.id;
    return marked ?? (parts.values.has("after") ? recommended : undefined) ?? null;
  }
  const found = findOption(written.text, options);
  if (!found) reportOption("default", written, options, problems);
  return found?.id ?? null;
}

interface Placed {
  readonly text: string;
  readonly line: number;
}

function reportOption(
  name: string,
  found: Placed,
  options: readonly QuestionOption[],
  problems: ProblemList,
): void {
  problems.add(found.line, {
    severity: "warning",
    code: "unknown-option",
    message: `${name} names "${found.text}", which is no option of the question: it is ignored`,
    found: found.text,
    expected: options.map((option) => option.id).join(", "),
    hint: "write the id of an option",
  });
}

function chooseKey(parts: Parts, { context, taken, index }: Placing, line: number): string {
  const written = parts.values.get("key")?.text ?? "";
  const base = toQuestionKey(written) || toQuestionKey(parts.question) || `Q${index + 1}`;
  let key = base;
  for (let copy = 2; taken.has(key); copy += 1) key = `${base}_${copy}`;
  taken.add(key);
  if (key !== base && written !== "") {
    context.problems.add(line, {
      severity: "warning",
      code: "duplicate-id",
      message: `${base} is the key of more than one question: this one is ${key}`,
      found: base,
      expected: "keys that are unique in the spec",
      hint: "give it another key",
    });
  }
  return key;
}

function readMinutes(written: Placed | undefined, problems: ProblemList): number | null {
  if (!written) return null;
  const afterMs = parseDurationMs(written.text);
  if (afterMs !== null) return afterMs / 60_000;
  problems.add(written.line, {
    severity: "warning",
    code: "bad-duration",
    message: `"after: ${written.text}" cannot be read: the question waits for an answer`,
    found: written.text,
    expected: "a duration such as 30m or 2h",
    hint: "write a number with its unit",
  });
  return null;
}

function readDeadline(written: Placed | undefined, problems: ProblemList): string | null {
  if (!written) return null;
  if (isIsoDate(written.text)) return written.text;
  problems.add(written.line, {
    severity: "warning",
    code: "bad-date",
    message: `the deadline "${written.text}" is no date: it is ignored`,
    found: written.text,
    expected: "an ISO date such as 2026-12-01",
    hint: "write year-month-day",
  });
  return null;
}

/** Null: every task waits. */
function readBlocks(written: Placed | undefined, context: QuestionContext): readonly string[] | null {
  if (!written || /^(?:all|everything|the whole spec|\*)$/i.test(written.text.trim())) return null;
  if (isNone(written.text)) return [];
  const names = splitList(written.text.replace(/^\[|\]$/g, "")).flatMap((part) => part.split(/\s+and\s+/));
  const keys = names.flatMap((name) => {
    const plain = name.replace(/[`#*]/g, "").trim();
    const bare = plain.replace(/^(?:tasks?|steps?)\s+/i, "");
    const found = (readRange(bare) ?? [bare]).flatMap((one) => context.own.findTasks(one));
    const phase = found.length === 0 ? context.own.findPhase(plain) : null;
    if (phase !== null) return context.tasksOfPhase(phase);
    if (found.length === 0) reportBlocked(plain, written, context.problems);
    return found;
  });
  return [...new Set(keys)];
}

/** Nothing would wait for the answer, though the author said that something must. */
function reportBlocked(name: string, written: Placed, problems: ProblemList): void {
  problems.add(written.line, {
    severity: "needs_detail",
    code: "unknown-task",
    message: `the question blocks "${name}", which is no task of this spec`,
    found: name,
    expected: "the id of a task or phase of this spec, or all",
    hint: "correct the id",
  });
}
