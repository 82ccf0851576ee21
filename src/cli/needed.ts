import { UsageError } from "./usage-error.ts";

type Given<Options> = { readonly [Name in keyof Options]: NonNullable<Options[Name]> };

/**
 * Options that a command cannot do without: all that are missing or blank are named, with a line that would be right.
 *
 * @param options by name, without dashes
 * @param example a whole command line
 * @throws UsageError
 */
export function needOptions<Options extends Readonly<Record<string, string | null>>>(
  options: Options,
  example: string,
): Given<Options> {
  const missing = Object.entries(options).filter(([, text]) => text === null || text.trim() === "");
  if (missing.length === 0) return options as Given<Options>;
  const names = missing.map(([name]) => `--${name}`).join(", ");
  const isBlank = missing.every(([, text]) => text !== null);
  throw new UsageError(`${names}: needed, found ${isBlank ? "an empty text" : "nothing"}`, [
    `for example: ${example}`,
  ]);
}
