import { OsqrError } from "../../../core/errors.ts";
import type { WorkstreamId } from "../../../core/model/ids.ts";
import type { WorkstreamEdit } from "../../service.ts";
import type { LocalProject } from "../projects.ts";
import type { ServiceParts } from "../service.ts";
import { needPart } from "./blockers.ts";
import { nameActor } from "./signer.ts";

/**
 * Hands a workstream or a task over where an edit says so. Resolves to the workstream that the edit is about.
 *
 * @throws OsqrError `not-of-a-task` where a task is given what only a workstream has, and what the core refuses
 */
export async function changeOwner(
  { engine }: ServiceParts,
  project: LocalProject,
  request: {
    readonly name: string;
    readonly edit: WorkstreamEdit;
    readonly because: string;
    readonly signer: string | null;
  },
): Promise<WorkstreamId> {
  const { name, edit, because, signer } = request;
  const part = needPart(engine.state, project, name);
  const { owner, ...others } = edit;
  if (part.task !== null && Object.keys(others).length > 0) {
    throw new OsqrError(
      "not-of-a-task",
      `${name}: a task has an owner of its own, all else is its workstream's`,
      {
        hints: [`osqr edit ${name.slice(0, name.lastIndexOf("#"))}`],
      },
    );
  }
  if (owner === undefined) return part.workstream;
  const by = await nameActor(project, signer);
  await engine.submit({ kind: "transfer_ownership", ...part, to: owner, by, reason: because });
  return part.workstream;
}
