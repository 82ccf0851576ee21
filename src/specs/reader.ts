import type { Spec } from "../core/model/spec.ts";

/** One document of the repository. */
export interface SpecDocument {
  /** From the repository's root, with `/`. */
  readonly path: string;
  /** Decoded text, with its byte order mark and its line ends. */
  readonly text: string;
  /** SHA-256 of the document's bytes, hex. */
  readonly hash: string;
}

export type ReadResult =
  | {
      readonly kind: "spec";
      readonly spec: Spec;
      /** The author wrote the id: two specs with the same one are a mistake, two with the same file name are not. */
      readonly keyIsWritten: boolean;
      /** Line of the id, or 1. */
      readonly keyLine: number;
    }
  /** An ordinary document of that format. */
  | { readonly kind: "other" };

/** What is done of a spec. */
export interface Completion {
  /** Keys of the tasks that are done. */
  readonly taskKeys: Iterable<string>;
  /** The whole spec is done: its status says so from now on. */
  readonly done: boolean;
}

/** Lines of a document, from 1, both ends included. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Where the parts of a document are that whoever does one task of it has to know. */
export interface SpecOutline {
  /** The task with all that is written under it, after what is said of the groups that it is in; empty: no task was asked for. */
  readonly item: readonly LineRange[];
  /** Sections that it stands in, the innermost first: up to the next heading (`own`), and with all those in it (`whole`). */
  readonly sections: readonly {
    readonly title: string;
    readonly own: LineRange;
    readonly whole: LineRange;
  }[];
  /** What holds for every task: acceptance criteria, constraints, what is not in scope. Ranges may overlap. */
  readonly rules: readonly LineRange[];
}

/**
 * Reads and ticks one format of written plans. Readers hold no state and touch no file. A dependency on the spec's own
 * phases and tasks names the spec `OWN_SPEC`, because the final key is known only when all specs are.
 */
export interface SpecReader {
  /** Becomes `Spec.format`. */
  readonly name: string;
  /** How sure the reader is that the document is its own: 0 not at all, 1 as a fallback, more for a surer sign. */
  claims(path: string, text: string): number;
  /** Linear in the text; never throws for any text. */
  read(document: SpecDocument): ReadResult;
  /**
   * The text with the given tasks ticked. Every byte that is not a tick or a status stays. The text may have changed
   * since `spec` was read: tasks are found again by their key, and where a key was only a position, by their title.
   */
  complete(text: string, spec: Spec, completion: Completion): string;
  /** @param line of the task, from 1; null: of none */
  outline(text: string, line: number | null): SpecOutline;
}

/** Stands for the spec itself in the targets that a reader gives back. No file and no id can have this name. */
export const OWN_SPEC = ".";
