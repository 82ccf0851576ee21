import type { ProjectId, WorkstreamId } from "../model/ids.ts";
import type { Spec } from "../model/spec.ts";
import type { State } from "../model/state.ts";
import type { Workstream } from "../model/work.ts";
import { isEnded } from "../status.ts";

/** A spec that is registered with this plan. */
export interface Fresh {
  readonly spec: Spec;
  readonly id: WorkstreamId;
  readonly name: string;
  readonly number: number;
  /** Takes the place of a workstream of the same id that has not begun. */
  readonly replaces: boolean;
}

/** The workstreams of one project, as the plan looks for them. */
export interface Registry {
  /** In the order of their registration. */
  readonly workstreams: readonly Workstream[];
  /** The last workstream that was made of a spec, by the spec's key. */
  readonly bySpec: ReadonlyMap<string, Workstream>;
  readonly names: ReadonlySet<string>;
  /** Numbers that a workstream has or has had. */
  readonly numbers: ReadonlySet<number>;
}

export function readRegistry(state: State, project: ProjectId, specs: readonly Spec[]): Registry {
  const known = state.projects.get(project);
  const workstreams = (known?.workstreams ?? []).flatMap((id) => state.workstreams.get(id) ?? []);
  return {
    workstreams,
    bySpec: matchSpecs(workstreams, specs),
    names: new Set(workstreams.map(({ name }) => name)),
    numbers: new Set([...(known?.retired ?? []), ...workstreams.map(({ number }) => number)]),
  };
}

/** By path; where a document was moved, by key, or by its text where the work is open. */
function matchSpecs(
  workstreams: readonly Workstream[],
  specs: readonly Spec[],
): ReadonlyMap<string, Workstream> {
  const paths = new Set(specs.map(({ path }) => path));
  const byPath = new Map<string, Workstream>();
  const byKey = new Map<string, Workstream>();
  const byText = new Map<string, Workstream>();
  for (const workstream of workstreams) {
    const { path } = workstream.spec;
    if (path === null) continue;
    if (paths.has(path)) byPath.set(path, workstream);
    else {
      byKey.set(workstream.name, workstream);
      if (isOpen(workstream)) byText.set(workstream.spec.hash, workstream);
    }
  }
  const found = new Map<string, Workstream>();
  for (const { key, path, hash } of specs) {
    const workstream = byPath.get(path) ?? byKey.get(key) ?? byText.get(hash);
    if (workstream !== undefined) found.set(key, workstream);
  }
  return found;
}

/** Registered, and neither done nor cancelled. */
export const isOpen = (workstream: Workstream): boolean =>
  !isEnded(workstream) && workstream.intent !== "cancelled";

/** Too late to take another text: an attempt was made, or its work is, or was, on the way into the base. */
export const hasBegun = ({ started, integration, reverts }: Workstream): boolean =>
  started || integration.kind !== "none" || reverts.length > 0;

/** On its way into the base: nothing of it is left to build. */
export const isLanding = ({ integration: { kind }, intent }: Workstream): boolean =>
  intent === "run" && (kind === "queued" || kind === "running" || kind === "intended");

/** The name of a new workstream: the key, or `<key>-2` … where that is taken. */
export function findFreeName(key: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(key)) return key;
  for (let round = 2; ; round += 1) {
    if (!isTaken(`${key}-${round}`)) return `${key}-${round}`;
  }
}

export const toId = (project: ProjectId, name: string): WorkstreamId => `${project}/${name}` as WorkstreamId;

/** Hands out numbers that no workstream has had, the lowest first, so that a plan shows the same ones until it is run. */
export class Numbers {
  readonly #taken: Set<number>;
  #next = 1;

  constructor({ numbers }: Pick<Registry, "numbers">) {
    this.#taken = new Set(numbers);
  }

  take(): number {
    while (this.#taken.has(this.#next)) this.#next += 1;
    this.#taken.add(this.#next);
    return this.#next;
  }
}
