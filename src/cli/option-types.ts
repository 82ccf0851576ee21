/** What the option table consists of, and the types that a handler's input gets from it. */

export interface OptionSpec {
  /** Long name without dashes, kebab-case. */
  readonly name: string;
  readonly short?: string;
  /** Placeholder of the value; without one it is a switch. */
  readonly value?: string;
  /** May be repeated or given with commas. */
  readonly list?: true;
  /** A whole number above 0. */
  readonly number?: true;
  /** Values that are allowed; all are where absent. */
  readonly choices?: readonly string[];
  readonly summary: string;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly optional?: true;
  /** Takes all words that are left. */
  readonly list?: true;
  readonly summary: string;
}

export interface CommandSpec {
  /** One word, or two where several commands share the first: `blocker declare`. */
  readonly name: string;
  /** Of a group: the one that is meant where the second word is left out. It takes no arguments. */
  readonly isDefault?: true;
  readonly summary: string;
  /** Sentences for help and reference. */
  readonly details?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Command lines without `osqr`, with what they do. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}

/** What commands with the same first word are about. */
export interface GroupSpec {
  /** The first word. */
  readonly name: string;
  readonly summary: string;
}

type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;

type OptionValue<Option> = Option extends { readonly list: true }
  ? readonly string[]
  : Option extends { readonly number: true }
    ? number | null
    : Option extends { readonly choices: readonly (infer Choice)[]; readonly value: string }
      ? Choice | null
      : Option extends { readonly value: string }
        ? string | null
        : boolean;

type ArgumentValue<Argument> = Argument extends { readonly list: true }
  ? readonly string[]
  : Argument extends { readonly optional: true }
    ? string | null
    : string;

/** What a command's handler gets: its arguments and options by name, and `json`. */
export type InputOf<Command extends CommandSpec> = {
  readonly [Argument in Command["arguments"][number] as CamelCase<Argument["name"]>]: ArgumentValue<Argument>;
} & {
  readonly [Option in Command["options"][number] as CamelCase<Option["name"]>]: OptionValue<Option>;
} & { readonly json: boolean };
