/** A value of a spec's metadata, whatever it was written in. Scalars stay text: `1.10` is not a number, `008` not 8. */
export type FieldValue =
  | { readonly kind: "text"; readonly text: string; readonly line: number }
  | { readonly kind: "list"; readonly items: readonly FieldValue[]; readonly line: number }
  | { readonly kind: "map"; readonly entries: ReadonlyMap<string, FieldValue>; readonly line: number };

const OPENING = "([{<";
const CLOSING = ")]}>";
const QUOTES = '"`';

/** Splits "a, b; c" at its separators, not inside quotes, backticks or brackets. Empty parts are left out. */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  let quote = "";
  const pairs = [...QUOTES].filter((mark) => text.indexOf(mark) !== text.lastIndexOf(mark));
  for (const char of text) {
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (pairs.includes(char)) quote = char;
    else if (OPENING.includes(char)) depth += 1;
    else if (CLOSING.includes(char)) depth = Math.max(0, depth - 1);
    if (quote === "" && depth === 0 && /[,;，；、]/.test(char)) {
      parts.push(part);
      part = "";
    } else part += char;
  }
  return [...parts, part].map((item) => item.trim()).filter((item) => item !== "");
}

/** The ways to say that there is nothing: `none`, `-`, `n/a`, `[]`, `None (pure state)`. */
export function isNone(text: string): boolean {
  const plain = text
    .replace(/[*_`"'[\]{}]/g, "")
    .trim()
    .toLowerCase();
  if (/^(?:[-–—~.]*|null|nil)$/.test(plain)) return true;
  return /^(?:none|nothing|no dependencies|n\/a|na|not applicable|keine|aucune?|ninguna?|nenhuma?|нет|无|無|なし|없음)(?:$|[\s]*[.,;:(（–—-])/.test(
    `${plain}`,
  );
}

/** All texts of a value with their lines: of a list its items, of a text its parts between commas. */
export function listTexts(value: FieldValue): { readonly text: string; readonly line: number }[] {
  if (value.kind === "list")
    return value.items.flatMap((item) => (item.kind === "text" ? [item] : listTexts(item)));
  if (value.kind === "map") return [];
  if (isNone(value.text)) return [];
  return splitList(value.text).map((text) => ({ text, line: value.line }));
}

/** The text of a value that should be one; of a list its first item. Null: empty, or a map. */
export function toText(value: FieldValue | undefined): string | null {
  if (value === undefined || value.kind === "map") return null;
  if (value.kind === "list") return toText(value.items[0]);
  return value.text.trim() === "" ? null : value.text.trim();
}
