import picocolors from "picocolors";

/** Colours and weights; they carry no meaning alone. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** Styles for a stream, or ones that do nothing. */
export function createStyle(isColored: boolean): Style {
  const { bold, dim, green, red, yellow, cyan } = picocolors.createColors(isColored);
  return { bold, dim, green, red, yellow, cyan };
}

/** Styles that do nothing. */
export const PLAIN_STYLE: Style = createStyle(false);

type Env = Readonly<Record<string, string | undefined>>;

/** `NO_COLOR` (https://no-color.org) wins, then `FORCE_COLOR`, then whether a terminal is there that can. */
export function isColorWanted(env: Env, isTerminal: boolean): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0";
  return isTerminal && env.TERM !== "dumb";
}
