/** Specs whose text changed while their workstream runs, as `go` and `add` find them. */
import type { Workstream } from "../../../core/model/work.ts";
import { hasBegun, isOpen } from "../../../core/plan/registry.ts";
import { isLanded } from "../../../core/status.ts";
import { readChange } from "../../effects/spec-check.ts";
import { listWorkstreams } from "../names.ts";
import type { LoadedProject } from "../projects.ts";
import type { ServiceParts } from "../service.ts";

/** Asks about every text that is new to the work under way. True: something was asked, or is asked no more. */
export async function noticeSpecChanges(
  { engine }: ServiceParts,
  { id, ports, commit, files }: LoadedProject,
): Promise<boolean> {
  const before = engine.state.seq;
  for (const workstream of listWorkstreams(engine.state, id)) {
    const { path } = workstream.spec;
    if (!isInFlight(workstream) || path === null || !files.entries.has(path)) continue;
    const change = await readChange(ports, workstream, commit);
    const { hash, summary } = change ?? { hash: workstream.spec.hash, summary: [] };
    await engine.submit({ kind: "spec_changed", workstream: workstream.id, hash, commit, summary });
  }
  return engine.state.seq > before;
}

const isInFlight = (workstream: Workstream): boolean =>
  isOpen(workstream) && !isLanded(workstream) && hasBegun(workstream);
