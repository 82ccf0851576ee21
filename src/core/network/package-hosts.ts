/** Where packages come from, by ecosystem: one word of a list in place of its hosts. */

/** Hosts of the public registries, as their tools reach them: https alone. */
const PACKAGE_HOSTS: Readonly<Record<string, readonly string[]>> = {
  npm: ["registry.npmjs.org:443", "registry.yarnpkg.com:443"],
  pypi: ["pypi.org:443", "files.pythonhosted.org:443"],
  cargo: ["index.crates.io:443", "static.crates.io:443", "crates.io:443"],
  go: ["proxy.golang.org:443", "sum.golang.org:443"],
};

/** No host: what follows the colon would have to be a port. */
const PREFIX = "packages:";

/** For messages. */
export const PACKAGE_WORDS = [...Object.keys(PACKAGE_HOSTS), "all"].map((name) => `${PREFIX}${name}`);

/** The hosts that `packages:npm` and the like stand for; any other entry stands for itself. */
export function expandHosts(entries: readonly string[]): readonly string[] {
  return [...new Set(entries.flatMap(expandHost))];
}

function expandHost(entry: string): readonly string[] {
  if (!PACKAGE_WORDS.includes(entry.trim())) return [entry];
  const name = entry.trim().slice(PREFIX.length);
  return name === "all" ? Object.values(PACKAGE_HOSTS).flat() : (PACKAGE_HOSTS[name] ?? []);
}
