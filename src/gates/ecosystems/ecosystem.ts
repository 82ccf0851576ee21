/** Root files of a project: path -> text. A file that is absent has no entry; presence alone may matter (lockfiles). */
export type RootFiles = ReadonlyMap<string, string>;

/** The three kinds of gate that are found without config, in the order in which they run: cheap first. */
export const gateKinds = ["types", "lint", "tests"] as const;
export type GateKind = (typeof gateKinds)[number];

export interface FoundGate {
  readonly kind: GateKind;
  readonly command: string;
  /** File and place, e.g. `package.json scripts.test`. */
  readonly source: string;
}

/** One build tool's way to say how a project is checked. */
export interface Ecosystem {
  /** Ends a gate's name where two ecosystems have the same kind: `tests-rust`. */
  readonly name: string;
  /** Root files that `find` reads or whose presence it looks at. */
  readonly files: readonly string[];
  /** At most one gate per kind. */
  find(files: RootFiles): readonly FoundGate[];
}

/** The first of the paths that is present, else null. */
export function firstPresent(files: RootFiles, paths: readonly string[]): string | null {
  return paths.find((path) => files.has(path)) ?? null;
}
