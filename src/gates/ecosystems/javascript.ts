import { type Ecosystem, type FoundGate, firstPresent, type GateKind, type RootFiles } from "./ecosystem.ts";

type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

const lockfiles: readonly (readonly [string, PackageManager])[] = [
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
];

/** Script names per kind; the first that exists is taken. */
const scriptNames: Readonly<Record<GateKind, readonly string[]>> = {
  types: ["typecheck", "type-check", "types", "check-types", "check:types", "tsc"],
  lint: ["lint"],
  tests: ["test"],
};

/** What `npm init` writes: a script that only says that there is none. */
const placeholder = /no test specified/;

/** Runs a locally installed tool and never downloads one. */
const localTool: Readonly<Record<PackageManager, string>> = {
  npm: "npx --no-install",
  pnpm: "pnpm exec",
  yarn: "yarn run",
  bun: "bun run",
};

interface Package {
  readonly scripts: Readonly<Record<string, unknown>>;
  readonly dependencies: ReadonlySet<string>;
  readonly packageManager: string | null;
}

/** package.json scripts, by the package manager whose lockfile is there; tsc where TypeScript is set up without a script. */
export const javascript: Ecosystem = {
  name: "js",
  files: ["package.json", "tsconfig.json", ...lockfiles.map(([path]) => path)],
  find(files) {
    const text = files.get("package.json");
    const found = text === undefined ? null : parsePackage(text);
    if (found === null) return [];
    const manager = findManager(files, found);
    const gates: FoundGate[] = [];
    for (const kind of ["types", "lint", "tests"] as const) {
      const gate =
        findScript(found, manager, kind) ?? (kind === "types" ? findTsc(files, found, manager) : null);
      if (gate !== null) gates.push(gate);
    }
    return gates;
  },
};

/** Null for text that is no JSON object: such a project has no scripts that could be run. */
function parsePackage(text: string): Package | null {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    // npm could not read it either, so there is no script to run.
    return null;
  }
  if (!isRecord(value)) return null;
  const dependencies = [
    "dependencies",
    "devDependencies",
    "peerDependencies",
    "optionalDependencies",
  ].flatMap((key) => Object.keys(asRecord(value[key])));
  return {
    scripts: asRecord(value.scripts),
    dependencies: new Set(dependencies),
    packageManager: typeof value.packageManager === "string" ? value.packageManager : null,
  };
}

/** The `packageManager` field is the author's word; else the lockfile tells, else npm. */
function findManager(files: RootFiles, found: Package): PackageManager {
  const named = /^(npm|pnpm|yarn|bun)(?:@|$)/.exec(found.packageManager ?? "")?.[1];
  if (named !== undefined) return named as PackageManager;
  return lockfiles.find(([path]) => files.has(path))?.[1] ?? "npm";
}

function findScript(found: Package, manager: PackageManager, kind: GateKind): FoundGate | null {
  for (const script of scriptNames[kind]) {
    const body = found.scripts[script];
    if (typeof body !== "string" || body.trim() === "" || placeholder.test(body)) continue;
    // `bun test` is bun's own runner, not the script.
    const short = script === "test" && manager !== "bun";
    const command = short ? `${manager} test` : `${manager} run ${script}`;
    return { kind, command, source: `package.json scripts.${script}` };
  }
  return null;
}

function findTsc(files: RootFiles, found: Package, manager: PackageManager): FoundGate | null {
  const config = firstPresent(files, ["tsconfig.json"]);
  if (config === null || !found.dependencies.has("typescript")) return null;
  // A solution file (`files: []` with references) checks nothing by itself: only build mode follows the references.
  const text = files.get(config) ?? "";
  const isSolution = /"files"\s*:\s*\[\s*\]/.test(text) && /"references"\s*:/.test(text);
  const command = `${localTool[manager]} tsc ${isSolution ? "--build " : ""}--noEmit`;
  return { kind: "types", command, source: "tsconfig.json" };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
