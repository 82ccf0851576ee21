/** Specs whose text changed or went away while their workstream runs, as `go` and `add` find them. */
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
  // What has not begun takes another text by itself, but not none.
  const isGone = ({ spec: { path } }: Workstream): boolean => path !== null && !files.entries.has(path);
  const inFlight = listWorkstreams(engine.state, id).filter(
    (each) => isInFlight(each) && (hasBegun(each) || isGone(each)),
  );
  const contents = await files.read(inFlight.map(({ spec }) => spec.path ?? ""));
  for (const [index, workstream] of inFlight.entries()) {
    const { spec, leftSpec } = workstream;
    if (spec.path === null) continue;
    const content = contents[index] ?? null;
    // It is there, but too large to be read.
    if (content === null && files.entries.has(spec.path)) continue;
    const known = content === null ? null : createHash("sha256").update(content).digest("hex");
    const isOld = known === spec.hash || (known !== null && known === leftSpec);
    const change = isOld ? null : await readChange(ports, workstream, commit);
    const hash = known ?? change?.hash ?? spec.hash;
    const isSettled = hash === spec.hash || hash === leftSpec;
    if (isSettled && findScopeQuestion(engine.state, workstream.id) === null) continue;
    const summary = change?.summary ?? [];
    await engine.submit({ kind: "spec_changed", workstream: workstream.id, hash, commit, summary });
  }
  return engine.state.seq > before;
}

const isInFlight = (workstream: Workstream): boolean => isOpen(workstream) && !isLanded(workstream);
