/** What is read of a shell command: enough to know which programs it starts with which words. */

/** One word of a command after quotes are taken off. */
export interface Word {
  /** Its text; expansions stand in it as they are written. */
  readonly text: string;
  /** False: the shell puts something in that is not known here (`$x`, `$(…)`). */
  readonly isLiteral: boolean;
  /** True: an unquoted `*`, `?`, `[` or `{` in it. */
  readonly isWild: boolean;
  /** Commands whose output is put in, or that it is a pipe to. */
  readonly nested: readonly List[];
}

export interface Redirect {
  /** `>`, `>>`, `<`, `<>`, `>|`, `&>`, `&>>`, `>&`, `<&`, `<<<`. */
  readonly operator: string;
  readonly target: Word;
}

export interface SimpleCommand {
  readonly kind: "simple";
  /** Variables that are set for it. */
  readonly env: readonly { readonly name: string; readonly value: Word }[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
  /** Texts of its here-documents. */
  readonly documents: readonly string[];
}

export interface Group {
  readonly kind: "group";
  readonly list: List;
  readonly redirects: readonly Redirect[];
}

export type Command = SimpleCommand | Group;

/** Commands joined by `|`. */
export interface Pipeline {
  /** What stands before it: "" for the first of a list; a newline counts as `;`. */
  readonly after: "" | ";" | "&" | "&&" | "||";
  readonly commands: readonly Command[];
}

export type List = readonly Pipeline[];

export interface ShellReading {
  readonly list: List;
  /** What could not be read, in words; then `list` is not all of it. Null: everything was read. */
  readonly problem: string | null;
  /** Something in it is done again and again. */
  readonly hasLoop: boolean;
}
