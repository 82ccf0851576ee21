import type { Priority } from "../../core/model/spec.ts";
import type { ProblemList } from "../problems.ts";
import { type FieldValue, isNone, listTexts, toText } from "../values.ts";
import { type BoldField, findBoldFields, findHead, toFieldValue } from "./bold-fields.ts";
import { ALIASES, adviseOnKeys } from "./field-names.ts";
import { readFrontmatter } from "./frontmatter.ts";
import { stripEmphasis } from "./inline.ts";
import type { ScannedText } from "./lines.ts";

/** How strictly a field's words are taken: `ids` names specs, `words` may name them, `prose` is free text. */
export type FieldStyle = "ids" | "words" | "prose";

interface StyledValue {
  readonly value: FieldValue;
  readonly style: FieldStyle;
}

/** The metadata of a document, from its frontmatter and the bold lines at its head; frontmatter wins. */
export interface Fields {
  /** It has a status, an id or another field that only a plan has. */
  readonly isPlan: boolean;
  /** Nothing but an `id` says so, and other keys are those of a documentation site. */
  readonly isSitePage: boolean;
  /** Line of the first field; 1 where there is none. */
  readonly line: number;
  readonly id: { readonly text: string; readonly line: number } | null;
  readonly title: string | null;
  readonly status: { readonly text: string; readonly line: number } | null;
  readonly priority: Priority;
  readonly dependsOn: readonly StyledValue[];
  readonly blocks: readonly StyledValue[];
  readonly uses: readonly StyledValue[];
  readonly touches: readonly { readonly text: string; readonly line: number }[];
  readonly executor: string | null;
  readonly model: string | null;
  readonly type: string | null;
  readonly autonomy: { readonly text: string; readonly line: number } | null;
  readonly workflow: { readonly text: string; readonly line: number } | null;
  readonly owner: string | null;
  readonly budget: { readonly text: string; readonly line: number } | null;
  readonly session: { readonly text: string; readonly line: number } | null;
  readonly sessionTimeout: { readonly text: string; readonly line: number } | null;
  readonly due: { readonly text: string; readonly line: number } | null;
  readonly gates: readonly string[] | null;
  readonly tags: readonly string[];
}

const PLAN_BOLD = ["id", "status", "priority", "dependencies", "depends_on", "blocks"];
const PLAN_FRONTMATTER = ["id", "status", "depends_on", "blocks"];
const SITE_KEYS =
  /^(?:sidebar_\w+|slug|layout|permalink|nav_order|hide_title|hide_table_of_contents|pagination_\w+|displayed_sidebar|weight|menu|parent|toc)$/;

interface Entry {
  readonly value: FieldValue;
  readonly source: "frontmatter" | "bold";
  /** The name before aliases. */
  readonly written: string;
}

export function readFields(text: ScannedText, problems: ProblemList): Fields {
  const frontmatter = text.frontmatter
    ? readFrontmatter(text.frontmatter, text.lines, problems)
    : new Map<string, FieldValue>();
  adviseOnKeys(frontmatter, problems);
  const bold = findBoldFields(findHead(text));
  const entries = groupEntries(frontmatter, bold);
  const first = (name: string): FieldValue | undefined => entries.get(name)?.[0]?.value;
  const frontKeys = [...frontmatter.keys()];
  const names = (source: Entry["source"]): string[] =>
    [...entries].filter(([, list]) => list.some((entry) => entry.source === source)).map(([name]) => name);
  const planKeys = PLAN_FRONTMATTER.filter((name) => names("frontmatter").includes(name));
  const isPlanByBold = PLAN_BOLD.some((name) => names("bold").includes(name));
  const onlyId = planKeys.length === 1 && planKeys[0] === "id" && !isPlanByBold;
  return {
    isPlan: planKeys.length > 0 || isPlanByBold,
    isSitePage: onlyId && frontKeys.some((key) => SITE_KEYS.test(key)),
    line: findFirstLine([...entries.values()].flat()),
    id: toPlaced(first("id")),
    title: toText(first("title")),
    status: toStatus(first("status")),
    priority: readPriority(toText(first("priority")) ?? "") ?? "medium",
    dependsOn: [...styled(entries, "depends_on", "words"), ...styled(entries, "dependencies", "prose")],
    blocks: styled(entries, "blocks", "words"),
    uses: styled(entries, "uses", "ids"),
    touches: (entries.get("touches") ?? []).flatMap((entry) => listTexts(entry.value)),
    executor: toText(first("executor")),
    model: toText(first("model")),
    type: toText(first("type")),
    autonomy: toLimit(first("autonomy")),
    workflow: toPlaced(first("workflow")),
    owner: toText(first("owner")),
    budget: toLimit(first("budget")),
    session: toPlaced(first("session")),
    sessionTimeout: toPlaced(first("session_timeout")),
    due: toPlaced(first("due")),
    gates: readGates(first("gates")),
    tags: (entries.get("tags") ?? []).flatMap((entry) => listTexts(entry.value)).map((tag) => tag.text),
  };
}

function findFirstLine(entries: readonly Entry[]): number {
  return entries.reduce((first, { value }) => Math.min(first, value.line), entries[0]?.value.line ?? 1);
}

function groupEntries(
  frontmatter: ReadonlyMap<string, FieldValue>,
  bold: readonly BoldField[],
): ReadonlyMap<string, Entry[]> {
  const all: Entry[] = [
    ...[...frontmatter].map(([written, value]) => ({ written, value, source: "frontmatter" as const })),
    ...bold.map((field) => ({ written: field.name, value: toFieldValue(field), source: "bold" as const })),
  ];
  return Map.groupBy(all, (entry) => {
    const name = Object.hasOwn(ALIASES, entry.written) ? ALIASES[entry.written] : entry.written;
    return name ?? entry.written;
  });
}

/** In frontmatter a name is meant as one; a bold line may be prose. */
function styled(entries: ReadonlyMap<string, Entry[]>, name: string, boldStyle: FieldStyle): StyledValue[] {
  return (entries.get(name) ?? []).map(({ value, source, written }) => {
    const frontStyle: FieldStyle = written === "dependencies" ? "words" : "ids";
    return { value, style: source === "frontmatter" ? frontStyle : boldStyle };
  });
}

function toPlaced(value: FieldValue | undefined): { text: string; line: number } | null {
  const text = toText(value);
  return value === undefined || text === null ? null : { text, line: value.line };
}

/** A limit in a form that has no words is there all the same: it must not be taken for none. */
function toLimit(value: FieldValue | undefined): { text: string; line: number } | null {
  if (value?.kind === "map") return { text: `{ ${[...value.entries.keys()].join(", ")} }`, line: value.line };
  if (value?.kind === "list")
    return {
      text: listTexts(value)
        .map(({ text }) => text)
        .join(", "),
      line: value.line,
    };
  return toPlaced(value);
}

function toStatus(value: FieldValue | undefined): { text: string; line: number } | null {
  const status = toPlaced(value);
  return status && { ...status, text: stripEmphasis(status.text) };
}

/** `gates: []` and `none` want no gate; `all` and nothing written want all of the project's. */
function readGates(value: FieldValue | undefined): readonly string[] | null {
  if (value === undefined || value.kind === "map") return null;
  if (value.kind === "text" && (value.text.trim() === "" || /^all$/i.test(value.text.trim()))) return null;
  if (value.kind === "text" && isNone(value.text)) return [];
  return listTexts(value).map((gate) => gate.text);
}

const PRIORITIES: readonly (readonly [RegExp, Priority])[] = [
  [/\b(?:critical|urgent|blocker|highest|p0)\b|🔴|紧急/i, "critical"],
  [/\b(?:high|important|must(?:[ -]have)?|major|p1)\b|🟠|高/i, "high"],
  [/\b(?:medium|normal|moderate|should(?:[ -]have)?|p2)\b|🟡|中/i, "medium"],
  [/\b(?:low(?:est)?|minor|trivial|nice[ -]to[ -]have|could(?:[ -]have)?|p[345])\b|🟢|低/i, "low"],
];

/** The first priority word in a text. Null: it has none. */
export function readPriority(text: string): Priority | null {
  let found: { at: number; priority: Priority } | null = null;
  for (const [pattern, priority] of PRIORITIES) {
    const at = text.search(pattern);
    if (at !== -1 && (found === null || at < found.at)) found = { at, priority };
  }
  return found?.priority ?? null;
}
