import { OsqrError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import { type Context, EXIT, type Handler } from "./context.ts";
import { HANDLERS } from "./handlers.ts";
import { createProcessHost, type Host } from "./host.ts";
import type { CommandName } from "./options.ts";
import { parseArgv } from "./parse.ts";
import { renderError, renderErrorJson } from "./render/problems.ts";
import { understand } from "./speech/understand.ts";
import { createUi, type Ui } from "./ui.ts";
import { UsageError } from "./usage-error.ts";

/** Switches that may stand before the command go behind it. */
function moveLeadingSwitches(argv: readonly string[]): string[] {
  const first = argv.findIndex((word) => word !== "--json");
  return first <= 0 ? [...argv] : [...argv.slice(first), ...argv.slice(0, first)];
}

/**
 * Runs one command line (without `osqr`) and resolves to its exit code: 0 done, 1 refused or failed, 2 wrong usage, 3 `go`
 * needs you, 130 interrupted. Never rejects.
 */
export async function runCli(argv: readonly string[], host: Host = createProcessHost()): Promise<number> {
  const ui = createUi(host);
  const isJson = argv.includes("--json");
  try {
    const understood = understand(moveLeadingSwitches(argv));
    if (understood.argv.length === 1 && /^(?:-V|--version)$/.test(understood.argv[0] ?? "")) {
      ui.print([`osqr ${VERSION}`]);
      return EXIT.done;
    }
    if (understood.isSpeech && !isJson) ui.note([`(osqr ${understood.argv.join(" ")})`]);
    const parsed = parseArgv(understood.argv);
    if (parsed.kind === "text") {
      host.stdout.write(parsed.text);
      return EXIT.done;
    }
    return await runCommand({ host, ui, isJson: parsed.input.json === true }, parsed.name, parsed.input);
  } catch (error) {
    return explain(error, ui, isJson);
  }
}

async function runCommand<Name extends CommandName>(
  { host, ui, isJson }: { readonly host: Host; readonly ui: Ui; readonly isJson: boolean },
  name: Name,
  input: Readonly<Record<string, unknown>>,
): Promise<number> {
  const context: Context = {
    host,
    ui,
    connect: async () => (await import("./client/connect.ts")).connect(host, ui, { isRaw: isJson }),
  };
  const { run } = await HANDLERS[name]();
  return (run as Handler<Name>)(context, input as Parameters<Handler<Name>>[1]);
}

function explain(error: unknown, ui: Ui, isJson: boolean): number {
  const known = error instanceof OsqrError ? error : toBug(error);
  ui.note(isJson ? [renderErrorJson(known)] : renderError(known, ui.notePage));
  return known instanceof UsageError ? EXIT.usage : EXIT.refused;
}

function toBug(error: unknown): OsqrError {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new OsqrError("internal", `osqr has a bug: ${stack}`, { cause: error });
}
