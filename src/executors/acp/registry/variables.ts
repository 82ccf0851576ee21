/** Variables that launch data may not set: they say what is run, where it goes, or with whose key. */

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

const WORDS = new Set([
  "PATH",
  "HOME",
  "USER",
  "SHELL",
  "ENV",
  "BASH_ENV",
  "IFS",
  "CDPATH",
  "PS4",
  "PROMPT_COMMAND",
  "TMPDIR",
  "TEMP",
  "TMP",
  "EDITOR",
  "VISUAL",
  "PAGER",
  "BROWSER",
  "CI",
  "CLASSPATH",
  "JAVA_TOOL_OPTIONS",
  "JDK_JAVA_OPTIONS",
  "_JAVA_OPTIONS",
  "ELECTRON_RUN_AS_NODE",
  "GCONV_PATH",
  "LOCPATH",
  "HOSTALIASES",
]);

/** Of loaders, runtimes, package managers, git, ssh, and osqr's own. */
const PREFIXES =
  /^(?:(?:LD|NODE|NPM|PNPM|YARN|BUN|DENO|PIP|UV|CONDA|GEM|LUA|MALLOC|GIT|SSH|XDG|OSQR|DOCKER|KUBE|CURL|SSL)_|(?:DYLD|COREPACK|PYTHON|VIRTUAL_ENV|PERL|RUBY|BUNDLE|DOTNET|BASH_FUNC|CONTAINER|OPENSSL|GLIBC))/i;

/** Where it goes, and with which key. */
const ENDS =
  /(?:^|_)(?:URL|URI|HOST|HOSTS|ENDPOINT|ENDPOINTS|PROXY|KEY|KEYS|TOKEN|TOKENS|SECRET|SECRETS|PASSWORD|CREDENTIALS?|CERT|CERTS|CA|CA_BUNDLE|PRELOAD|BASE|SERVER)$/i;

/** Why a variable is not set, in words; null: it may be. */
export function findBadVariable(name: string): string | null {
  const shown = name.slice(0, 100).replace(/[^\x20-\x7e]/g, "?");
  if (!NAME.test(name)) return `expected a variable's name, found "${shown}"`;
  if (!WORDS.has(name.toUpperCase()) && !PREFIXES.test(name) && !ENDS.test(name)) return null;
  return `expected a variable that says neither what is run nor where it goes, found ${shown}`;
}
