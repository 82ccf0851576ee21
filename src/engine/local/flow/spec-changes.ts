/** Specs whose text changed while their workstream runs, as `go` and `add` find them. */
import { createHash } from "node:crypto";
import { findScopeQuestion } from "../../../core/decide/scope-questions.ts";
import type { Workstream } from "../../../core/model/work.ts";
import { hasBegun, isOpen } from "../../../core/plan/registry.ts";
import { isLanded } from "../../../core/status.ts";
import { readChange } from "../../effects/spec-check.ts";
import { listWorkstreams } from "../names.ts";
import type { LoadedProject } from "../projects.ts";
import type { ServiceParts } from "../service.ts";

/**
 * Asks about every text that is new to the work under way. All of them are read at once; only those that differ are compared.
 *
 * @returns true where something was asked, or is asked no more
 */
export async function noticeSpecChanges(
  { engine }: ServiceParts,
  { id, ports, commit, files }: LoadedProject,
): Promise<boolean> {
  const before = engine.state.seq;
  const inFlight = listWorkstreams(engine.state, id).filter(isInFlight);
  const contents = await files.read(inFlight.map(({ spec }) => spec.path ?? ""));
  for (const [index, workstream] of inFlight.entries()) {
    const content = contents[index];
    if (content == null || workstream.spec.path === null) continue;
    const { spec, leftSpec } = workstream;
    const hash = createHash("sha256").update(content).digest("hex");
    const isSettled = hash === spec.hash || hash === leftSpec;
    if (isSettled && findScopeQuestion(engine.state, workstream.id) === null) continue;
    const change = isSettled ? null : await readChange(ports, workstream, commit);
    const summary = change?.summary ?? [];
    await engine.submit({ kind: "spec_changed", workstream: workstream.id, hash, commit, summary });
  }
  return engine.state.seq > before;
}

const isInFlight = (workstream: Workstream): boolean =>
  isOpen(workstream) && !isLanded(workstream) && hasBegun(workstream);
