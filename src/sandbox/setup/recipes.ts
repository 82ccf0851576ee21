/** How the dependencies of one kind of project are installed. One entry per lockfile format. */

export type RecipeName =
  | "npm"
  | "pnpm"
  | "yarn-berry"
  | "yarn"
  | "bun"
  | "uv"
  | "poetry"
  | "pip"
  | "cargo"
  | "go"
  | "command";

export interface Recipe {
  /** Commands, run one after the other in the lockfile's folder. `{kept}` in a word is the folder that is kept. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** Variables for the commands. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables for whoever uses what was installed. */
  readonly envAfter: Readonly<Record<string, string>>;
  /** Folders under `{kept}` for the front of the PATH. */
  readonly pathAfter: readonly string[];
  /** What it leaves in the tree that is to be kept, relative to the lockfile's folder. */
  readonly produces: readonly string[];
}

const NODE_MODULES = { envAfter: {}, pathAfter: [], produces: ["node_modules"] };
const VENV = {
  envAfter: { VIRTUAL_ENV: "{kept}/venv" },
  pathAfter: ["venv/bin"],
  produces: [],
};
const MAKE_VENV = ["python3", "-m", "venv", "{kept}/venv"] as const;

export const RECIPES: Readonly<Record<Exclude<RecipeName, "command">, Recipe>> = {
  npm: { commands: [["npm", "ci", "--no-audit", "--no-fund"]], env: {}, ...NODE_MODULES },
  pnpm: { commands: [["pnpm", "install", "--frozen-lockfile"]], env: { CI: "true" }, ...NODE_MODULES },
  yarn: { commands: [["yarn", "install", "--frozen-lockfile"]], env: {}, ...NODE_MODULES },
  "yarn-berry": {
    commands: [["yarn", "install", "--immutable"]],
    env: { YARN_ENABLE_GLOBAL_CACHE: "false", YARN_ENABLE_TELEMETRY: "false" },
    envAfter: { YARN_ENABLE_GLOBAL_CACHE: "false", YARN_ENABLE_TELEMETRY: "false" },
    pathAfter: [],
    produces: ["node_modules", ".pnp.cjs", ".pnp.loader.mjs", ".yarn/cache", ".yarn/unplugged"],
  },
  bun: { commands: [["bun", "install", "--frozen-lockfile"]], env: {}, ...NODE_MODULES },
  uv: {
    commands: [["uv", "sync", "--frozen", "--no-install-project"]],
    env: { UV_PROJECT_ENVIRONMENT: "{kept}/venv", UV_LINK_MODE: "copy" },
    ...VENV,
    envAfter: { ...VENV.envAfter, UV_PROJECT_ENVIRONMENT: "{kept}/venv", UV_NO_SYNC: "1", UV_OFFLINE: "1" },
  },
  poetry: {
    commands: [MAKE_VENV, ["poetry", "install", "--no-root", "--no-interaction"]],
    env: { VIRTUAL_ENV: "{kept}/venv" },
    ...VENV,
  },
  pip: {
    commands: [MAKE_VENV, ["{kept}/venv/bin/python", "-m", "pip", "install", "-r", "requirements.txt"]],
    env: { PIP_DISABLE_PIP_VERSION_CHECK: "1" },
    ...VENV,
  },
  cargo: {
    commands: [["cargo", "fetch", "--locked"]],
    env: { CARGO_HOME: "{kept}/cargo" },
    envAfter: { CARGO_HOME: "{kept}/cargo", CARGO_NET_OFFLINE: "true" },
    pathAfter: [],
    produces: [],
  },
  go: {
    commands: [["go", "mod", "download"]],
    // Without -modcacherw the cache could not be deleted later.
    env: { GOMODCACHE: "{kept}/gomod", GOFLAGS: "-modcacherw" },
    envAfter: { GOMODCACHE: "{kept}/gomod", GOPROXY: "off" },
    pathAfter: [],
    produces: [],
  },
};

/** The lockfiles by name, in the order in which they win where a folder has several of one ecosystem. */
export const LOCKFILES: readonly {
  readonly name: string;
  readonly recipe: RecipeName;
  readonly ecosystem: string;
}[] = [
  { name: "pnpm-lock.yaml", recipe: "pnpm", ecosystem: "node" },
  { name: "yarn.lock", recipe: "yarn", ecosystem: "node" },
  { name: "bun.lock", recipe: "bun", ecosystem: "node" },
  { name: "npm-shrinkwrap.json", recipe: "npm", ecosystem: "node" },
  { name: "package-lock.json", recipe: "npm", ecosystem: "node" },
  { name: "uv.lock", recipe: "uv", ecosystem: "python" },
  { name: "poetry.lock", recipe: "poetry", ecosystem: "python" },
  { name: "requirements.txt", recipe: "pip", ecosystem: "python" },
  { name: "Cargo.lock", recipe: "cargo", ecosystem: "rust" },
  { name: "go.sum", recipe: "go", ecosystem: "go" },
];

/** More lists of packages that a Python project keeps beside its requirements.txt. */
export const MORE_REQUIREMENTS = [
  "dev-requirements.txt",
  "requirements-dev.txt",
  "requirements-test.txt",
  "test-requirements.txt",
];

/** Files beside a lockfile that change what is installed. */
export const COMPANIONS = [
  ...MORE_REQUIREMENTS,
  ".npmrc",
  ".yarnrc",
  ".yarnrc.yml",
  "Cargo.toml",
  "go.mod",
  "package.json",
  "pnpm-workspace.yaml",
  "pyproject.toml",
];

/** True where a lockfile names at least one thing to install. */
export function hasDependencies(recipe: RecipeName, content: string): boolean {
  switch (recipe) {
    case "npm":
      return hasNpmDependencies(content);
    case "pnpm":
      return (
        /^(packages|snapshots):[ \t]*\n(?:[ \t]*\n)*[ \t]+\S/m.test(content) || /link:|file:/.test(content)
      );
    case "yarn":
    case "yarn-berry":
      return [...content.matchAll(/^"?([^\s#"][^\n]*):$/gm)].some(
        ([line]) => !line.startsWith("__metadata") && !line.includes("@workspace:."),
      );
    case "bun":
      return /"packages":\s*\{\s*"/.test(content);
    case "uv":
    case "poetry":
      return hasPythonDependencies(content);
    case "cargo":
      return /^source = /m.test(content);
    default:
      return content.split("\n").some((line) => /^\s*[^\s#]/.test(line));
  }
}

function hasNpmDependencies(content: string): boolean {
  try {
    const lock = JSON.parse(content) as { packages?: object; dependencies?: object } | null;
    const packages = Object.keys(lock?.packages ?? {}).filter((name) => name !== "");
    return packages.length > 0 || Object.keys(lock?.dependencies ?? {}).length > 0;
  } catch {
    return true; // Broken: npm shall say so.
  }
}

function hasPythonDependencies(content: string): boolean {
  const packages = content.split(/^\[\[package\]\]$/m).slice(1);
  return packages.some((text) => !/^source = \{ (virtual|editable) = "\."/m.test(text));
}
