import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { OsqrError } from "../../core/errors.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../../core/report/flow/export.ts";
import { EXIT, type Handler } from "../context.ts";
import { toFlowFilter } from "../flow-filter.ts";
import { UsageError } from "../usage-error.ts";

const endingOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1).toLowerCase();

/** What was asked for, what the file's ending says, else JSON. */
function findFormat(format: ExportFormat | null, out: string | null): ExportFormat {
  const ending = out === null ? "" : endingOf(out);
  return format ?? EXPORT_FORMATS.find((each) => each === ending) ?? "json";
}

/** Writes flow metrics with everything behind them. */
export const run: Handler<"export"> = async ({ ui, host, connect }, input) => {
  const { out, rows } = input;
  const { filter, isHome } = toFlowFilter(input);
  const format = input.json ? "json" : findFormat(input.format, out);
  if (rows !== null && format !== "csv") {
    throw new UsageError(`--rows: expected the format csv, found ${format}`, [
      "osqr export --format csv --rows tasks",
    ]);
  }
  const query = { ...filter, names: [], format, rows: rows ?? "workstreams" } as const;
  const text = await (await connect()).export(query, isHome);
  if (out === null) {
    host.stdout.write(text);
    return EXIT.done;
  }
  await write(resolve(host.cwd, out), text);
  ui.note([`Written: ${resolve(host.cwd, out)}`]);
  return EXIT.done;
};

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hints = ["without --out it goes to stdout"];
    throw new OsqrError("write-failed", `--out ${path}: expected a file that can be written: ${reason}`, {
      hints,
      cause,
    });
  }
}
