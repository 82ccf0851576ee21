/** What of a long spec whoever does one task of it reads first. */
import { splitLines } from "./markdown/lines.ts";
import type { LineRange, SpecOutline } from "./reader.ts";
import { findReader } from "./readers.ts";

export interface ExcerptInput {
  readonly path: string;
  readonly text: string;
  /** Of the task, from 1; null: it does not stand in the spec. */
  readonly line: number | null;
  /** Characters of the spec. Headings and notes of the excerpt come on top: some hundred. */
  readonly max: number;
}

/** Shares of the room: of the task's part, and of what holds for every task; the beginning has the rest. */
const OWN_SHARE = 0.5;
const RULES_SHARE = 0.25;
/** Of the task's part, what the task itself may take where its section has no room. */
const ITEM_SHARE = 0.7;
/** A line that is cut shows at least this much, characters. */
const PIECE_MIN = 80;
/** Of a heading where it says the place, characters. */
const TITLE_MAX = 100;

/** Takes lines for as long as there is room; each line once. */
class Room {
  readonly #lines: readonly string[];
  readonly #taken = new Set<number>();
  shown = 0;

  constructor(text: string) {
    this.#lines = splitLines(text).map((line) => line.text);
  }

  get last(): number {
    return this.#lines.length;
  }

  sizeOf({ from, to }: LineRange): number {
    return this.#lines.slice(from - 1, to).reduce((size, line) => size + line.length + 1, 0);
  }

  /** The lines of the ranges that fit in so many characters, with a mark between those that do not follow each other. */
  take(ranges: readonly LineRange[], max: number): string {
    const parts: string[] = [];
    let left = Math.floor(max);
    let previous: number | null = null;
    for (const number of listNumbers(ranges, this.last)) {
      if (this.#taken.has(number)) continue;
      const line = this.#lines[number - 1] ?? "";
      const isWhole = line.length < left;
      if (!isWhole && left < PIECE_MIN) break;
      const part = isWhole ? line : `${line.slice(0, left - 1)}…`.toWellFormed();
      if (previous !== null && number > previous + 1) parts.push("[…]");
      parts.push(part);
      this.#taken.add(number);
      this.shown += isWhole ? line.length + 1 : left - 1;
      left -= line.length + 1;
      previous = number;
      if (!isWhole) break;
    }
    return parts.join("\n").replace(/^\s*\n|\s+$/g, "");
  }
}

function* listNumbers(ranges: readonly LineRange[], last: number): Generator<number> {
  for (const { from, to } of ranges)
    for (let number = from; number <= Math.min(to, last); number += 1) yield number;
}

/**
 * The part that the task stands in; what holds for every task; the beginning; and a line that says what was left out and where to read
 * it. Each in its bound, so that none takes the room of another.
 */
export function excerptSpec(input: ExcerptInput): string {
  const { path, text, max } = input;
  const room = new Room(text);
  const outline = outlineOf(input);
  const own = takeOwn(room, outline, max * OWN_SHARE);
  const rules = room.take(outline.rules, Math.max(max * RULES_SHARE, max * OWN_SHARE - room.shown));
  const beginning = room.take([{ from: 1, to: room.last }], max - room.shown);
  const left = text.length - room.shown;
  return [
    `[The spec has ${text.length} characters, too many for here. The rest of it is in the file ${path}.]`,
    ...(own === "" ? [] : [`### Where the task stands: ${describePlace(input, outline)}`, own]),
    ...(rules === "" ? [] : ["### What holds for every task", rules]),
    ...(beginning === "" ? [] : ["### The beginning", beginning]),
    ...(left <= 0 ? [] : [`[… ${left} characters are left out: read them in ${path}]`]),
  ].join("\n\n");
}

/** Only the part that the task stands in; empty: it stands in none. */
export function excerptTask(input: ExcerptInput): string {
  const outline = outlineOf(input);
  const own = takeOwn(new Room(input.text), outline, input.max * OWN_SHARE);
  return own === "" ? "" : `Where the task stands: ${describePlace(input, outline)}\n\n${own}`;
}

const outlineOf = ({ path, text, line }: ExcerptInput): SpecOutline =>
  findReader(path, text)?.outline(text, line) ?? { item: [], sections: [], rules: [] };

function describePlace({ path, line }: ExcerptInput, { sections }: SpecOutline): string {
  const titles = sections.map(({ title }) => title.slice(0, TITLE_MAX).toWellFormed()).toReversed();
  return [`${path}:${line}`, ...(titles.length === 0 ? [] : [titles.join(" › ")])].join(", ");
}

/**
 * The widest section around the task that has room in full. Where not even the innermost has, the task with all under it. The rest of
 * the room is for the beginnings of the other sections around it, the same for each.
 */
function takeOwn(room: Room, { item, sections }: SpecOutline, max: number): string {
  const widest = sections.findLast(({ whole }) => room.sizeOf(whole) <= max);
  const itemMax = max * ITEM_SHARE;
  const first = room.take(widest === undefined ? item.slice(-1) : [widest.whole], widest ? max : itemMax);
  const groups = widest === undefined ? room.take(item.slice(0, -1), itemMax - room.shown) : "";
  const around = sections
    .toReversed()
    .map(({ own }, index) => room.take([own], (max - room.shown) / (sections.length - index)));
  return [...around, groups, first].filter((part) => part !== "").join("\n\n");
}
