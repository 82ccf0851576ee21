import type { EpochMs, Oid } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import type { Workstream } from "../../../core/model/work.ts";
import { listOnTop, listWaitingAgain } from "../../../core/report/reverts.ts";
import type { Engine } from "../../engine.ts";
import type { RevertOptions, RevertView } from "../../flow-service.ts";
import { needNamed } from "../names.ts";
import type { LocalProject } from "../projects.ts";
import { nameActor } from "./signer.ts";

const namesOf = (workstreams: readonly Workstream[]): readonly string[] =>
  workstreams.map(({ name }) => name);

/** What the base holds of it, and since when; null: nothing of it. */
function readLanding({ integration }: Workstream): { readonly commit: Oid; readonly at: EpochMs } | null {
  return integration.kind === "landed" ? integration : null;
}

/** How many are merged before it. */
function countAhead(state: State, { project, place }: Workstream): number {
  if (place === null) return 0;
  const keys = [...state.mergeQueue.keys()].filter((key) => key.startsWith(`${project}\n`));
  return keys.indexOf(place);
}

/** Puts the revert of a landed workstream into the merge queue, and says whom it concerns. */
export async function revertWorkstream(
  engine: Engine,
  project: LocalProject,
  name: string,
  { to, because, signer }: RevertOptions,
): Promise<RevertView> {
  const before = needNamed(engine.state, project.id, name);
  const landing = readLanding(before);
  const onTop = namesOf(listOnTop(engine.state, before));
  const by = await nameActor(project, signer);
  const { id: workstream } = before;
  await engine.submit({ kind: "revert", workstream, to, by, reason: because });
  const { state } = engine;
  const after = state.workstreams.get(workstream) ?? before;
  return {
    workstream: after.name,
    commit: landing?.commit ?? "",
    base: state.projects.get(project.id)?.base ?? "",
    to,
    by,
    onTop,
    waiting: namesOf(listWaitingAgain(state, after)),
    ahead: countAhead(state, after),
  };
}
