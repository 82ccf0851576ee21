/** Text measured in columns of a terminal. Styles (SGR sequences, ours alone) count nothing. */

const SGR = /\u001b\[[\d;]*m/g;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /^(?:[\p{Mn}\p{Me}]|[\ufe00-\ufe0f]|\u200c|\u200d)$/u;
const ASCII = /^[ -~]*$/;

function widthOfChar(char: string): number {
  if (NO_WIDTH.test(char)) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** Columns that a text takes. */
export function displayWidth(text: string): number {
  const plain = text.includes("\u001b") ? text.replace(SGR, "") : text;
  if (ASCII.test(plain)) return plain.length;
  let width = 0;
  for (const char of plain) width += widthOfChar(char);
  return width;
}

/** Pads with spaces on the right, or on the left. */
export function pad(text: string, width: number, side: "start" | "end" = "end"): string {
  const spaces = " ".repeat(Math.max(0, width - displayWidth(text)));
  return side === "end" ? text + spaces : spaces + text;
}

/** Cuts to a width with `…` at the end. Styles that were open are closed. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = "";
  let used = 0;
  let hasStyle = false;
  for (const part of text.split(/(\u001b\[[\d;]*m)/)) {
    if (part.startsWith("\u001b")) {
      cut += part;
      hasStyle = true;
      continue;
    }
    for (const char of part) {
      used += widthOfChar(char);
      if (used > Math.max(0, width - 1)) return `${cut}…${hasStyle ? "\u001b[0m" : ""}`;
      cut += char;
    }
  }
  return cut;
}

/** A no-break space, for what is copied as one piece. `wrap` turns it into a space. */
const TIED_SPACE = "\u00a0";

/** Keeps a command line on one line, so that it can be copied. */
export function tie(text: string): string {
  return text.replaceAll(" ", TIED_SPACE);
}

const untie = (text: string) => text.replaceAll(TIED_SPACE, " ").trimEnd();

/**
 * Breaks at spaces; a word that is longer than a line is broken where it must be. Infinite width: one line.
 *
 * @param firstWidth of the first line, where it is another
 */
export function wrap(text: string, width: number, firstWidth: number = width): string[] {
  if (displayWidth(text) <= firstWidth) return [untie(text)];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const room = Math.max(8, lines.length === 0 ? firstWidth : width);
    const joined = line === "" ? word : `${line} ${word}`;
    if (displayWidth(joined) <= room) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = breakWord(word, Math.max(8, width));
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? "";
  }
  if (line !== "") lines.push(line);
  return lines.map(untie);
}

function breakWord(word: string, width: number): string[] {
  if (displayWidth(word) <= width || word.includes("\u001b")) return [word];
  if (word.includes(TIED_SPACE)) return wrap(word.replaceAll(TIED_SPACE, " "), width);
  const pieces: string[] = [];
  let piece = "";
  for (const char of word) {
    if (displayWidth(piece) + widthOfChar(char) > width) {
      pieces.push(piece);
      piece = "";
    }
    piece += char;
  }
  return [...pieces, piece];
}

/** Lines of a paragraph behind `indent` spaces; further lines hang two deeper. */
export function indentWrapped(text: string, indent: number, width: number, hang = 2): string[] {
  const lines = wrap(text, width - indent - hang, width - indent);
  return lines.map((line, index) => " ".repeat(index === 0 ? indent : indent + hang) + line);
}
