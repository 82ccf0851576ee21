/**
 * The launch data of the public registry of agents: one JSON document with an entry for each. It is data of strangers: only what is read
 * here is believed, all of it has bounds, and nothing of it gets near a shell. Keys that are not known are left aside: the format grows.
 */
import { z } from "zod";
import { list, mapping, text } from "../../../core/config-values.ts";
import { describeValue } from "../../../core/describe-value.ts";
import { findNearestName } from "../../../core/nearest-name.ts";
import { findBadVariable } from "./variables.ts";

/** Where it is published. osqr does not fetch it. */
export const REGISTRY_URL = "https://cdn.agentclientprotocol.com/registry/v1/latest/registry.json";

const AGENTS_MAX = 2_000;
const ARGS_MAX = 50;
const VARIABLES_MAX = 50;
const VALUE_CHARS_MAX = 4_000;

/** How an agent is started, of whatever kind. */
interface Launch {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A package of npm or of PyPI, with its version. `program`: the one of its programs that is meant; null: its only or main one. */
export interface PackageWay extends Launch {
  readonly kind: "npx" | "uvx";
  readonly package: string;
  readonly program: string | null;
}

/** A program in an archive. */
export interface BinaryWay extends Launch {
  readonly kind: "binary";
  /** Name of the program, without folders. */
  readonly program: string;
  readonly archive: string;
  /** Hex; null: the registry names none. */
  readonly sha256: string | null;
}

export interface LaunchEntry {
  readonly id: string;
  readonly name: string;
  /** In the order in which they are looked for; empty: it has none for this machine. */
  readonly ways: readonly (PackageWay | BinaryWay)[];
  /** Machines that it has a program for, e.g. `linux-x86_64`. */
  readonly machines: readonly string[];
}

/** Expected and found, with the file and the place in it. */
export interface LaunchProblem {
  readonly problem: string;
}

const isPlain = (found: string): boolean => /^[^\p{C}]*$/u.test(found);
const label = text("1 to 200 characters without control characters", (found) => {
  return found.trim() !== "" && found.length <= 200 && isPlain(found);
});
const args = list(
  `a list of at most ${ARGS_MAX} arguments`,
  text("an argument without control characters", (found) => found.length <= 1_000 && isPlain(found)),
).max(ARGS_MAX, { error: `expected a list of at most ${ARGS_MAX} arguments, found more` });
const env = mapping(
  "a mapping from variables to texts",
  text("a text without control characters", (found) => found.length <= VALUE_CHARS_MAX && isPlain(found)),
).superRefine((found, context) => {
  const names = Object.keys(found);
  const tell = (path: string[], message: string): void => context.addIssue({ code: "custom", path, message });
  if (names.length > VARIABLES_MAX)
    tell([], `expected at most ${VARIABLES_MAX} variables, found ${names.length}`);
  for (const name of names) {
    const problem = findBadVariable(name);
    if (problem !== null) tell([name], problem);
  }
});
const programName = text("a program's name without folders", (found) => /^[\w@+][\w.@+-]{0,99}$/.test(found));
const npmPackage = text(
  "a package of npm such as @scope/name@1.2.3",
  (found) =>
    found.length <= 214 &&
    /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*(?:@[\w.+-]+)?$/i.test(found) &&
    !found.includes(".."),
);
const pythonPackage = text(
  "a package of PyPI such as name==1.2.3",
  (found) =>
    found.length <= 200 &&
    /^[a-z0-9](?:[\w.-]*[a-z0-9])?(?:\[[\w,-]+\])?(?:(?:==|@)[\w.+!-]+)?$/i.test(found),
);
const archive = text(
  "an https address",
  (found) => found.length <= 1_000 && /^https:\/\/[\w.-]+\/[\w./%+~@=&?,-]+$/.test(found),
);
/** Where it lies in its archive: not outside of it. */
const binaryPath = text("a path inside the archive such as ./bin/agent", (found) => {
  const parts = found.replace(/^\.\//, "").split("/");
  return found.length <= 300 && parts.every((part) => /^[\w@+][\w.@+-]{0,99}$/.test(part));
});

const launch = { args: args.optional(), env: env.optional(), cmd: programName.optional() };
const distribution = z.object(
  {
    npx: z.object({ ...launch, package: npmPackage }).optional(),
    uvx: z.object({ ...launch, package: pythonPackage }).optional(),
    binary: mapping(
      "a mapping from machines to programs",
      z.object({
        ...launch,
        archive,
        cmd: binaryPath,
        sha256: text("64 hexadecimal digits", (found) => /^[0-9a-f]{64}$/i.test(found)).optional(),
      }),
    ).optional(),
  },
  { error: ({ input }) => `expected how it is started, found ${describeValue(input)}` },
);
const entry = z.object({ name: label, distribution });

/** The entry with this id, for a machine such as `linux-x86_64`. @param file for messages */
export function findLaunch(
  content: string,
  id: string,
  { file, machine }: { readonly file: string; readonly machine: string },
): LaunchEntry | LaunchProblem {
  const agents = readAgents(content);
  if ("problem" in agents) return { problem: `${file}: ${agents.problem}` };
  const named = agents.list.flatMap((each, index) => (idOf(each) === id ? [{ each, index }] : []));
  const [found, second] = named;
  if (found === undefined) {
    const ids = agents.list.flatMap((each) => idOf(each) ?? []).filter(isPlain);
    const nearest = findNearestName(id, ids);
    const hint = nearest === null ? `it has ${ids.length}` : `did you mean ${nearest}?`;
    return { problem: `${file}: expected an agent with the id ${id}, found none; ${hint}` };
  }
  if (second !== undefined) {
    const places = `agents[${found.index}] and agents[${second.index}]`;
    return { problem: `${file}: expected one agent with the id ${id}, found ${places}` };
  }
  const read = entry.safeParse(found.each, { reportInput: true });
  if (!read.success) {
    const [issue] = read.error.issues;
    return { problem: `${file}: ${toPlace(found.index, issue?.path ?? [])}: ${issue?.message ?? "broken"}` };
  }
  return toEntry(id, read.data, machine);
}

function readAgents(content: string): { readonly list: readonly unknown[] } | LaunchProblem {
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch (error) {
    return { problem: `expected JSON, found ${error instanceof Error ? error.message : String(error)}` };
  }
  const agents = typeof document === "object" && document !== null ? Reflect.get(document, "agents") : null;
  if (!Array.isArray(agents))
    return { problem: `agents: expected a list of agents, found ${describeValue(agents)}` };
  if (agents.length > AGENTS_MAX)
    return { problem: `agents: expected at most ${AGENTS_MAX}, found ${agents.length}` };
  return { list: agents };
}

function idOf(agent: unknown): string | null {
  if (typeof agent !== "object" || agent === null || !Object.hasOwn(agent, "id")) return null;
  const id: unknown = Reflect.get(agent, "id");
  return typeof id === "string" ? id : null;
}

function toPlace(index: number, path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`));
  return `agents[${index}]${steps.join("")}`;
}

type Entry = z.output<typeof entry>;

function toEntry(id: string, { name, distribution: given }: Entry, machine: string): LaunchEntry {
  const toLaunch = (way: {
    args?: string[] | undefined;
    env?: Record<string, string> | undefined;
  }): Launch => {
    return { args: way.args ?? [], env: way.env ?? {} };
  };
  const ways: LaunchEntry["ways"][number][] = [];
  for (const kind of ["npx", "uvx"] as const) {
    const way = given[kind];
    if (way === undefined) continue;
    ways.push({ kind, package: way.package, program: way.cmd ?? null, ...toLaunch(way) });
  }
  const builds = given.binary ?? {};
  const own = Object.hasOwn(builds, machine) ? builds[machine] : undefined;
  if (own !== undefined) {
    const program = own.cmd.slice(own.cmd.lastIndexOf("/") + 1);
    const { archive: from, sha256 = null } = own;
    ways.push({ kind: "binary", program, archive: from, sha256, ...toLaunch(own) });
  }
  return { id, name, ways, machines: Object.keys(builds).sort() };
}
