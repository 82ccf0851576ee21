/**
 * Tables that fit: aligned where there is room, then with one wrapped column, else each row as a small block. Nothing is cut; one long
 * cell does not push the columns behind it out of sight: it is wrapped.
 */
import { displayWidth, indentWrapped, pad, wrap } from "./width.ts";

export interface Column {
  /** Empty in all columns: no line of titles. */
  readonly title: string;
  /** May be broken into lines when there is too little room. */
  readonly canWrap?: boolean;
  readonly align?: "end";
}

export interface Table {
  readonly columns: readonly Column[];
  /** Cells by column; empty or `–`: nothing to say. */
  readonly rows: readonly (readonly string[])[];
  readonly indent: number;
  /** Columns of the terminal; Infinity where the output is no terminal. */
  readonly width: number;
  /** Styles the line of titles. */
  readonly header: (line: string) => string;
}

const GAP = 2;
const WRAPPED_WIDTH_MIN = 18;
const WRAPPED_WIDTH_MAX = 60;

function measureColumns({ columns, rows, width }: Table): number[] {
  return columns.map((column, index) => {
    const cells = rows.map((row) => displayWidth(row[index] ?? ""));
    const widest = Math.max(displayWidth(column.title), ...cells);
    // Where nothing is broken a row stays one line, for the programs that read it.
    // Behind the last column is nothing that a long cell could push away: it takes the room that there is.
    const isBounded = column.canWrap === true && width < Number.POSITIVE_INFINITY;
    return isBounded && index < columns.length - 1 ? Math.min(widest, WRAPPED_WIDTH_MAX) : widest;
  });
}

/** Columns that a table takes where nothing is broken. */
export function naturalWidth(table: Table): number {
  const used = measureColumns(table);
  return table.indent + used.reduce((sum, part) => sum + part, 0) + GAP * (used.length - 1);
}

/** Lines of a table. */
export function renderTable(table: Table): string[] {
  const { columns, width } = table;
  const used = measureColumns(table);
  const excess = naturalWidth(table) - width;
  if (excess <= 0) return renderAligned(table, used);
  const widest = findWidestToWrap(columns, used);
  const current = used[widest];
  if (current === undefined || current - excess < WRAPPED_WIDTH_MIN) return renderBlocks(table);
  return renderAligned(table, used.with(widest, current - excess));
}

function findWidestToWrap(columns: readonly Column[], used: readonly number[]): number {
  let widest = -1;
  for (const [index, column] of columns.entries()) {
    if (column.canWrap === true && (used[index] ?? 0) > (used[widest] ?? 0)) widest = index;
  }
  return widest;
}

function renderAligned({ columns, rows, indent, header }: Table, widths: readonly number[]): string[] {
  const margin = " ".repeat(indent);
  const align = (cells: readonly string[]) =>
    margin +
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align === "end" ? "start" : "end"))
      .join(" ".repeat(GAP))
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  const lines = titles.some(Boolean) ? [header(align(titles))] : [];
  for (const row of rows) {
    const parts = columns.map((_, index) => wrap(row[index] ?? "", widths[index] ?? 0));
    const height = Math.max(...parts.map(({ length }) => length));
    for (let line = 0; line < height; line += 1) lines.push(align(parts.map((part) => part[line] ?? "")));
  }
  return lines;
}

/** The first two cells name the row; each further one gets a line of its own. */
function renderBlocks({ columns, rows, indent, width }: Table): string[] {
  const lines: string[] = [];
  for (const row of rows) {
    lines.push(...indentWrapped(`${row[0] ?? ""} ${row[1] ?? ""}`.trim(), indent, width));
    for (const [index, column] of columns.entries()) {
      const cell = row[index] ?? "";
      if (index < 2 || cell === "" || cell === "–") continue;
      const text = column.title === "" ? cell : `${column.title} ${cell}`;
      lines.push(...indentWrapped(text.trim(), indent + 2, width));
    }
  }
  return lines;
}
