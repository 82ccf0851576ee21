import { completeBash, completeFish, completeZsh } from "../completion.ts";
import { EXIT, type Handler } from "../context.ts";
import { UsageError } from "../usage-error.ts";

const SHELLS: Readonly<Record<string, () => string>> = {
  bash: completeBash,
  zsh: completeZsh,
  fish: completeFish,
};

/** Prints the script for a shell. */
export const run: Handler<"completion"> = async ({ host, ui }, { shell, json }) => {
  const create = SHELLS[shell];
  if (create === undefined) {
    throw new UsageError(`completion: expected bash, zsh or fish, found "${shell}"`, [
      "osqr completion bash",
    ]);
  }
  if (json) ui.json({ shell, script: create() });
  else host.stdout.write(create());
  return EXIT.done;
};
