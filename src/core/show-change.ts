/** A change of a file as a person is asked about it: bounded, what goes and what comes. */

const LINES_MAX = 30;
const LINE_CHARS_MAX = 200;
/** Lines that are the same on either side, before and after what differs. */
const AROUND = 2;

interface Change {
  readonly path: string;
  /** Null: there is none before. */
  readonly before: string | null;
  readonly after: string;
}

/** At most 30 lines of all changes together; what is left out is counted. */
export function showChanges(changes: readonly Change[]): readonly string[] {
  const lines = changes.flatMap((change) => [
    ...(changes.length > 1 ? [`${change.path}:`] : []),
    ...showChange(change),
  ]);
  const shown = lines.length > LINES_MAX ? lines.slice(0, LINES_MAX - 1) : lines;
  const more = lines.length - shown.length;
  const cut = shown.map((line) =>
    line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX).toWellFormed()}…` : line,
  );
  return more === 0 ? cut : [...cut, `… ${more} more lines`];
}

function showChange({ before, after }: Change): string[] {
  const [old, now] = [toLines(before ?? ""), toLines(after)];
  const most = Math.min(old.length, now.length);
  let start = 0;
  while (start < most && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < most - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const mark = (sign: string, lines: readonly string[]): string[] => lines.map((line) => `${sign} ${line}`);
  return [
    ...mark(" ", old.slice(Math.max(0, start - AROUND), start)),
    ...mark("-", old.slice(start, old.length - end)),
    ...mark("+", now.slice(start, now.length - end)),
    ...mark(" ", old.slice(old.length - end, old.length - end + AROUND)),
  ];
}

function toLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
