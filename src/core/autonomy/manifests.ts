/** What a new text of a manifest or lockfile would bring: commands that run at install, packages from a new place. */
import { quote } from "./quote.ts";
import type { Hazard } from "./types.ts";

/** Scripts that package managers run by themselves. */
const INSTALL_SCRIPTS: readonly string[] = [
  "preinstall",
  "install",
  "postinstall",
  "preprepare",
  "prepare",
  "postprepare",
  "prepublish",
  "prepublishonly",
  "prepack",
  "postpack",
  "dependencies",
];
/** As a script, `dependencies` has a text; as the usual key a mapping. */
const INSTALL_SCRIPT = new RegExp(`"(?:${INSTALL_SCRIPTS.join("|")})"\\s*:\\s*"`, "i");
/** Keys of package.json that let others run code at install, or say where packages come from. */
const TRUST_KEYS =
  /"(?:trustedDependencies|onlyBuiltDependencies|lavamoat|publishConfig|simple-git-hooks)"\s*:/;

/** In which lines of a lockfile the places of packages stand; others hold home pages and the like. */
const LOCKFILES: Readonly<Record<string, RegExp>> = {
  "package-lock.json": /"resolved"/,
  "npm-shrinkwrap.json": /"resolved"/,
  "yarn.lock": /resolved |resolution:|@git|git\+|https?:/,
  "pnpm-lock.yaml": /tarball|resolution|repo:|https?:|git@/,
  "bun.lock": /https?:|git/,
  "deno.lock": /https?:/,
  "poetry.lock": /url|git/,
  "uv.lock": /url|registry|git/,
  "pdm.lock": /url|git/,
  "pipfile.lock": /"(?:url|git|file|index)"/,
  "cargo.lock": /source/,
  "gemfile.lock": /remote:/,
  "composer.lock": /"url"/,
  "packages.lock.json": /https?:/,
  "mix.lock": /https?:|git/,
  "flake.lock": /"url"|"owner"/,
};

/** Hosts that everybody's packages come from. */
const USUAL_HOSTS: ReadonlySet<string> = new Set([
  "registry.npmjs.org",
  "registry.yarnpkg.com",
  "pypi.org",
  "files.pythonhosted.org",
  "crates.io",
  "index.crates.io",
  "static.crates.io",
  "github.com/rust-lang/crates.io-index",
  "rubygems.org",
  "repo.packagist.org",
  "api.nuget.org",
  "hex.pm",
  "repo.hex.pm",
  "repo.maven.apache.org",
  "proxy.golang.org",
  "jsr.io",
  "npm.jsr.io",
]);

const MANIFESTS: ReadonlySet<string> = new Set([
  ...[
    "package.json",
    "pyproject.toml",
    "cargo.toml",
    "go.mod",
    "go.sum",
    "gemfile",
    "composer.json",
    "pipfile",
  ],
  ...["pom.xml", "build.gradle", "build.gradle.kts", "mix.exs", "pubspec.yaml", "deno.json", "go.work"],
  ...[
    "libs.versions.toml",
    "directory.packages.props",
    "pnpm-workspace.yaml",
    "setup.cfg",
    "environment.yml",
  ],
]);

/** The last segment of a path as it is compared. */
export const nameOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1);

export const isLockfile = (key: string): boolean =>
  Object.hasOwn(LOCKFILES, nameOf(key)) || nameOf(key) === "bun.lockb";

/** True for files that say what a project depends on. */
export const isManifest = (key: string): boolean =>
  isLockfile(key) ||
  MANIFESTS.has(nameOf(key)) ||
  /^(?:requirements|constraints).*\.(?:txt|in)$/.test(nameOf(key));

/** True where it has to be read to tell whether a change of it is dangerous. */
export const isJudgedByText = (key: string): boolean =>
  isLockfile(key) || nameOf(key) === "package.json" || /^requirements.*\.(?:txt|in)$/.test(nameOf(key));

/**
 * What is dangerous in a new text.
 *
 * @param key the path as it is compared
 * @param before the text that it replaces; null: there was none, or it is not known
 * @param after null: it is not told, which is dangerous where it could matter
 */
export function judgeText(key: string, before: string | null, after: string | null): readonly Hazard[] {
  if (!isJudgedByText(key)) return [];
  const name = nameOf(key);
  if (after === null) {
    const kind = isLockfile(key) ? "host" : "install";
    return [{ kind, text: `what changes in ${quote(key)} is not told` }];
  }
  if (name === "package.json") return judgePackage(before, after);
  const hosts = listNewHosts(LOCKFILES[name] ?? /https?:|git/, before, after);
  if (hosts.length === 0) return [];
  const more = hosts.length > 3 ? ` and ${hosts.length - 3} more` : "";
  return [{ kind: "host", text: `${quote(key)} takes packages from ${hosts.slice(0, 3).join(", ")}${more}` }];
}

function judgePackage(before: string | null, after: string): readonly Hazard[] {
  const then = readInstallParts(before ?? "{}");
  const now = readInstallParts(after);
  const hazard = (what: string): Hazard[] => [{ kind: "install", text: `package.json ${what}` }];
  if (then !== null && now !== null) {
    const changed = [...now.keys()].filter((part) => now.get(part) !== then.get(part));
    return changed.length === 0 ? [] : hazard(`gets a new ${changed.join(", ")}`);
  }
  // A piece of the file, or none that can be read: whatever names such a part counts.
  const named = INSTALL_SCRIPT.exec(after) ?? TRUST_KEYS.exec(after);
  if (named !== null) return hazard(`speaks of ${named[0].replace(/["\s:]/g, "")}`);
  // Escapes could spell any name.
  return /\\u/i.test(after) ? hazard("holds names that are written in escapes") : [];
}

/** Parts of a package.json that run or allow something at install, with their values; null: it is no JSON mapping. */
function readInstallParts(text: string): ReadonlyMap<string, string> | null {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof found !== "object" || found === null || Array.isArray(found)) return null;
  const parts = new Map<string, string>();
  const { scripts } = found as { scripts?: unknown };
  if (typeof scripts === "object" && scripts !== null) {
    for (const [name, value] of Object.entries(scripts))
      if (INSTALL_SCRIPTS.includes(name.toLowerCase())) parts.set(name, JSON.stringify(value));
  }
  for (const [key, value] of Object.entries(found))
    if (TRUST_KEYS.test(`"${key}":`)) parts.set(key, JSON.stringify(value));
  const { pnpm } = found as { pnpm?: unknown };
  if (pnpm !== undefined) parts.set("pnpm", JSON.stringify(pnpm));
  for (const [name, from] of listSources(found)) parts.set(name, from);
  // What looks like a whole file may be a piece of one.
  for (const [key, value] of listStrays(found)) parts.set(key, value);
  return parts;
}

/** Names of install scripts with a text anywhere but in the scripts of the whole. */
function* listStrays(found: object, depth = 0): Generator<readonly [string, string]> {
  for (const [key, value] of Object.entries(found)) {
    if (typeof value === "string" && INSTALL_SCRIPTS.includes(key.toLowerCase()))
      yield [key, JSON.stringify(value)];
    const isDeeper = typeof value === "object" && value !== null && depth < 20;
    if (isDeeper && !(depth === 0 && key === "scripts")) yield* listStrays(value, depth + 1);
  }
}

/** Dependencies that come from elsewhere than a registry: URL, git, file outside. */
function* listSources(found: object): Generator<readonly [string, string]> {
  for (const [key, value] of Object.entries(found)) {
    if (!/dependencies$|^overrides$|^resolutions$/i.test(key) || typeof value !== "object" || value === null)
      continue;
    for (const [name, version] of Object.entries(value)) {
      const from = JSON.stringify(version);
      if (/:\/\/|git@|^"(?:github|gitlab|bitbucket|gist|git|file|link|http)|^"[^@"/]+\/[^"]+/i.test(from))
        yield [`source of ${quote(name)}`, from];
    }
  }
}

/** Hosts in the new text that neither the old one nor everybody has, in order, each once. */
function listNewHosts(line: RegExp, before: string | null, after: string): readonly string[] {
  const known = new Set(before === null ? [] : listHosts(line, before));
  return [...new Set(listHosts(line, after))]
    .filter((host) => !known.has(host) && !USUAL_HOSTS.has(host))
    .sort();
}

function listHosts(line: RegExp, text: string): readonly string[] {
  return text
    .split("\n")
    .filter((each) => line.test(each))
    .flatMap((each) => [
      ...[
        ...each.matchAll(
          /[a-z][a-z0-9+.-]*:\/\/(?:[^@/\s"']*@)?([^/\s"'?#,)]+)(\/rust-lang\/crates\.io-index)?/gi,
        ),
      ].map(([, host = "", index = ""]) => `${host.toLowerCase()}${index}`),
      ...[...each.matchAll(/\bgit@([^:\s"']+):/gi)].map(([, host = ""]) => host.toLowerCase()),
    ]);
}
