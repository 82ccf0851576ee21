import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OsqrError } from "../../core/errors.ts";
import { CONFIG_TEMPLATE } from "../config-template.ts";
import { EXIT, type Handler } from "../context.ts";

/** Writes a commented config, never over one that is there. */
export const run: Handler<"init"> = async ({ host, ui }, { json }) => {
  const root = findRoot(host.cwd);
  const path = join(root, ".osqr", "config.yaml");
  const isNew = !existsSync(path);
  if (isNew) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, CONFIG_TEMPLATE, { flag: "wx" });
  }
  if (json) ui.json({ path, written: isNew });
  else ui.print([isNew ? `Written: ${path}` : `There already: ${path} (left as it is)`]);
  if (isNew && !json)
    ui.note(["Everything in it is a comment; osqr reads it from the base branch once it is committed."]);
  return EXIT.done;
};

/** The folder with `.git` at or above `from`. Asking git itself is left to the daemon. */
function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (statSync(join(folder, ".git"), { throwIfNoEntry: false }) !== undefined) return folder;
    if (dirname(folder) === folder) break;
  }
  throw new OsqrError("not-a-repository", `${from}: expected a git repository, found none here or above`, {
    hints: ["make one: git init"],
  });
}
