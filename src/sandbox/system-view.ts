import { lstatSync, readdirSync, readlinkSync, realpathSync } from "node:fs";

/** Folders that make up the system, seen read-only from inside. */
const SYSTEM_FOLDERS = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"];

/** What programs need of `/etc`. Keys, logins, host secrets and system-wide tool configuration stay out. */
const ETC_ENTRIES = [
  "alternatives",
  "ca-certificates",
  "crypto-policies",
  "debian_version",
  "fonts",
  "gai.conf",
  "host.conf",
  "hosts",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "localtime",
  "magic",
  "mime.types",
  "nsswitch.conf",
  "os-release",
  "pki/ca-trust",
  "pki/tls/cert.pem",
  "pki/tls/certs",
  "pki/tls/openssl.cnf",
  "protocols",
  "redhat-release",
  "rpc",
  "services",
  "ssl/cert.pem",
  "ssl/certs",
  "ssl/openssl.cnf",
  "timezone",
];
/** Language runtimes keep their own folder there, e.g. `java-17-openjdk`, `python3.11`, `perl`. */
const RUNTIME_ENTRY = /^(java|python|perl|php|ruby)/;

/** True for a path that the system view holds already. */
export function isSystemPath(path: string): boolean {
  return SYSTEM_FOLDERS.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** bubblewrap arguments that show the system read-only. `resolv.conf` is there only where there is a network to ask. */
export function toSystemArguments(network: "off" | "open"): string[] {
  const args = SYSTEM_FOLDERS.flatMap(toFolderArguments);
  const runtimes = readdirSync("/etc").filter((name) => RUNTIME_ENTRY.test(name));
  for (const name of [...ETC_ENTRIES, ...runtimes])
    args.push("--ro-bind-try", `/etc/${name}`, `/etc/${name}`);
  if (network === "open") args.push("--ro-bind-try", toRealPath("/etc/resolv.conf"), "/etc/resolv.conf");
  return args;
}

function toFolderArguments(folder: string): string[] {
  const info = lstatSync(folder, { throwIfNoEntry: false });
  if (info === undefined) return [];
  if (info.isSymbolicLink()) return ["--symlink", readlinkSync(folder), folder];
  return ["--ro-bind", folder, folder];
}

function toRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // Not there: it is bound only if it exists.
  }
}
