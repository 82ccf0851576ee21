/** What is watched while an attempt runs, and from where on something is done about it (WO-6). */

export const WATCHED = ["tokens", "progress", "errorRate", "memory", "disk"] as const;
export type Watched = (typeof WATCHED)[number];

/** What comes of a limit that is passed: `critical` ends the attempt, its work is kept and a person asked; `warn` is said. */
export type WatchLevel = "warn" | "critical";

/** Null at a check: it is switched off. */
export interface WatchPolicy {
  /** Time between two looks, ms. */
  readonly everyMs: number;
  /** Percent of what was reserved for the attempt. What lies beyond is the budget's business. */
  readonly tokens: { readonly warn: number; readonly red: number } | null;
  /** So long may an agent work without an artifact before a person is asked. */
  readonly progress: { readonly afterMs: number } | null;
  readonly errorRate: {
    /** Percent of the calls of tools that may fail. */
    readonly limit: number;
    /** Fewer calls say nothing. */
    readonly sample: number;
    readonly level: WatchLevel;
  } | null;
  readonly memory: {
    /** Of the attempt with all its processes; null: no limit. */
    readonly maxBytes: number | null;
    /** Free on the machine. */
    readonly minFreeBytes: number;
    readonly level: WatchLevel;
  } | null;
  readonly disk: {
    /** Of the work tree and the private home; null: as the sandbox limits it. */
    readonly maxBytes: number | null;
    readonly level: WatchLevel;
  } | null;
}

/** Calls of tools that the error rate is taken from: the last ones. */
export const CALLS_WINDOW = 20;

export const DEFAULT_WATCH: WatchPolicy = {
  everyMs: 15_000,
  tokens: { warn: 75, red: 85 },
  progress: { afterMs: 20 * 60_000 },
  errorRate: { limit: 50, sample: 10, level: "critical" },
  memory: { maxBytes: null, minFreeBytes: 64 * 1024 ** 2, level: "critical" },
  disk: { maxBytes: null, level: "critical" },
};

/** What a config says of it; null and undefined: nothing. False: off. */
export interface WatchLayer {
  readonly every?: number | null | undefined;
  readonly tokens?:
    | false
    | { readonly warn?: number | undefined; readonly red?: number | undefined }
    | null
    | undefined;
  readonly progress?: false | { readonly after?: number | undefined } | null | undefined;
  readonly errorRate?:
    | false
    | {
        readonly limit?: number | undefined;
        readonly sample?: number | undefined;
        readonly level?: WatchLevel | undefined;
      }
    | null
    | undefined;
  readonly memory?:
    | false
    | {
        readonly max?: number | undefined;
        readonly minFree?: number | undefined;
        readonly level?: WatchLevel | undefined;
      }
    | null
    | undefined;
  readonly disk?:
    | false
    | { readonly max?: number | undefined; readonly level?: WatchLevel | undefined }
    | null
    | undefined;
}

/** The layer over a policy. */
function apply(base: WatchPolicy, layer: WatchLayer | null | undefined): WatchPolicy {
  const { every, tokens, progress, errorRate, memory, disk } = layer ?? {};
  return {
    everyMs: every ?? base.everyMs,
    tokens: over(base.tokens, tokens, DEFAULT_WATCH.tokens, ({ warn, red }, held) => {
      const first = warn ?? Math.min(held.warn, red ?? held.warn);
      return { warn: first, red: Math.max(first, red ?? held.red) };
    }),
    progress: over(base.progress, progress, DEFAULT_WATCH.progress, ({ after }, held) => ({
      afterMs: after ?? held.afterMs,
    })),
    errorRate: over(base.errorRate, errorRate, DEFAULT_WATCH.errorRate, (said, held) => ({
      limit: said.limit ?? held.limit,
      sample: said.sample ?? held.sample,
      level: said.level ?? held.level,
    })),
    memory: over(base.memory, memory, DEFAULT_WATCH.memory, ({ max, minFree, level }, held) => ({
      maxBytes: max ?? held.maxBytes,
      minFreeBytes: minFree ?? held.minFreeBytes,
      level: level ?? held.level,
    })),
    disk: over(base.disk, disk, DEFAULT_WATCH.disk, ({ max, level }, held) => ({
      maxBytes: max ?? held.maxBytes,
      level: level ?? held.level,
    })),
  };
}

function over<Check, Said extends object>(
  held: Check | null,
  said: Said | false | null | undefined,
  usual: Check | null,
  merge: (said: Said, held: Check) => Check,
): Check | null {
  if (said === false) return null;
  if (said == null) return held;
  const from = held ?? usual;
  return from === null ? null : merge(said, from);
}

type Refuse = (key: string, reason: string) => void;

/** Numbers of a check by name, with the way in which they get tighter. */
const DIRECTIONS: Readonly<Record<string, "lower" | "higher">> = {
  warn: "lower",
  red: "lower",
  afterMs: "lower",
  limit: "lower",
  sample: "lower",
  maxBytes: "lower",
  minFreeBytes: "higher",
};

/** Operator and project in one: a project can only tighten it, and has no word on how often it is looked. */
export function mergeWatch(
  operator: WatchLayer | null | undefined,
  project: WatchLayer | null | undefined,
  refuse: Refuse,
): WatchPolicy {
  const held = apply(DEFAULT_WATCH, operator);
  if (project == null) return held;
  if (project.every != null && project.every !== held.everyMs)
    refuse("watch.every", "only the operator's config says how often it is looked");
  const wanted = apply(held, { ...project, every: null });
  const checks = WATCHED.map((name) => {
    if (project[name] == null) return [name, held[name]];
    if (held[name] === null) return [name, wanted[name]];
    if (wanted[name] !== null) return [name, tighten(name, held[name], wanted[name], refuse)];
    refuse(`watch.${name}`, "a project can only tighten it, not switch it off");
    return [name, held[name]];
  });
  return { everyMs: held.everyMs, ...Object.fromEntries(checks) } as WatchPolicy;
}

function tighten(name: Watched, held: object, wanted: object, refuse: Refuse): object {
  const known: Readonly<Record<string, unknown>> = { ...held };
  const entries = Object.entries(wanted).map(([key, value]) => {
    const isLooser = looserThan(key, value, known[key]);
    if (isLooser)
      refuse(`watch.${name}`, `a project can only tighten it: ${key.replace(/(Ms|Bytes)$/, "")} stays`);
    return [key, isLooser ? known[key] : value];
  });
  return Object.fromEntries(entries);
}

function looserThan(key: string, value: unknown, held: unknown): boolean {
  if (key === "level") return held === "critical" && value === "warn";
  if (typeof value !== "number" || typeof held !== "number") return false;
  return DIRECTIONS[key] === "higher" ? value < held : value > held;
}
