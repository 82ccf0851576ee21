import { createHash, randomBytes } from "node:crypto";

/** The variable that names a sandboxed process and its descendants: `<home id>:<nonce>:<label>`. */
export const MARK_NAME = "OSQR_SANDBOX";

/** Variables that make a program load or run something else than it was asked to. */
const DROPPED_NAMES = new Set([
  "BASHOPTS",
  "BASH_ENV",
  "ENV",
  "GLIBC_TUNABLES",
  "IFS",
  "LESSOPEN",
  "MANPAGER",
  "NODE_OPTIONS",
  "PAGER",
  "PERL5DB",
  "PERL5OPT",
  "PROMPT_COMMAND",
  "PS4",
  "PYTHONSTARTUP",
  "RUBYOPT",
  "SHELLOPTS",
]);
const DROPPED_PREFIXES = ["BASH_FUNC_", "DYLD_", "GIT_", "LD_"];

/** The environment as a sandboxed process gets it: what could hijack a program, or no shell could hold, is left out. */
export function cleanEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) =>
        /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) &&
        !value.includes("\0") &&
        !DROPPED_NAMES.has(name) &&
        !DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)),
    ),
  );
}

/** Short stable name of a home, 16 hex digits. Marks of other homes on the machine never match it. */
export function toHomeId(homeFolder: string): string {
  return createHash("sha256").update(homeFolder).digest("hex").slice(0, 16);
}

/** A mark that no other process has. */
export function createMark(homeId: string, label: string): string {
  return `${homeId}:${randomBytes(8).toString("hex")}:${label.replaceAll("\0", "")}`;
}

export interface Mark {
  readonly homeId: string;
  readonly nonce: string;
  readonly label: string;
}

/** Null where the text is no mark. */
export function parseMark(text: string): Mark | null {
  const match = /^([0-9a-f]{16}):([0-9a-f]{16}):(.*)$/s.exec(text);
  if (match === null) return null;
  const [, homeId = "", nonce = "", label = ""] = match;
  return { homeId, nonce, label };
}

/** Name of the control group for the process with that nonce. */
export function toCageName(homeId: string, nonce: string): string {
  return `osqr-${homeId}-${nonce}`;
}

/** Variables that a set-up needs to reach registries through the operator's proxy and certificates. */
const NETWORK_NAMES = new Set([
  "ALL_PROXY",
  "AWS_CA_BUNDLE",
  "CARGO_HTTP_CAINFO",
  "CURL_CA_BUNDLE",
  "GONOSUMDB",
  "GOPRIVATE",
  "GOPROXY",
  "GOSUMDB",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NODE_EXTRA_CA_CERTS",
  "NO_PROXY",
  "NPM_CONFIG_REGISTRY",
  "PIP_CERT",
  "PIP_EXTRA_INDEX_URL",
  "PIP_FIND_LINKS",
  "PIP_INDEX_URL",
  "REQUESTS_CA_BUNDLE",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "UV_DEFAULT_INDEX",
  "UV_INDEX_URL",
]);

/** Picks proxies, certificates and registries from the daemon's environment. A value with a login in its URL stays out. */
export function pickNetworkEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !NETWORK_NAMES.has(name.toUpperCase())) continue;
    if (!/\/\/[^/\s]*@/.test(value)) picked[name] = value;
  }
  return picked;
}
