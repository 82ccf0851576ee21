/** Handoffs as surfaces see them: what stands in the ref, and what is wrong with it. */
import { OsqrError } from "../../../core/errors.ts";
import { renderHandoff } from "../../../core/handoff/render.ts";
import { type ParsedHandoff, parseHandoff, serializeHandoff } from "../../../core/handoff/shape.ts";
import type { ProjectId } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import type { Task, Workstream } from "../../../core/model/work.ts";
import { nameOfTask } from "../../../core/report/words.ts";
import type { Engine } from "../../engine.ts";
import type { HandoffDetail, HandoffView } from "../../flow-service.ts";
import { listEventPaths } from "../../handoffs/history.ts";
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
}

const toPlace = (state: State, { id, handoff }: Task): Place[] =>
  handoff === null
    ? []
    : [{ what: nameOfTask(state, id), path: handoff.path, isCollected: handoff.commit !== null }];

/** Those of its tasks in their order, then those of its returns, merges and reverts. */
function listPlaces(state: State, workstream: Workstream): readonly Place[] {
  const tasks = workstream.tasks.flatMap((id) => state.tasks.get(id) ?? []);
  const events = listEventPaths(workstream);
  return [
    ...tasks.flatMap((task) => toPlace(state, task)),
    ...events.map((path) => ({ what: workstream.name, path, isCollected: true })),
  ];
}

/** What the history holds and no collector has committed yet, by path. */
function readOutstanding({ state, ports }: Engine, project: ProjectId): ReadonlyMap<string, Artifact> {
  const isAny = [...state.uncollected.keys()].length > 0;
  const all = isAny ? new Outstanding().list(ports.log, state, project) : [];
  return new Map(all.map((artifact) => [artifact.path, artifact]));
}

function toView({ what, path, isCollected }: Place, read: ParsedHandoff): HandoffView {
  const handoff = read.ok ? read.handoff : null;
  return {
    what,
    path,
    status: !read.ok ? "unreadable" : isCollected ? "committed" : "uncollected",
    fault: read.ok ? null : read.fault,
    event: handoff?.event ?? null,
    attempt: handoff?.attempt ?? null,
    at: handoff?.timestamp ?? null,
    actor: handoff?.actor.name ?? null,
    outcome: handoff?.outcome ?? null,
    next: handoff?.next.action ?? null,
    whose: handoff?.next.owner ?? handoff?.next.role ?? null,
  };
}

const ofArtifact = ({ content }: Artifact): ParsedHandoff => parseHandoff(serializeHandoff(content));

/** The handoffs of a workstream, or of all of a project. */
export async function listHandoffs(
  engine: Engine,
  { id, ports }: LocalProject,
  name: string | null,
): Promise<readonly HandoffView[]> {
  const { state } = engine;
  const chosen = name === null ? listWorkstreams(state, id) : [needNamed(state, id, name)];
  const places = chosen.flatMap((workstream) => listPlaces(state, workstream));
  const outstanding = readOutstanding(engine, id);
  const committed = places.filter(({ path }) => !outstanding.has(path)).map(({ path }) => path);
  const read = await readHandoffs(ports.git, await readTip(ports.git), committed);
  return places.map((place) => {
    const waiting = outstanding.get(place.path);
    const found = waiting === undefined ? read.get(place.path) : ofArtifact(waiting);
    return toView(place, found ?? { ok: false, fault: "it was not read" });
  });
}

/** A handoff by its task or by its path. @throws `unknown-handoff` with what can be named */
function findPlace(state: State, id: ProjectId, what: string): Place {
  const task = findTask(state, id, what);
  const [own] = task === null ? [] : toPlace(state, task);
  if (own !== undefined) return own;
  const wanted = toJsonPath(what.replace(/^refs\/osqr\/handoffs:/, ""));
  const all = listWorkstreams(state, id).flatMap((workstream) => listPlaces(state, workstream));
  const found = all.find(({ path }) => toJsonPath(path) === wanted);
  if (found !== undefined) return found;
  // An older one of a task that was done again: the ref holds it, the state does not name it.
  if (what.includes("/") && what.endsWith(".json")) return { what, path: what, isCollected: true };
  if (what.includes("/") && what.endsWith(".md")) return { what, path: what, isCollected: true };
  const why = task === null ? `no handoff "${what}"` : `${what} has left no handoff yet`;
  throw new OsqrError("unknown-handoff", why, {
    hints: ["what there is: osqr handoff list", "named by a task (token-format#T1) or by its path"],
  });
}

async function readPlace(engine: Engine, ports: ProjectPorts, place: Place): Promise<ParsedHandoff> {
  const waiting = place.isCollected ? undefined : readOutstanding(engine, ports.id).get(place.path);
  if (waiting !== undefined) return ofArtifact(waiting);
  return readHandoff(ports.git, await readTip(ports.git), place.path);
}

/** One handoff with all that it says. */
export async function readOneHandoff(
  engine: Engine,
  { id, ports }: LocalProject,
  what: string,
): Promise<HandoffDetail> {
  const place = findPlace(engine.state, id, what);
  const read = await readPlace(engine, ports, place);
  const content = read.ok ? read.handoff : null;
  const text = read.ok ? renderHandoff(read.handoff) : null;
  return { ...toView(place, read), content, text };
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
