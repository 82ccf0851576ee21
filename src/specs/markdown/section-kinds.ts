import { stripEmphasis } from "./inline.ts";

/** What a heading or a label says about the list under it. */
export type SectionKind = "criteria" | "questions" | "left-out";

/** Removes what decorates a title: emoji, marks of emphasis and code, ticks in brackets. */
export function toPlainTitle(title: string): string {
  return stripEmphasis(title.replace(/^\[[ xX]\]\s+/, ""))
    .replace(/`/g, "")
    .replace(/(?:\p{Extended_Pictographic}|[\u{FE0F}\u{20E3}✓✔☑]|\u{200D})/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}

const CRITERIA = [
  /^accept(?:ance|ed when)\b/,
  /^definition of (?:done|ready)\b/,
  /^(?:success|completion|exit|entry|done|validation|verification) (?:criteria|metrics|conditions)\b/,
  /\b(?:done|exit|acceptance) criteria\b|\bcriteria$/,
  /^(?:pre-?requisites?|pre-?conditions?)\b/,
  /^done when\b/,
  /^review (?:&|and) acceptance\b/,
  /^(?:verification|validation|review|quality|release|requirements?|pre-?merge|pre-?flight|qa) checklist\b/,
  /^(?:akzeptanzkriterien|abnahmekriterien|crit[èe]res d['’]acceptation|criterios de aceptaci[oó]n|crit[ée]rios de aceita[çc][ãa]o)/,
  /^(?:критерии приемки|критерии приёмки|验收标准|驗收標準|受け入れ基準|受入基準|인수 기준)/,
];

const QUESTIONS = [
  /\b(?:open|unresolved|outstanding|remaining) (?:questions?|decisions?|issues?)\b/,
  /^questions?$/,
  /^(?:decisions? (?:needed|required|to make)|pending decisions?)\b/,
  /^(?:offene fragen|questions ouvertes|preguntas abiertas|quest[õo]es (?:em aberto|abertas)|открытые вопросы)/,
  /^(?:待确认|待解决|开放问题|開放問題|未解決|미해결 질문)/,
];

const LEFT_OUT = [
  /^(?:out of scope|not in scope|non-?goals?)\b/,
  /^future (?:work|ideas?|enhancements?|improvements?|considerations?|extensions?|scope|features?)\b/,
  /^(?:deferred|parking lot|icebox|nice to haves?|won['’]?t do|rejected)\b/,
  /^(?:(?:implementation )?notes?|legend|notation|conventions?|examples?)$/,
  /^(?:status (?:key|legend)|format:|how to (?:use|read))/,
];

/** What holds for every task of a spec, besides its criteria. */
const RULES = [
  /^(?:out of scope|not in scope|non-?goals?)\b/,
  /^(?:(?:technical|design|hard|key|global|general) )?(?:constraints?|requirements and constraints|limitations)\b/,
  /\bconstraints$/,
  /^(?:guard ?rails|boundaries|invariants|ground rules|non-?functional requirements?|must (?:not|hold))\b/,
  /^(?:randbedingungen|nicht im umfang|contraintes|hors p[ée]rim[èe]tre|restricciones|fuera de alcance)\b/,
];

const toName = (title: string): string =>
  toPlainTitle(title)
    .toLowerCase()
    .replace(/^(?:\d+(?:\.\d+)*|[a-z])[.)]?\s+(?=\S)/, "")
    .replace(/\s*[:：]$/, "");

/** Whether what stands under a title holds for every task: criteria, constraints, what is not in scope. */
export function isRule(title: string): boolean {
  const plain = toName(title);
  return [...CRITERIA, ...RULES].some((pattern) => pattern.test(plain));
}

/** Null: an ordinary section, whose boxes are tasks. */
export function classifyTitle(title: string): SectionKind | null {
  const plain = toName(title);
  if (CRITERIA.some((pattern) => pattern.test(plain))) return "criteria";
  if (QUESTIONS.some((pattern) => pattern.test(plain))) return "questions";
  return LEFT_OUT.some((pattern) => pattern.test(plain)) ? "left-out" : null;
}
