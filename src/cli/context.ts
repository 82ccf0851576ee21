import type { Client } from "./client/client.ts";
import type { Host } from "./host.ts";
import type { CommandInput, CommandName } from "./options.ts";
import type { Ui } from "./ui.ts";

/** Exit codes of all commands. Only `go` ends with `needsYou`. */
export const EXIT = { done: 0, refused: 1, usage: 2, needsYou: 3, interrupted: 130 } as const;

/** What every command works with. */
export interface Context {
  readonly host: Host;
  readonly ui: Ui;
  /** A client of the daemon, which is started where it is not there. Texts are clean unless JSON was asked for. */
  connect(): Promise<Client>;
}

/** A command: gets its input, prints, and resolves to the exit code. Rejects with an `OsqrError` where it is refused. */
export type Handler<Name extends CommandName> = (
  context: Context,
  input: CommandInput<Name>,
) => Promise<number>;
