import { stripEmphasis } from "./inline.ts";

/** What an author puts before the title of a task: an id, `[P]`, the story it belongs to. */
export interface TitleParts {
  /** As written (`T012`, `2.1`); null where there is none. */
  readonly id: string | null;
  readonly parallel: boolean;
  readonly title: string;
}

const TITLE_CHARS_MAX = 200;

/** Words with a number that are names of things, not of tasks. */
const NOT_IDS =
  /^(?:UTF|SHA|GPT|ISO|RFC|CVE|AES|RSA|MD|HTTP|ES|ECMA|IPV|TLS|WCAG|PEP|BIP|EIP|OAUTH|WEB|MP|H|V|S|P|Q)-?\d/i;

const ID = "(?:[A-Z]{1,8}-?|[a-z]{1,8}-)?\\d{1,6}(?:[.-]\\d{1,6}){0,5}[a-z]?";
const WRAPPED_ID = new RegExp(`^\`(${ID})[.:)]?\`[.:)]?(?=\\s|$)`);
const BRACKET_ID = /^\[([A-Z]{1,8}-?\d{1,6}(?:[.-]\d{1,6}){0,5})\](?=\s|$)/;
const MARKED_ID = new RegExp(`^(${ID})(?:[.:)]|\\s?[–—]|\\s-)(?=\\s|$)`);
const BARE_ID =
  /^((?:\d{1,6}(?:\.\d{1,6}){1,5}|(?:T|TASK|task)-?\d{1,6}[a-z]?(?:\.\d{1,6})?|[A-Z]\d{1,6}|[A-Z]{1,8}\d{0,4}[.-]\d{1,6}(?:[.-]\d{1,6}){0,4})\.?)(?=\s)/;

/** Splits the text behind a box. */
export function readTitle(text: string): TitleParts {
  let rest = stripEmphasis(
    text
      .replace(/<!--.*?-->/g, "")
      .replace(/<!--.*$/, "")
      .trim(),
  );
  let id: string | null = null;
  let parallel = false;
  for (let found = true; found; ) {
    found = false;
    const mark = /^(?:\[P\]|\(P\)|`\[P\]`)(?=\s|$)\s*/.exec(rest);
    const story = /^\[US-?\d{1,6}(?:\.\d{1,6})?\](?=\s|$)\s*/i.exec(rest);
    const decoration = /^(?:\p{Extended_Pictographic}|\u{FE0F}|\u{200D})+\s*/u.exec(rest);
    const written: ReturnType<typeof readId> = id === null ? readId(rest) : null;
    const part = mark?.[0] ?? story?.[0] ?? decoration?.[0] ?? written?.[1];
    if (part === undefined) break;
    parallel ||= mark !== null;
    if (!mark && !story && !decoration) id = written?.[0] ?? null;
    rest = rest.slice(part.length).replace(/^\s*(?:[–—:-]\s+)?/, "");
    found = true;
  }
  const end = /\s(?:\[P\]|\(P\))$/.exec(rest);
  if (end) rest = rest.slice(0, end.index);
  return { id, parallel: parallel || end !== null, title: toTitle(rest) };
}

/** Marked as code, `H1` is an id; in a sentence it is a heading of HTML. */
function isName(id: string, isMarked: boolean): boolean {
  return NOT_IDS.test(id) && !(isMarked && /^[HVPQ]\d/.test(id));
}

/** The id at the start of a text and the part that it takes up. */
function readId(text: string): readonly [id: string, part: string] | null {
  for (const pattern of [WRAPPED_ID, BRACKET_ID, MARKED_ID, BARE_ID]) {
    const match = pattern.exec(text);
    const id = match?.[1]?.replace(/\.$/, "");
    if (!match || !id || isName(id, pattern === WRAPPED_ID) || /^US-?\d/i.test(id)) continue;
    if (/^\d{1,6}$/.test(id) && pattern === MARKED_ID && !/^\d+[.:)]/.test(text)) continue;
    return [id, match[0]];
  }
  return null;
}

/** A title for people: no marks of emphasis, no links, one line, at most 200 characters. */
export function toTitle(text: string): string {
  const plain = stripEmphasis(text.slice(0, 2 * TITLE_CHARS_MAX))
    .replace(/!?\[([^\][]{1,200})\]\([^()\s]{0,500}\)/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length > TITLE_CHARS_MAX ? `${plain.slice(0, TITLE_CHARS_MAX - 1)}…` : plain;
}

const TASK_WORD =
  "task|step|story|ticket|item|work item|subtask|aufgabe|schritt|tâche|tarea|paso|tarefa|任务|任務|タスク|задача|шаг";
const TASK_WORD_FIRST = new RegExp(`^(?:${TASK_WORD})\\s*#?`, "iu");
const ID_FIRST = new RegExp(`^(${ID})(?![\\p{L}\\p{N}])\\s*[.:)：–—-]?\\s*(.*)$`, "u");
const ID_AND_TITLE = new RegExp(`^(${ID})(?::|\\)|\\s[-–—])\\s+(\\S.*)$`);

/** Ids of things that a task serves, and that are no tasks: requirements, stories, risks, decisions. */
const SERVED = /^(?:FR|NFR|REQ|US|UC|AC|SC|ADR|RFC|OQ|Q|R|G|D|RISK|CR|BR)-?\d/i;

/** A heading that is itself a task: `### Task 3: …`, `### T1: …`, `## AURA-1 — …`. Null: another heading. */
export function readTaskHeading(
  title: string,
): { readonly id: string; readonly title: string; readonly isStep: boolean } | null {
  const word = TASK_WORD_FIRST.exec(title)?.[0];
  const worded = word === undefined ? null : ID_FIRST.exec(title.slice(word.length));
  if (word !== undefined && worded) {
    const [, id = "", rest = ""] = worded;
    return { id, title: toTitle(rest) || title, isStep: /^(?:step|schritt|paso|шаг)/i.test(word) };
  }
  const [, id = "", rest = ""] = ID_AND_TITLE.exec(title) ?? [];
  if (id === "" || !/[A-Za-z]/.test(id) || NOT_IDS.test(id) || SERVED.test(id)) return null;
  return { id, title: toTitle(rest), isStep: false };
}

const PHASE_WORD =
  "phase|stage|milestone|sprint|iteration|wave|week|part|étape|etape|fase|etapa|meilenstein|этап|фаза|阶段|階段|フェーズ|단계";
const PHASE = new RegExp(
  `^(${PHASE_WORD})[\\s-]*(\\d{1,4}[a-z]?(?:\\.\\d{1,4}){0,3}(?![\\p{L}\\p{N}])|[a-z](?=\\s*(?:[.:)：–—-]|$))|[ivx]{1,5}(?=\\s*(?:[.:)：–—-]|$)))\\s*[.:)：–—-]?\\s*(.*)$`,
  "iu",
);

/** `Phase 3: Build (17/17)` -> key `phase-3`, title `Build`. Null: another heading. */
export function readPhaseHeading(title: string): { readonly key: string; readonly title: string } | null {
  const match = PHASE.exec(title);
  if (!match) return null;
  const [, word = "", number = "", rest = ""] = match;
  if (/^(?:&|and\b|,|\d)/i.test(rest)) return null;
  if (/^\p{L}/u.test(number) && !/^[\s-]/.test(title.slice(word.length))) return null;
  const name = toTitle(dropCount(rest));
  return { key: `${word}-${number}`.toLowerCase(), title: name || toTitle(dropCount(title)) };
}

/** Without a count of what is done behind it: `Build (17/17)`. */
function dropCount(title: string): string {
  return title.replace(/\s*\(\d+\s*(?:\/|of)\s*\d+[^()]*\)\s*$/i, "");
}
