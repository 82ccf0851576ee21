import { SECRET_CHARS_MIN, toNeedles } from "./needles.ts";
import { findBlocks, findKeys, findPartialPattern, type Rest, type Span, skipRest } from "./patterns.ts";

/** What stands for a secret. */
export const MASK = "[masked]";

/** What may stand in the middle of a secret where it is printed: line ends of wrapped text … */
const LINE_GAPS = /[\r\n]+/g;
/** … and colours. Where a text only looks like a colour, the first character of a secret may be its last: so both are looked at. */
const COLOUR_GAPS = /[\r\n]+|\u001b\[[0-9;]*[A-Za-z]|\u001b(?:\[[0-9;]{0,16})?$/g;

/** Masks one text that comes in pieces. What could be the beginning of a secret is held back until the next piece, or the end. */
export interface StreamMasker {
  write(chunk: string): string;
  /** What was held back. */
  end(): string;
}

export interface Masker {
  mask(text: string): string;
  /** For a text that may have been cut off: also the first 8 and more characters of a value at its end. */
  maskCut(text: string): string;
  /** For text, or for bytes with one character each. */
  openStream(): StreamMasker;
}

/**
 * Masks secrets: these values in every usual spelling (`toNeedles`), and keys that are known by their looks. Values of fewer than 8
 * characters are left out.
 *
 * @param options `patterns`: also keys by their looks. @default true
 */
export function createMasker(
  values: readonly string[],
  options: { readonly patterns?: boolean } = {},
): Masker {
  const needles = toNeedles(values);
  const hasPatterns = options.patterns ?? true;
  const openStream = (): StreamMasker => new NeedleStream(needles, hasPatterns);
  const mask = (text: string): string => {
    const stream = openStream();
    return stream.write(text) + stream.end();
  };
  return { openStream, mask, maskCut: (text) => maskEnd(mask(text), needles) };
}

function maskEnd(text: string, needles: readonly string[]): string {
  const held = Math.min(text.length, ...toViews(text).map((view) => view.findPartial(needles)));
  return text.length - held < SECRET_CHARS_MIN ? text : text.slice(0, held) + MASK;
}

class NeedleStream implements StreamMasker {
  readonly #needles: readonly string[];
  readonly #hasPatterns: boolean;
  /** Characters that may be held back: gaps may make a secret longer than it is. */
  readonly #carryCharsMax: number;
  #carry = "";
  #rest: Rest | null = null;
  /** The last character that was let go. */
  #before = "";

  constructor(needles: readonly string[], hasPatterns: boolean) {
    this.#needles = needles;
    this.#hasPatterns = hasPatterns;
    this.#carryCharsMax = 256 + 2 * Math.max(0, ...needles.map((needle) => needle.length));
  }

  write(chunk: string): string {
    return this.#run(this.#carry + chunk, false);
  }

  end(): string {
    return this.#run(this.#carry, true);
  }

  #run(whole: string, isLast: boolean): string {
    const text = whole.slice(this.#skip(whole));
    if (this.#rest !== null) {
      this.#carry = isLast ? "" : text;
      return "";
    }
    const views = this.#needles.length === 0 ? [] : toViews(text);
    const spans = mergeSpans([
      ...views.flatMap((view) => this.#needles.flatMap((needle) => view.find(needle))),
      ...(this.#hasPatterns ? [...findKeys(text, this.#before), ...findBlocks(text)] : []),
    ]);
    const held = isLast ? text.length : this.#findHeld(text, views);
    const cut = spans.find((span) => span.start < held && span.end > held)?.end ?? held;
    const masked = spans.filter((span) => span.start < cut);
    this.#carry = text.slice(cut);
    this.#before = text.slice(0, cut).at(-1) ?? this.#before;
    const last = masked.at(-1);
    if (last !== undefined && last.rest !== null && !isLast) this.#rest = last.rest;
    return replaceSpans(text.slice(0, cut), masked);
  }

  /** Characters that go on with a secret that was cut. */
  #skip(text: string): number {
    if (this.#rest === null) return 0;
    const { chars, rest } = skipRest(text, this.#rest);
    this.#rest = rest;
    this.#before = text.slice(0, chars).at(-1) ?? this.#before;
    return chars;
  }

  #findHeld(text: string, views: readonly VisibleText[]): number {
    const partial = this.#hasPatterns ? findPartialPattern(text, this.#before) : text.length;
    const held = Math.min(partial, ...views.map((view) => view.findPartial(this.#needles)));
    return text.length - held > this.#carryCharsMax ? text.length : held;
  }
}

function toViews(text: string): VisibleText[] {
  const lines = new VisibleText(text, LINE_GAPS);
  return text.includes("\u001b") ? [lines, new VisibleText(text, COLOUR_GAPS)] : [lines];
}

/** A text without its gaps, and where each character of it stands. */
class VisibleText {
  readonly #text: string;
  /** Of each piece between gaps: where it begins without them, and with them. */
  readonly #pieces: { readonly at: number; readonly raw: number }[] = [];
  readonly #rawLength: number;

  constructor(raw: string, gaps: RegExp) {
    let text = "";
    let from = 0;
    for (const gap of raw.matchAll(gaps)) {
      if (gap.index > from) this.#pieces.push({ at: text.length, raw: from });
      text += raw.slice(from, gap.index);
      from = gap.index + gap[0].length;
    }
    if (from < raw.length) this.#pieces.push({ at: text.length, raw: from });
    this.#text = text + raw.slice(from);
    this.#rawLength = raw.length;
  }

  find(needle: string): Span[] {
    const spans: Span[] = [];
    let at = this.#text.indexOf(needle);
    for (; at !== -1; at = this.#text.indexOf(needle, at + needle.length)) {
      const end = this.#toRaw(at + needle.length - 1) + 1;
      spans.push({ start: this.#toRaw(at), end, rest: null });
    }
    return spans;
  }

  /** Where the end of the text may be the beginning of a needle; its length where it cannot. */
  findPartial(needles: readonly string[]): number {
    const longest = Math.max(0, ...needles.map((needle) => toPartialLength(this.#text, needle)));
    return longest === 0 ? this.#rawLength : this.#toRaw(this.#text.length - longest);
  }

  #toRaw(index: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pieces[middle]?.at ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low] ?? { at: 0, raw: 0 };
    return piece.raw + index - piece.at;
  }
}

/** Characters at the end of the text that are the beginning of the needle, not the whole. */
function toPartialLength(text: string, needle: string): number {
  const first = needle.charAt(0);
  let at = text.indexOf(first, Math.max(0, text.length - needle.length + 1));
  for (; at !== -1; at = text.indexOf(first, at + 1)) {
    if (needle.startsWith(text.slice(at))) return text.length - at;
  }
  return 0;
}

/** In order, those that touch as one. */
function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else if (span.end > last.end) merged.splice(-1, 1, { ...span, start: last.start });
    else if (span.end === last.end) merged.splice(-1, 1, { ...last, rest: last.rest ?? span.rest });
  }
  return merged;
}

function replaceSpans(text: string, spans: readonly Span[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    parts.push(text.slice(from, start), MASK);
    from = end;
  }
  return parts.join("") + text.slice(from);
}
