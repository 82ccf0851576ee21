/**
 * An expected failure at a boundary. `code` is stable and listed in the docs; `message` says what was expected and what
 * came, with the place; `hints` say what to do next.
 */
export class OsqrError extends Error {
  readonly code: string;
  readonly hints: readonly string[];

  constructor(code: string, message: string, options: { hints?: readonly string[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OsqrError";
    this.code = code;
    this.hints = options.hints ?? [];
  }
}

/** States an invariant; a false one is a bug and stops the process. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}
