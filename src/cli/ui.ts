/** What a command prints: results to stdout, everything else to stderr. Lines come clean from the renderers. */
import type { Host, OutStream } from "./host.ts";
import { toSafeJson } from "./text/plain.ts";
import { createStyle, isColorWanted, type Style } from "./text/style.ts";

/** What a renderer has to know of the place where its lines go. */
export interface Page {
  /** Columns; Infinity where it is no terminal: then nothing is broken. */
  readonly width: number;
  readonly style: Style;
}

export interface Ui {
  /** Where results go. */
  readonly page: Page;
  /** Where notes go. */
  readonly notePage: Page;
  /** Prints result lines. */
  print(lines: readonly string[]): void;
  /** Prints lines for the person at the terminal, not for the next program. */
  note(lines: readonly string[]): void;
  /** Prints one JSON value; `isLine`: on one line. */
  json(value: unknown, isLine?: boolean): void;
}

const WIDTH_MIN = 20;

/** Width of a stream now: of its terminal, or as `$COLUMNS` says. */
export function widthOf(stream: OutStream, env: Host["env"]): number {
  if (stream.isTTY !== true) return Number.POSITIVE_INFINITY;
  const asked = Number(env.COLUMNS);
  const columns = stream.columns ?? (Number.isInteger(asked) && asked > 0 ? asked : 80);
  return Math.max(WIDTH_MIN, columns);
}

export function createUi(host: Host): Ui {
  const toPage = (stream: OutStream): Page => ({
    get width() {
      return widthOf(stream, host.env);
    },
    style: createStyle(isColorWanted(host.env, stream.isTTY === true)),
  });
  const write = (stream: OutStream, lines: readonly string[]) => {
    if (lines.length > 0) stream.write(`${lines.join("\n")}\n`);
  };
  return {
    page: toPage(host.stdout),
    notePage: toPage(host.stderr),
    print: (lines) => write(host.stdout, lines),
    note: (lines) => write(host.stderr, lines),
    json: (value, isLine = false) => write(host.stdout, [toSafeJson(value, isLine ? undefined : 2)]),
  };
}
