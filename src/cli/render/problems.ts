import type { OsqrError } from "../../core/errors.ts";
import type { SpecProblem } from "../../core/model/spec.ts";
import { cleanLine, cleanText, toSafeJson } from "../text/plain.ts";
import type { Style } from "../text/style.ts";
import { indentWrapped } from "../text/width.ts";
import type { Page } from "../ui.ts";

const WORDS: Readonly<Record<SpecProblem["severity"], string>> = {
  error: "error",
  warning: "warning",
  needs_detail: "needs detail",
};

function styleWord(word: string, style: Style): string {
  return word === "error" ? style.red(`${word}:`) : style.yellow(`${word}:`);
}

/** A problem of a spec: the place, then what was expected, found, and one next step. */
export function renderProblem(problem: SpecProblem, { width, style }: Page): string[] {
  const { severity, message, location, expected, found, hint } = problem;
  const details = [
    expected === null ? "" : `expected: ${expected}`,
    found === null ? "" : `found: ${found}`,
    hint === null ? "" : `hint: ${hint}`,
  ].filter(Boolean);
  const text = `${styleWord(WORDS[severity], style)} ${location.path}:${location.line}: ${cleanLine(message)}`;
  return [...indentWrapped(text, 0, width), ...details.flatMap((line) => indentWrapped(line, 2, width))];
}

/** `error: …` with its hints, each on a line. */
export function renderError({ message, hints }: Pick<OsqrError, "message" | "hints">, page: Page): string[] {
  const { width, style } = page;
  const [first = "", ...rest] = cleanText(message).split("\n");
  return [
    ...indentWrapped(`${styleWord("error", style)} ${first}`, 0, width),
    ...rest.flatMap((line) => indentWrapped(line.trim(), 2, width)),
    ...hints.flatMap((hint) => indentWrapped(`hint: ${cleanLine(hint)}`, 2, width)),
  ];
}

/** The same for programs, on one line. */
export function renderErrorJson({ code, message, hints }: OsqrError): string {
  return toSafeJson({ error: { code, message, hints } });
}
