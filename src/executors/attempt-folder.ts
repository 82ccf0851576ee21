import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AskInstallation, installAsk } from "../sandbox/ask/install.ts";

/** Where an attempt's own things lie, all outside its workspace. */
export interface AttemptFolder {
  /** The private home, the only one of these that the attempt may write. */
  readonly home: string;
  /** In the home: `$TMPDIR`, for files too large for a `/tmp` in memory. */
  readonly temporary: string;
  /** The script of the run block. */
  readonly script: string;
  /** `$OSQR_BRIEFING`. */
  readonly briefing: string;
  readonly log: string;
  readonly ask: AskInstallation;
}

/** Makes the folders and writes the files. Done again for an attempt that is resumed; its home stays as it is. */
export async function prepareAttemptFolder(options: {
  readonly folder: string;
  /** Folder of the attempt whose private home is used; null: its own. */
  readonly homeFolder: string | null;
  readonly script: string;
  readonly briefing: string;
  /** Node binary for `osqr-ask`. */
  readonly node: string;
}): Promise<AttemptFolder> {
  const { folder } = options;
  const home = join(options.homeFolder ?? folder, "home");
  const temporary = join(home, "tmp");
  for (const each of [folder, temporary]) await mkdir(each, { recursive: true, mode: 0o700 });
  const script = join(folder, "run.sh");
  const briefing = join(folder, "briefing.md");
  // A document with Windows line ends makes no broken script.
  await writeFile(script, endLine(options.script.replaceAll("\r\n", "\n")));
  await writeFile(briefing, endLine(options.briefing));
  const ask = await installAsk(join(folder, "bin"), options.node);
  return { home, temporary, script, briefing, log: join(folder, "output.log"), ask };
}

function endLine(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
