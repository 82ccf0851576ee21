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
import { findTask, needNamed } from "../names.ts";
import type { LocalProject } from "../projects.ts";
import type { ServiceParts } from "../service.ts";
import { readSigner } from "./signer.ts";

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
  const task = findTask(state, project.id, text);
  if (task !== null) return { workstream: task.workstream, task: task.id };
  const at = text.lastIndexOf("#");
  const { tasks, name } = needNamed(state, project.id, text.slice(0, at));
  const keys = tasks.flatMap((id) => state.tasks.get(id)?.key ?? []);
  throw new OsqrError("unknown-task", `workstream ${name} has no task "${text.slice(at + 1)}"`, {
    hints: [`it has ${keys.slice(0, 20).join(", ")}`],
  });
}

export async function declareBlocker(
  parts: ServiceParts,
  project: LocalProject,
  { what, type, owner, because }: BlockerDeclaration,
): Promise<BlockerView> {
  const { engine } = parts;
  const part = needPart(engine.state, project, what);
  const by = await readSigner(project);
  const decided = await engine.submit({ kind: "declare_blocker", ...part, type, owner, reason: because, by });
  const declared = decided.find((event) => event.kind === "blocker_declared");
  return view(parts, declared?.kind === "blocker_declared" ? declared.blocker.id : ("" as BlockerId));
}

/** Hands a blocker over to somebody else, or says that it is out of the way. */
export async function changeBlocker(
  parts: ServiceParts,
  project: LocalProject,
  { id: text, to, because }: { readonly id: string; readonly to: string | null; readonly because: string },
): Promise<BlockerView> {
  const { id } = needBlocker(parts.engine.state, project, text);
  const by = await readSigner(project);
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
