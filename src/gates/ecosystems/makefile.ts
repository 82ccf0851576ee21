import { type Ecosystem, type FoundGate, firstPresent } from "./ecosystem.ts";

/** In the order in which make itself looks. */
const makefiles = ["GNUmakefile", "makefile", "Makefile"];

const targetNames = {
  types: ["typecheck", "type-check", "types", "check-types"],
  lint: ["lint"],
  tests: ["test", "tests", "check"],
} as const;

/** Makefile targets. Such a target mostly wraps a tool of another ecosystem, so it only fills kinds that none of them has. */
export const makefile: Ecosystem = {
  name: "make",
  files: makefiles,
  find(files) {
    const path = firstPresent(files, makefiles);
    if (path === null) return [];
    const targets = listTargets(files.get(path) ?? "");
    const gates: FoundGate[] = [];
    for (const kind of ["types", "lint", "tests"] as const) {
      const target = targetNames[kind].find((name) => targets.has(name));
      if (target !== undefined) gates.push({ kind, command: `make ${target}`, source: `${path} ${target}` });
    }
    return gates;
  },
};

/** Names before a rule's colon; `:=` and `::=` are assignments, a leading dot is a special target such as `.PHONY`. */
function listTargets(text: string): ReadonlySet<string> {
  const targets = new Set<string>();
  for (const line of text.split("\n")) {
    const names = /^([A-Za-z0-9_][^:=#\t]*?)\s*::?(?![:=])/.exec(line.slice(0, 500))?.[1];
    for (const name of names?.split(/\s+/) ?? []) targets.add(name);
  }
  return targets;
}
