/** Handoffs as surfaces see them: what stands in the ref, and what is wrong with it. */
import { OsqrError } from "../../../core/errors.ts";
import { renderHandoff } from "../../../core/handoff/render.ts";
import {
  type Handoff,
  type ParsedHandoff,
  parseHandoff,
  serializeHandoff,
} from "../../../core/handoff/shape.ts";
import type { Oid, ProjectId } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import type { Task, Workstream } from "../../../core/model/work.ts";
import { listHolders } from "../../../core/report/reviews.ts";
import { nameOfTask } from "../../../core/report/words.ts";
import type { GitPort } from "../../../git/types.ts";
import { toRefPart } from "../../effects/refs.ts";
import type { Engine } from "../../engine.ts";
import type { HandoffDetail, HandoffView } from "../../flow-service.ts";
import { listEventPlaces } from "../../handoffs/history.ts";
import { folderOf, shortIdOf } from "../../handoffs/names.ts";
import { Outstanding } from "../../handoffs/outstanding.ts";
import type { Artifact } from "../../handoffs/place.ts";
import { toJsonPath } from "../../handoffs/place.ts";
import { readHandoff, readHandoffs, readTip } from "../../handoffs/read.ts";
import type { HandoffRepair } from "../../handoffs/repair.ts";
import type { ProjectPorts } from "../../ports.ts";
import { findTask, findWorkstream, listWorkstreams, needNamed } from "../names.ts";
import type { LocalProject } from "../projects.ts";

/** A handoff that should be there. */
interface Place {
  readonly what: string;
  readonly path: string;
  readonly isCollected: boolean;
  /** How many the same thing had left before. */
  readonly older: number;
}

const toPlace = (state: State, { id, handoff }: Task): Place[] =>
  handoff === null
    ? []
    : [{ what: nameOfTask(state, id), path: handoff.path, isCollected: handoff.commit !== null, older: 0 }];

/** Those of its returns, merges and reverts, by time. */
const listEvents = (workstream: Workstream): readonly Place[] =>
  listEventPlaces(workstream)
    .toSorted((a, b) => a.at - b.at)
    .map(({ path }, older) => ({ what: workstream.name, path, isCollected: true, older }));

/** Those of its tasks in their order, then those of its own. */
function listPlaces(state: State, workstream: Workstream): readonly Place[] {
  const tasks = workstream.tasks.flatMap((id) => state.tasks.get(id) ?? []);
  return [...tasks.flatMap((task) => toPlace(state, task)), ...listEvents(workstream)];
}

/** All files of the workstreams in the ref; none where it cannot be read: whoever reads one of them says so. */
async function listCommitted(git: GitPort, tip: Oid | null, names: readonly string[]): Promise<string[]> {
  if (tip === null || names.length === 0) return [];
  try {
    const files = await git.listFiles(tip, [...new Set(names.map(toRefPart))]);
    return files.map(({ path }) => path).filter((path) => path.endsWith(".md"));
  } catch {
    return [];
  }
}

/** What tasks that were done again had left before: the ref holds it, the state does not name it. */
function listOlder(places: readonly Place[], committed: readonly string[]): readonly Place[] {
  const known = new Set(places.map(({ path }) => path));
  return committed
    .filter((path) => !known.has(path))
    .map((path) => ({ what: path, path, isCollected: true, older: 0 }));
}

function countOlder(places: readonly Place[], older: readonly Place[]): readonly Place[] {
  const counts = Map.groupBy(older, ({ path }) => folderOf(path));
  return places.map((each) => {
    const found = counts.get(folderOf(each.path))?.length ?? 0;
    return found === 0 ? each : { ...each, older: each.older + found };
  });
}

/** What the history holds and no collector has committed yet, by path. */
function readOutstanding({ state, ports }: Engine, project: ProjectId): ReadonlyMap<string, Artifact> {
  const isAny = [...state.uncollected.keys()].length > 0;
  const all = isAny ? new Outstanding().list(ports.log, state, project) : [];
  return new Map(all.map((artifact) => [artifact.path, artifact]));
}

/** Who goes on: those who have the role of the step, else the role; the owner where it has none. */
function sayWhose(state: State, project: ProjectId, { role, owner }: Handoff["next"]): string | null {
  if (role === null) return owner;
  const holders = listHolders(state, { project }, role) ?? [];
  return holders.length === 0 ? role : `${holders.join(" or ")}, ${role}`;
}

const nameOf = ({ workItem, task }: Handoff): string =>
  task === null ? workItem.name : `${workItem.name}#${task.key}`;

/** As people see it; `what` of an older one is in its content alone. */
function toView(state: State, project: ProjectId, place: Place, read: ParsedHandoff): HandoffView {
  const { what, path, isCollected, older } = place;
  const handoff = read.ok ? read.handoff : null;
  return {
    id: shortIdOf(path),
    what: what === path && handoff !== null ? nameOf(handoff) : what,
    path,
    status: !read.ok ? "unreadable" : isCollected ? "committed" : "uncollected",
    fault: read.ok ? null : read.fault,
    event: handoff?.event ?? null,
    attempt: handoff?.attempt ?? null,
    at: handoff?.timestamp ?? null,
    actor: handoff?.actor.name ?? null,
    outcome: handoff?.outcome ?? null,
    next: handoff?.next.action ?? null,
    whose: handoff === null ? null : sayWhose(state, project, handoff.next),
    older,
  };
}

const ofArtifact = ({ content }: Artifact): ParsedHandoff => parseHandoff(serializeHandoff(content));

/** By workstream, then by time; what cannot be read says none and comes last. */
function sortViews(views: readonly HandoffView[], names: readonly string[]): readonly HandoffView[] {
  const places = new Map(names.map((name, at) => [name, at]));
  const place = ({ what }: HandoffView): number => places.get(what.split(/[#/]/)[0] ?? "") ?? -1;
  const byTime = (a: HandoffView, b: HandoffView): number =>
    a.at === b.at ? 0 : a.at === null ? 1 : b.at === null ? -1 : a.at < b.at ? -1 : 1;
  return views.toSorted((a, b) => place(a) - place(b) || byTime(a, b));
}

/** The handoffs of a workstream, or of all of a project; `isAll`: those too that tasks had left before they were done again. */
export async function listHandoffs(
  engine: Engine,
  { id, ports }: LocalProject,
  { name, isAll }: { readonly name: string | null; readonly isAll: boolean },
): Promise<readonly HandoffView[]> {
  const { state } = engine;
  const chosen = name === null ? listWorkstreams(state, id) : [needNamed(state, id, name)];
  const current = chosen.flatMap((workstream) => listPlaces(state, workstream));
  const outstanding = readOutstanding(engine, id);
  const tip = await readTip(ports.git);
  const names = chosen.map((each) => each.name);
  const files = await listCommitted(ports.git, tip, names);
  const older = listOlder(current, files);
  const places = [...countOlder(current, older), ...(isAll ? older : [])];
  const committed = places.filter(({ path }) => !outstanding.has(path)).map(({ path }) => path);
  const read = await readHandoffs(ports.git, tip, committed);
  const views = places.map((place) => {
    const waiting = outstanding.get(place.path);
    const found = waiting === undefined ? read.get(place.path) : ofArtifact(waiting);
    return toView(state, id, place, found ?? { ok: false, fault: "it was not read" });
  });
  return sortViews(views, names);
}

/**
 * A handoff by its task, its workstream (the newest of its own), its attempt, or the beginning of its path.
 *
 * @throws `unknown-handoff` with what can be named
 */
async function findPlace(state: State, { id, ports }: LocalProject, what: string): Promise<Place> {
  const task = findTask(state, id, what);
  const workstream = task === null ? findWorkstream(state, id, what) : null;
  const own = task === null ? (workstream === null ? [] : listEvents(workstream)) : toPlace(state, task);
  const all = listWorkstreams(state, id);
  const places = own.length > 0 ? own : all.flatMap((each) => listPlaces(state, each));
  const names = all.map(({ name }) => name);
  const older = listOlder(places, await listCommitted(ports.git, await readTip(ports.git), names));
  const newest = countOlder(own, older).at(-1);
  if (newest !== undefined) return newest;
  if (task !== null || workstream !== null) throw sayNone(what);
  const wanted = what.replace(/^refs\/osqr\/handoffs:/, "");
  const found = findNamed(countOlder(places, older), wanted) ?? findNamed(older, wanted);
  if (found !== null) return found;
  // The ref may hold what nothing here knows of.
  if (/\/.*\.(?:json|md)$/.test(what)) return { what, path: what, isCollected: true, older: 0 };
  throw new OsqrError("unknown-handoff", `no handoff "${what}"`, {
    hints: [
      "what there is: osqr handoff list",
      "named by a task (token-format#T1), a workstream, an attempt (a-31) or its path",
    ],
  });
}

const sayNone = (what: string): OsqrError =>
  new OsqrError("unknown-handoff", `${what} has left no handoff yet`, {
    hints: ["what there is: osqr handoff list"],
  });

/** By its short name, its path, or a beginning of that which no other one has. */
function findNamed(places: readonly Place[], wanted: string): Place | null {
  const exact = places.filter(
    ({ path }) => toJsonPath(path) === toJsonPath(wanted) || shortIdOf(path) === wanted.toLowerCase(),
  );
  const some = exact.length > 0 ? exact : places.filter(({ path }) => path.startsWith(wanted));
  return some.length === 1 ? (some[0] ?? null) : null;
}

async function readPlace(engine: Engine, ports: ProjectPorts, place: Place): Promise<ParsedHandoff> {
  const waiting = place.isCollected ? undefined : readOutstanding(engine, ports.id).get(place.path);
  if (waiting !== undefined) return ofArtifact(waiting);
  return readHandoff(ports.git, await readTip(ports.git), place.path);
}

/** One handoff with all that it says. */
export async function readOneHandoff(
  engine: Engine,
  project: LocalProject,
  what: string,
): Promise<HandoffDetail> {
  const place = await findPlace(engine.state, project, what);
  const read = await readPlace(engine, project.ports, place);
  const content = read.ok ? read.handoff : null;
  const text = read.ok ? renderHandoff(read.handoff) : null;
  return { ...toView(engine.state, project.id, place, read), content, text };
}

/** The handoff of a task with its path, also one that no collector has committed yet. Null: it has left none. */
export async function readHandoffOf(
  engine: Engine,
  ports: ProjectPorts,
  task: Task,
): Promise<(ParsedHandoff & { readonly path: string }) | null> {
  const [place] = toPlace(engine.state, task);
  return place === undefined ? null : { ...(await readPlace(engine, ports, place)), path: place.path };
}

/** The handoff of a task as text; where it cannot be read, why, and what to do. */
export async function showHandoff(engine: Engine, ports: ProjectPorts, task: Task): Promise<string | null> {
  const [place] = toPlace(engine.state, task);
  if (place === undefined) return null;
  const read = await readPlace(engine, ports, place);
  return read.ok
    ? renderHandoff(read.handoff)
    : `It cannot be read: ${read.fault}\nMade again from the history: osqr handoff repair ${place.what}\n`;
}

/** Makes handoffs again: of the named tasks and workstreams, or, where `names` is null, all of the project. */
export async function repairNamed(
  engine: Engine,
  { id }: LocalProject,
  { names, by }: { readonly names: readonly string[] | null; readonly by: string },
): Promise<readonly HandoffRepair[]> {
  const { state } = engine;
  const tasks = new Set<string>();
  const workstreams = new Set<string>();
  for (const name of names ?? []) {
    const task = findTask(state, id, name);
    const isWhole = findWorkstream(state, id, name) !== null;
    if (task !== null && !isWhole) tasks.add(task.id);
    else workstreams.add(needNamed(state, id, name).id);
  }
  const isWanted: Parameters<Engine["repairHandoffs"]>[1]["isWanted"] = ({ workstream, task }) =>
    names === null || workstreams.has(workstream) || (task !== null && tasks.has(task));
  return engine.repairHandoffs(id, { isWanted, by });
}
