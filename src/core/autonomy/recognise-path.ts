/** What it means to write, move or delete a path. */
import { isCovered, namePathAction } from "./classify-path.ts";
import type { Collector } from "./collector.ts";
import { judgeText } from "./manifests.ts";
import { hidesCharacters, locatePath, toLookalike } from "./paths.ts";
import { findProtected } from "./protected-paths.ts";
import { quote } from "./quote.ts";
import type { Places } from "./types.ts";

export type Change = "create" | "edit" | "delete" | "move";

const VERBS: Readonly<Record<Change, string>> = {
  create: "makes",
  edit: "changes",
  delete: "deletes",
  move: "moves",
};

interface Written {
  readonly change: Change;
  readonly path: string;
  /** Null: not told. */
  readonly content: string | null;
  /** Folder that `path` is relative to. */
  readonly base?: string;
}

/** Notes what writing a path does. */
export function recogniseWrite(
  { change, path, content, base }: Written,
  places: Places,
  into: Collector,
): void {
  const place = locatePath(path, places, base);
  const what = `${VERBS[change]} ${quote(path)}`;
  if (hidesCharacters(path))
    into.addHazard("disguise", `${what}, whose name holds characters that cannot be seen`);
  if (place.kind === "invalid") into.addHazard("disguise", `${what}, which no file is called`);
  else if (place.kind === "outside") into.addHazard("outside", `${what}, outside of the work tree`);
  else if (place.kind === "scratch") into.addNote(`${what}, in the attempt's own folders`);
  else {
    noteProtected(place.key, what, into);
    if (place.path === "") into.addHazard("mass_delete", `${what}, the whole work tree`);
    if (
      isCovered(
        place.key,
        places.specs.map((spec) => spec.toLowerCase()),
      )
    ) {
      into.addHazard("scope", `${what}, a spec: what is to be built changes only by a decision`);
      into.addFacet({ on: "path", names: ["modify_spec", change, "write"], path: place.path });
    } else into.addFacet({ on: "path", names: namePathAction(change, place.key), path: place.path });
    if (change !== "delete")
      into.addHazards(judgeText(place.key, places.texts.get(place.path) ?? null, content));
  }
}

/** Notes where a path, as it is compared, is a protected one or looks like one. */
export function noteProtected(key: string, what: string, into: Collector): void {
  const found = findProtected(key);
  if (found !== null) into.addHazard(found.kind, `${what}: ${found.text}`);
  else {
    const seeming = findProtected(toLookalike(key));
    if (seeming !== null) into.addHazard("disguise", `${what}, which only looks like ${seeming.text}`);
  }
}
