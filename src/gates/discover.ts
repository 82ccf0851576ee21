/**
 * Finds a project's gates in its root files. Pure: the caller reads `gateFiles` from a commit and hands in what is
 * there, so that the gates of a tree are those of its commit and never those of a dirty checkout.
 */
import type { GateChoice } from "../core/checks/choices.ts";
import { type Ecosystem, type FoundGate, gateKinds, type RootFiles } from "./ecosystems/ecosystem.ts";
import { go } from "./ecosystems/go.ts";
import { javascript } from "./ecosystems/javascript.ts";
import { makefile } from "./ecosystems/makefile.ts";
import { python } from "./ecosystems/python.ts";
import { rust } from "./ecosystems/rust.ts";
import { auditFiles } from "./measures/audits/find.ts";
import { toMeasuringGate } from "./measures/define.ts";
import type { GateDefinition } from "./types.ts";

/** `gates` of a config, by the gate's name. */
export type GateSettings = Readonly<Record<string, GateChoice>>;

const ecosystems: readonly Ecosystem[] = [javascript, python, rust, go];

/** Root files that `discoverGates` wants. Lockfiles count by presence: an empty text is enough for them. */
export const gateFiles: readonly string[] = [
  ...new Set([...ecosystems, makefile, { files: auditFiles }].flatMap(({ files }) => files)),
].sort();

/** A suite of tests may take its time; lint and types that run longer than this hang. */
const testTimeoutMs = 10 * 60_000;
const checkTimeoutMs = 5 * 60_000;

/**
 * Gates in the order in which they should run: types, lint, tests, then the further ones of the config by name. Where
 * two ecosystems have the same kind, the first takes the plain name and the others end in theirs (`tests-rust`).
 * A setting replaces the gate of its name, keeps its place, and adds a gate where none has that name.
 */
export function discoverGates(files: RootFiles, settings: GateSettings = {}): readonly GateDefinition[] {
  const gates = new Map<string, GateDefinition>();
  for (const gate of nameGates(files)) gates.set(gate.name, gate);
  for (const [name, setting] of inOrder(settings)) {
    if (setting === undefined) continue;
    const gate = setting === false ? null : fromSetting(name, setting, { files, tests: gates.get("tests") });
    // A blank command would pass without having checked anything.
    if (gate === null || (gate.command.trim() === "" && gate.cannot === undefined)) gates.delete(name);
    else gates.set(name, gate);
  }
  return [...gates.values()].sort((a, b) => rankOf(a.name) - rankOf(b.name));
}

/** By name; what measures comes after what it may be measured in. */
function inOrder(settings: GateSettings): readonly (readonly [string, GateChoice | undefined])[] {
  const isMeasuring = (setting: GateChoice): number =>
    typeof setting === "object" && "measures" in setting ? 1 : 0;
  return Object.entries(settings).sort(
    ([a, first], [b, second]) => isMeasuring(first) - isMeasuring(second) || (a < b ? -1 : 1),
  );
}

function nameGates(files: RootFiles): readonly GateDefinition[] {
  const found = ecosystems.flatMap((ecosystem) =>
    ecosystem.find(files).map((gate) => ({ ...gate, ecosystem: ecosystem.name })),
  );
  const kinds = new Set<string>(found.map((gate) => gate.kind));
  const wrapped = makefile.find(files).filter((gate) => !kinds.has(gate.kind));
  const all = [...found, ...wrapped.map((gate) => ({ ...gate, ecosystem: makefile.name }))];
  const taken = new Set<string>();
  return all.map((gate) => {
    const name = taken.has(gate.kind) ? `${gate.kind}-${gate.ecosystem}` : gate.kind;
    taken.add(gate.kind);
    return toDefinition(name, gate);
  });
}

function toDefinition(name: string, gate: FoundGate): GateDefinition {
  const timeoutMs = gate.kind === "tests" ? testTimeoutMs : checkTimeoutMs;
  return { name, command: gate.command, source: gate.source, timeoutMs };
}

interface Around {
  readonly files: RootFiles;
  /** The gate of the project's tests, as it is found or given. */
  readonly tests: GateDefinition | undefined;
}

/** Null: it is no command that is run on a tree. */
function fromSetting(
  name: string,
  setting: Exclude<GateChoice, false>,
  { files, tests }: Around,
): GateDefinition | null {
  if (typeof setting === "object" && "measures" in setting)
    return toMeasuringGate(name, setting, { files, tests, timeoutMs: testTimeoutMs });
  const { command, timeoutMs, critical } =
    typeof setting === "string" ? { command: setting, timeoutMs: undefined, critical: undefined } : setting;
  const usual = /^tests(-|$)/.test(name) ? testTimeoutMs : checkTimeoutMs;
  const definition = { name, command, source: `config gates.${name}`, timeoutMs: timeoutMs ?? usual };
  return critical === undefined ? definition : { ...definition, critical };
}

/** Position of the gate's kind; a name of the config's own comes last. */
function rankOf(name: string): number {
  const rank = gateKinds.findIndex((kind) => name === kind || name.startsWith(`${kind}-`));
  return rank === -1 ? gateKinds.length : rank;
}
