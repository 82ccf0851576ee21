import { OsqrError } from "../core/errors.ts";

/** The command line itself is wrong: exit code 2. `hints` are lines that would be right. */
export class UsageError extends OsqrError {
  constructor(message: string, hints: readonly string[] = []) {
    super("usage", message, { hints });
    this.name = "UsageError";
  }
}
