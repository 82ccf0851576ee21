import { OsqrError } from "../../../core/errors.ts";
import type { Blocker } from "../../../core/model/flow.ts";
import type { BlockerId, TaskId, WorkstreamId } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import {
  type BlockerReport,
  type BlockerView,
  reportBlockers,
  viewBlocker,
} from "../../../core/report/blockers.ts";
import type { BlockerDeclaration } from "../../flow-service.ts";
import { findTaskOrRefuse, needNamed } from "../names.ts";
import type { LocalProject } from "../projects.ts";
import type { ServiceParts } from "../service.ts";
import { nameActor } from "./signer.ts";

/** A workstream, or one task of it. */
export interface Part {
  readonly workstream: WorkstreamId;
  readonly task: TaskId | null;
}

/** `rate-limit` or `rate-limit#T2`. @throws `unknown-workstream`, `unknown-task` */
export function needPart(state: State, project: LocalProject, text: string): Part {
  if (!text.includes("#") || /^#\d+$/.test(text.trim())) {
    return { workstream: needNamed(state, project.id, text).id, task: null };
  }
  const task = findTaskOrRefuse(state, project.id, text);
  if (task !== null) return { workstream: task.workstream, task: task.id };
  return { workstream: needNamed(state, project.id, text.slice(0, text.lastIndexOf("#"))).id, task: null };
}

export async function declareBlocker(
  parts: ServiceParts,
  project: LocalProject,
  { what, type, owner, because, signer }: BlockerDeclaration,
): Promise<BlockerView> {
  const { engine } = parts;
  const part = needPart(engine.state, project, what);
  const by = await nameActor(project, signer);
  const decided = await engine.submit({ kind: "declare_blocker", ...part, type, owner, reason: because, by });
  const declared = decided.find((event) => event.kind === "blocker_declared");
  return view(parts, declared?.kind === "blocker_declared" ? declared.blocker.id : ("" as BlockerId));
}

/** Hands a blocker over to somebody else, or says that it is out of the way. */
export async function changeBlocker(
  parts: ServiceParts,
  project: LocalProject,
  change: {
    readonly id: string;
    readonly to: string | null;
    readonly because: string;
    readonly signer: string | null;
  },
): Promise<BlockerView> {
  const { id: text, to, because, signer } = change;
  const { id } = needBlocker(parts.engine.state, project, text);
  const by = await nameActor(project, signer);
  await parts.engine.submit(
    to === null
      ? { kind: "resolve_blocker", blocker: id, by, resolution: because }
      : { kind: "transfer_blocker", blocker: id, to, by, reason: because },
  );
  return view(parts, id);
}

export function listBlockers({ engine }: ServiceParts, project: LocalProject, isAll: boolean): BlockerReport {
  return reportBlockers(engine.state, project.id, { now: engine.ports.clock.now(), isAll });
}

function view({ engine }: ServiceParts, id: BlockerId): BlockerView {
  const blocker = engine.state.blockers.get(id);
  if (blocker === undefined) throw new OsqrError("unknown-blocker", `no blocker ${id}`);
  return viewBlocker(engine.state, blocker, engine.ports.clock.now());
}

/** `B-2` in any case. @throws `unknown-blocker` */
function needBlocker(state: State, project: LocalProject, text: string): Blocker {
  const number = /^b-?(\d+)$/i.exec(text.trim())?.[1];
  const found = number === undefined ? undefined : state.blockers.get(`B-${number}` as BlockerId);
  const owner = found === undefined ? undefined : state.workstreams.get(found.workstream);
  if (found !== undefined && owner?.project === project.id) return found;
  throw new OsqrError("unknown-blocker", `no blocker "${text}" in ${project.root}`, {
    hints: ["all of them: osqr blocker --all"],
  });
}
