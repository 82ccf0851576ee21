/**
 * The syntax of dependencies, the same for whole specs and for tasks: `other`, `other#phase-1`, `other#T2`, `#T2`,
 * `docs/other.md`, `T1–T3`, `output:other:src/a.ts`, `approval:legal "…?"`, `knowledge:other#T1`, `news:other#T1`,
 * `resource:db*2`, and the same as maps. `docs/specs.md` shows each.
 */

import type { Dependency, DependencyTarget, Provenance, SourceLocation } from "../core/model/spec.ts";
import { unwrapReference } from "./markdown/inline.ts";
import { readPhaseHeading } from "./markdown/titles.ts";
import { toSlug } from "./names.ts";
import type { ProblemList } from "./problems.ts";
import { OWN_SPEC } from "./reader.ts";
import { type FieldValue, isNone, splitList, toText } from "./values.ts";

/** Finds what a name means inside the spec that is being read. */
export interface OwnNames {
  /** Keys of the tasks that a name stands for: one, the leaves of a group, or none. */
  findTasks(name: string): readonly string[];
  /** Key of a phase; null: no such phase. */
  findPhase(name: string): string | null;
}

export interface SyntaxContext {
  readonly path: string;
  /** `ids`: every name is meant as one. `words`: only what looks like an id. `prose`: only what cannot be a word. */
  readonly style: "ids" | "words" | "prose";
  /** Null for a dependency of the whole spec: a bare name is another spec. */
  readonly own: OwnNames | null;
  readonly problems: ProblemList;
}

const RANGE_MAX = 500;
const RANGE =
  /^([A-Za-z]{0,8}-?(?:\d{1,6}\.){0,5})(\d{1,6})\s*(–|—|‑|-|\.\.\.?|…|\bto\b)\s*([A-Za-z]{0,8}-?(?:\d{1,6}\.){0,5})(\d{1,6})$/;
/** A phase, task or step by its number, in words. */
const PART = /^(?:phase|tasks?|steps?)\s+\S+$/i;
const TYPE = /^(completion|output|approval|knowledge|news|resource)\s*:\s*(.+)$/is;

/** All dependencies in a value. What cannot be read is reported and left out. */
export function parseDependencies(value: FieldValue, context: SyntaxContext): readonly Dependency[] {
  if (value.kind === "list") return value.items.flatMap((item) => parseItem(item, context));
  return value.kind === "map" ? parseMap(value, context) : parseText(value.text, value.line, context);
}

/** An item of a list is one name, unless it is written like several. */
function parseItem(item: FieldValue, context: SyntaxContext): readonly Dependency[] {
  if (item.kind !== "text") return parseDependencies(item, context);
  return context.style === "ids" && !/[,;]/.test(item.text)
    ? parseWord(item.text, item.line, context)
    : parseText(item.text, item.line, context);
}

function parseText(text: string, line: number, context: SyntaxContext): readonly Dependency[] {
  if (isNone(text)) return [];
  const words = splitList(text).flatMap(splitAnd);
  // Next to free text, a bare word is a word of it: "billing, the new ledger" names no spec called "billing".
  const isFree = context.style === "words" && words.some((word) => isPhrase(unwrapNote(word)));
  const style = isFree ? "prose" : context.style;
  return words.flatMap((word) => parseWord(word, line, { ...context, style }));
}

/** "T1 and T2" are two names; "plan and build" is one phrase. */
function splitAnd(text: string): string[] {
  const parts = text.split(/\s+(?:and|und|et|y|&|\+)\s+/i);
  const areNames = parts.every((part) => PART.test(unwrapNote(part)) || !isPhrase(unwrapNote(part)));
  return parts.length > 1 && areNames ? parts : [text];
}

/** Without a remark in brackets, a full stop, or a word of completion behind a name. */
function unwrapNote(text: string): string {
  const plain = text
    .replace(/^\s*(?:[-*+>]\s+)*(?:\[[ xX]\]\s+)?/, "")
    .replace(/(?<=\S)\s+\([^()]*\)\s*$/, "")
    .replace(/[\s.]+$/, "")
    .replace(/(?<=^\S+)\s+(?:is\s+)?(?:completion|completed?|done|landed|merged|finished)$/i, "");
  return unwrapReference(plain.trim());
}

function isPhrase(name: string): boolean {
  return /\s/.test(name) && !TYPE.test(name) && !name.includes("#") && readRange(name) === null;
}

function parseWord(word: string, line: number, context: SyntaxContext): readonly Dependency[] {
  const location: SourceLocation = { path: context.path, line };
  const typed = TYPE.exec(word.trim().replace(/^`(.*)`$/, "$1"));
  if (typed)
    return parseTyped((typed[1] ?? "").toLowerCase(), (typed[2] ?? "").trim(), { location, context });
  const name = unwrapNote(word);
  if (name === "" || isNone(name)) return [];
  const provenance = judgeProvenance(word, name, context);
  return findTargets(name, context).map((target) => ({ type: "completion", target, location, provenance }));
}

function judgeProvenance(word: string, name: string, context: SyntaxContext): Provenance {
  if (context.style === "ids") return "explicit";
  if (/`|\]\(|\[\[|#|\.md\b/.test(word)) return "explicit";
  const { own } = context;
  if (own && (PART.test(name) || own.findTasks(name).length > 0 || own.findPhase(name) !== null))
    return "explicit";
  if (isPhrase(name)) return "prose";
  return context.style === "words" ? "explicit" : "prose";
}

interface Typed {
  readonly location: SourceLocation;
  readonly context: SyntaxContext;
}

function parseTyped(type: string, rest: string, { location, context }: Typed): readonly Dependency[] {
  const base = { location, provenance: "explicit" as const };
  if (type === "approval") return [{ ...base, type, ...readApproval(rest) }];
  if (type === "resource") return readResources(rest, location, context.problems);
  if (type !== "output") {
    const targets = findTargets(unwrapNote(rest), context);
    return targets.map((target) => ({ ...base, ...toPlain(type), target }));
  }
  const colon = rest.indexOf(":");
  const artifact = toArtifact(rest.slice(colon + 1));
  if (colon > 0 && artifact !== null) {
    return findTargets(unwrapNote(rest.slice(0, colon)), context).map((target) => ({
      ...base,
      type,
      target,
      artifact,
    }));
  }
  reportSyntax(
    context.problems,
    location.line,
    `output:${rest}`,
    "output:<spec>:<path>, such as output:api:src/a.ts",
  );
  return [];
}

/** A type that has nothing but a target. `news` is knowledge that is not waited for. */
function toPlain(type: string) {
  if (type === "news") return { type: "knowledge", news: true } as const;
  return { type: type === "knowledge" ? "knowledge" : "completion" } as const;
}

/** A path inside the repository, without `./` before it. Null: none. */
function toArtifact(text: string): string | null {
  const path = unwrapReference(text).replace(/^(?:\.\/)+/, "");
  return path === "" || path.startsWith("/") || path.split("/").includes("..") ? null : path;
}

function readApproval(text: string): { subject: string; question: string } {
  const [, name = "", quoted, bare] = /^([^\s":]+)\s*:?\s*(?:["“](.*?)["”]?|(.*))$/s.exec(text) ?? [];
  const subject = toSlug(name) || "operator";
  const question = (quoted ?? bare ?? "").trim();
  return { subject, question: question || `Has ${subject} approved this?` };
}

/** `db`, `db*2`, `gpu x2`, `db (2)`; several between commas. */
export function readResources(
  text: string,
  location: SourceLocation,
  problems: ProblemList,
): readonly Dependency[] {
  return splitList(text).flatMap((part): Dependency[] => {
    const match =
      /^([\p{L}\p{N}][\p{L}\p{N}_.-]{0,60}?)\s*(?:(?:[*×]|x(?=\s*\d))\s*(\d{1,6})|\((\d{1,6})\))?$/u.exec(
        unwrapReference(part),
      );
    const amount = Number(match?.[2] ?? match?.[3] ?? 1);
    if (match?.[1] && amount >= 1) {
      return [{ type: "resource", resource: match[1], amount, location, provenance: "explicit" }];
    }
    if (!isNone(part))
      reportSyntax(problems, location.line, part, "the name of a resource, such as db or db*2");
    return [];
  });
}

function parseMap(map: Extract<FieldValue, { kind: "map" }>, context: SyntaxContext): readonly Dependency[] {
  const get = (...names: string[]): string | null =>
    names.map((name) => toText(map.entries.get(name))).find((text) => text !== null) ?? null;
  const location: SourceLocation = { path: context.path, line: map.line };
  const base = { location, provenance: "explicit" as const };
  const type = (get("type") ?? "completion").toLowerCase();
  const on = get("on", "spec", "target", "task", "id");
  const part = get("phase");
  const name = on !== null && part !== null ? `${on}#${/^\d/.test(part) ? `phase ${part}` : part}` : on;
  const artifact = toArtifact(get("artifact", "path", "file") ?? "");
  const subject = get("subject", "by", "who", "from");
  const resource = get("resource", "name");
  if (type === "approval" && subject !== null) {
    const question = get("question") ?? "";
    return [{ ...base, type, ...readApproval(`${toSlug(subject)} ${question}`) }];
  }
  if (type === "resource" && resource !== null)
    return readResources(`${resource}*${get("amount") ?? "1"}`, location, context.problems);
  if (name !== null && type === "output" && artifact !== null) {
    return findTargets(name, context).map((target) => ({ ...base, type, target, artifact }));
  }
  if (name !== null && (type === "completion" || type === "knowledge" || type === "news")) {
    return findTargets(name, context).map((target) => ({ ...base, ...toPlain(type), target }));
  }
  const found = [...map.entries.keys()].join(", ");
  reportSyntax(
    context.problems,
    map.line,
    `type ${type} with ${found}`,
    "{type: output, on: other#T1, artifact: src/a.ts}",
  );
  return [];
}

/** `uses: [db, {name: gpu, amount: 2}]`. */
export function parseUses(value: FieldValue, path: string, problems: ProblemList): readonly Dependency[] {
  if (value.kind === "list") return value.items.flatMap((item) => parseUses(item, path, problems));
  if (value.kind === "text")
    return isNone(value.text) ? [] : readResources(value.text, { path, line: value.line }, problems);
  const entries = new Map<string, FieldValue>([
    ...value.entries,
    ["type", { kind: "text", text: "resource", line: value.line }],
  ]);
  return parseMap({ ...value, entries }, { path, style: "ids", own: null, problems });
}

function reportSyntax(problems: ProblemList, line: number, found: string, expected: string): void {
  problems.add(line, {
    severity: "needs_detail",
    code: "unreadable-dependency",
    message: `the dependency "${found}" cannot be read`,
    found,
    expected,
    hint: "see the syntax of dependencies in docs/specs.md",
  });
}

function findTargets(name: string, context: SyntaxContext): readonly DependencyTarget[] {
  const hash = name.indexOf("#");
  const spec = (hash === -1 ? name : name.slice(0, hash)).trim();
  const fragment = hash === -1 ? "" : name.slice(hash + 1).trim();
  if (hash !== -1 && spec !== "") return fragment === "" ? [toWhole(spec)] : expandParts(spec, fragment);
  const own = context.own ? findOwn(fragment || spec, context.own, hash === 0) : null;
  if (own) return own;
  return hash === 0 ? expandParts(OWN_SPEC, fragment) : [toWhole(spec)];
}

const toWhole = (spec: string): DependencyTarget => ({ kind: "workstream", spec });

/** Own tasks or phases that a name stands for; null where it names none and could be another spec. */
function findOwn(name: string, own: OwnNames, isOwn: boolean): readonly DependencyTarget[] | null {
  const bare = name.replace(/^(?:tasks?|steps?)\s+/i, "");
  const names = own.findTasks(bare).length > 0 ? [bare] : (readRange(bare) ?? [bare]);
  const found = names.map((one) => own.findTasks(one));
  const looksOwn = isOwn || names.length > 1 || bare !== name || /^[A-Z]{0,3}\d+(?:\.\d+)*$/.test(bare);
  const phase = own.findPhase(name);
  if (found.some((keys) => keys.length > 0) || (looksOwn && phase === null)) {
    const keys = found.flatMap((list, index) => (list.length > 0 ? list : [names[index] ?? ""]));
    return keys.map((task) => ({ kind: "task", spec: OWN_SPEC, task }));
  }
  return phase === null ? null : [{ kind: "phase", spec: OWN_SPEC, phase }];
}

/** Which parts a fragment names is known for sure only when the other spec has been read. */
function expandParts(spec: string, fragment: string): readonly DependencyTarget[] {
  const plain = fragment.replace(/^(?:tasks?|steps?)\s+/i, "");
  const phase = readPhaseHeading(plain.replace(/-(?=\d)/, " "));
  if (phase) return [{ kind: "phase", spec, phase: phase.key }];
  return (readRange(plain) ?? [plain]).map((task) => ({ kind: "task", spec, task }));
}

/** `1.1–1.3`, `T001-T005`, `T1..T3` -> every id between. Null: no range. */
export function readRange(text: string): readonly string[] | null {
  const match = RANGE.exec(text.trim().replace(/^(?:tasks?|steps?)\s+/i, ""));
  if (!match) return null;
  const [, before = "", first = "", dash = "", beforeLast = "", last = ""] = match;
  // "L5-19" is an id, "L5–19" a range: behind a plain hyphen the prefix must be written again.
  const repeats = beforeLast === before || (beforeLast === "" && dash !== "-");
  const count = Number(last) - Number(first) + 1;
  if (!repeats || count < 2 || count > RANGE_MAX) return null;
  const width = first.startsWith("0") ? first.length : 0;
  return Array.from(
    { length: count },
    (_, step) => before + String(Number(first) + step).padStart(width, "0"),
  );
}
