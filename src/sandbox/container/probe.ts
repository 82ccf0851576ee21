import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerConfig } from "../../core/config.ts";
import { createContainerSandbox } from "../container.ts";
import { cleanEnvironment } from "../environment.ts";
import { findProgram } from "../find-program.ts";
import type { Mount, ProcessResult, Sandbox } from "../types.ts";
import { callEngine, type Engine, type EngineKind, toEngine } from "./engine.ts";
import type { ContainerFeatures } from "./features.ts";

const KINDS: readonly EngineKind[] = ["podman", "docker"];
/** How long the trial command may take once its container stands. */
const TRIAL_MS = 30_000;
/** Where the trial sees the daemon's Node: at its own path it could hide the image's. */
const NODE_PLACE = "/opt/osqr-node";
const PROGRAMS_BYTES_MAX = 4_000_000;
const INSTALL = "install one: apt-get install podman";

/** A level that works, or why it does not and what to do. */
export type ContainerProbe =
  | { readonly features: ContainerFeatures; readonly failure: null }
  | { readonly features: null; readonly failure: string; readonly hints: readonly string[] };

export interface ContainerProbeOptions {
  /** Null: the operator's config names no image. */
  readonly setting: ContainerConfig | null;
  /** The operator's; engines are looked for on its PATH. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a container may take to stand. @default 60_000 */
  readonly startMs?: number;
}

/** Ways out of what engines often say. */
const KNOWN: readonly { readonly words: RegExp; readonly hint: string }[] = [
  { words: /cgroups? in hybrid mode/, hint: 'write runtime = "runc" below [engine] into containers.conf' },
  {
    words: /newuidmap|newgidmap|subuid|subgid/,
    hint: "apt-get install uidmap, and give your user subordinate ids",
  },
  { words: /permission denied.*docker/i, hint: "join the group docker, or use podman, which needs no group" },
];

const no = (failure: string, ...hints: readonly string[]): ContainerProbe => {
  const known = KNOWN.filter(({ words }) => words.test(failure)).map(({ hint }) => hint);
  return { features: null, failure, hints: known.length > 0 ? known : hints };
};

/** Finds an engine and the image, and runs a real container: what does not work there is found before any task. */
export async function probeContainer(options: ContainerProbeOptions): Promise<ContainerProbe> {
  const { setting, env } = options;
  if (setting === null)
    return no("no image is named", "name one in your own config: sandbox: { container: { image: ... } }");
  if (process.platform !== "linux") return no(`containers need Linux, this is ${process.platform}`);
  const kinds = setting.engine === null ? KINDS : [setting.engine];
  const failures: string[] = [];
  const hints = new Set<string>();
  for (const kind of kinds) {
    const path = findProgram(kind, env.PATH ?? "");
    if (path === null) continue;
    const probe = await probeEngine(toEngine(kind, path, env), setting, options.startMs);
    if (probe.failure === null) return probe;
    failures.push(probe.failure);
    for (const hint of probe.hints) hints.add(hint);
  }
  if (failures.length === 0) return no(`no ${kinds.join(" and no ")} on PATH`, INSTALL);
  return no(failures.join("; "), ...hints);
}

async function probeEngine(
  engine: Engine,
  setting: ContainerConfig,
  startMs: number | undefined,
): Promise<ContainerProbe> {
  const state = await readState(engine);
  if ("failure" in state)
    return no(`${engine.path} is there, but not its engine: ${state.failure}`, state.hint);
  const found = await callEngine(engine, [
    ...["image", "inspect", "--format", "{{.Id}} {{json .Config.Env}}", setting.image],
  ]);
  const [id = "", ...variables] = found.stdout.trim().split(" ");
  if (found.failure !== null || id === "") {
    const reason = found.failure ?? "it has no id";
    return no(
      `${engine.kind} has no image ${setting.image}: ${reason}`,
      `get it: ${engine.kind} pull ${setting.image}, or build it; osqr never pulls`,
    );
  }
  const { PATH: path = "/usr/local/bin:/usr/bin:/bin", ...env } = readVariables(variables.join(" "));
  const draft: ContainerFeatures = {
    setting,
    engine,
    version: state.version,
    isRootless: state.isRootless,
    image: id,
    user: toUser(engine.kind, state.isRootless),
    path,
    env,
    node: null,
    hasNode: false,
    programs: new Map(),
  };
  return tryContainer(draft, startMs);
}

interface EngineState {
  readonly version: string;
  readonly isRootless: boolean;
}

async function readState(
  engine: Engine,
): Promise<EngineState | { readonly failure: string; readonly hint: string }> {
  if (engine.kind === "podman") {
    const { stdout, failure } = await callEngine(engine, [
      ...["info", "--format", "{{.Version.Version}} {{.Host.Security.Rootless}} {{.Host.ServiceIsRemote}}"],
    ]);
    const [version = "", rootless, remote] = stdout.trim().split(" ");
    if (failure !== null) return { failure, hint: "podman info says more" };
    if (remote === "true")
      return { failure: "it is on another machine", hint: "unset CONTAINER_HOST, or install podman here" };
    return { version, isRootless: rootless === "true" };
  }
  const { stdout, failure } = await callEngine(engine, [
    ...["info", "--format", "{{.ServerVersion}} {{json .SecurityOptions}}"],
  ]);
  const [version = "", ...options] = stdout.trim().split(" ");
  if (failure !== null || !/^\d/.test(version)) {
    return { failure: failure ?? "it says no version", hint: "start it: systemctl start docker" };
  }
  return { version, isRootless: options.join(" ").includes("name=rootless") };
}

/** Whoever owns the work tree outside. Of docker without root, root inside is the operator. */
function toUser(kind: EngineKind, isRootless: boolean): ContainerFeatures["user"] {
  if (kind === "docker" && isRootless) return { uid: 0, gid: 0 };
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

function readVariables(json: string): Record<string, string> {
  let list: unknown = null;
  try {
    list = JSON.parse(json);
  } catch {
    // An image without any.
  }
  const entries = (Array.isArray(list) ? list : []).map(String).filter((entry) => entry.includes("="));
  return cleanEnvironment(
    Object.fromEntries(
      entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
    ),
  );
}

/** Says which Node runs, writes a file into the home and into `/tmp`, and lists the programs on the PATH. */
const TRIAL = [
  ': > "$HOME/works" && : > /tmp/works || exit 3',
  'node=$(command -v node) && "$node" --version > /dev/null 2>&1 && echo "node $node" || {',
  '  "$OSQR_NODE" --version > /dev/null 2>&1 && echo "node" || echo "none"; }',
  "IFS=:; set -f",
  "for folder in $PATH; do",
  '  set +f; for file in "$folder"/*; do [ -f "$file" ] && [ -x "$file" ] && echo "$file"; done; set -f',
  "done",
  "echo done",
].join("\n");

async function tryContainer(draft: ContainerFeatures, startMs: number | undefined): Promise<ContainerProbe> {
  const root = mkdtempSync(join(tmpdir(), "osqr-probe-"));
  const sandbox = createContainerSandbox({
    homeFolder: root,
    features: draft,
    ...(startMs === undefined ? {} : { startMs }),
  });
  const where = `${draft.engine.kind} ${draft.version}, image ${draft.setting.image}`;
  try {
    const { result, lines } = await runTrial(sandbox, draft, root);
    if (result.exitCode !== 0 || lines.at(-1) !== "done") {
      const reason = result.timedOut ? `no end within ${TRIAL_MS / 1000} s` : result.tail.at(-1);
      return no(`a trial container failed (${where}): ${reason ?? `exit ${result.exitCode}`}`);
    }
    const owner = statSync(join(root, "works"), { throwIfNoEntry: false })?.uid ?? null;
    if (owner !== (process.getuid?.() ?? null)) {
      const found = owner === null ? "are not on this machine" : `belong to user ${owner}`;
      return no(`a trial container failed (${where}): files that it writes ${found}`);
    }
    return { features: { ...draft, ...readTrial(lines) }, failure: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return no(
      `a trial container failed (${where}): ${message.replace(/^.*? could not start \/bin\/sh in \S+: /, "")}`,
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function runTrial(
  sandbox: Sandbox,
  draft: ContainerFeatures,
  root: string,
): Promise<{ readonly result: ProcessResult; readonly lines: readonly string[] }> {
  const node: Mount = { source: process.execPath, target: NODE_PLACE, mode: "read" };
  const started = await sandbox.start({
    label: "probe",
    argv: ["/bin/sh", "-c", TRIAL],
    cwd: root,
    env: { ...draft.env, PATH: draft.path, HOME: root, OSQR_NODE: NODE_PLACE },
    mounts: [{ source: root, target: root, mode: "write" }, node],
    network: "off",
    limits: {
      timeoutMs: TRIAL_MS,
      graceMs: 500,
      outputBytesMax: 100_000,
      diskBytesMax: 100_000_000,
      processesMax: 64,
    },
    logPath: join(root, "output.log"),
    stdio: "pipes",
  });
  let text = "";
  started.pipes?.stdin.end();
  started.pipes?.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (text.length < PROGRAMS_BYTES_MAX) text += chunk;
  });
  const ended = new Promise((resolve) => started.pipes?.stdout.once("close", resolve));
  const result = await started.result;
  await ended;
  return { result, lines: text.trimEnd().split("\n") };
}

function readTrial(lines: readonly string[]): Pick<ContainerFeatures, "node" | "hasNode" | "programs"> {
  const [first = "", ...files] = lines.slice(0, -1);
  const programs = Map.groupBy(files, (file) => file.slice(file.lastIndexOf("/") + 1));
  const node = first.startsWith("node /") ? first.slice("node ".length) : null;
  return { node, hasNode: first !== "none", programs };
}
