/** Who has which role, as people are shown it: a config that changed counts before anybody tries to sign. */
import { readFileSync } from "node:fs";
import type { ProjectId } from "../../../core/model/ids.ts";
import type { State } from "../../../core/model/state.ts";
import type { LocalProject } from "../projects.ts";
import type { ServiceParts } from "../service.ts";
import { isSigned, readRoles } from "./answer.ts";

/** True where somebody is asked for a word that a role may be needed for. */
function isAsked(state: State, project: ProjectId): boolean {
  for (const id of state.open.keys()) {
    const decision = state.decisions.get(id);
    if (decision === undefined || !isSigned(decision)) continue;
    if (state.workstreams.get(decision.workstream)?.project === project) return true;
  }
  return false;
}

/** Reads the roles again where the base or the operator's config is another one than at the last look. */
export class FreshRoles {
  readonly #seen = new Map<ProjectId, string>();

  async look(parts: ServiceParts, project: LocalProject): Promise<void> {
    const { state } = parts.engine;
    const base = state.projects.get(project.id)?.base;
    if (base === undefined || !isAsked(state, project.id)) return;
    const { git } = project.ports;
    const tips = await Promise.all([
      git.readRef(`refs/heads/${base}`),
      git.readRef(`refs/osqr/landed/${base}`),
    ]);
    const now = [...tips, readText(parts.projects.configPath)].join("\n");
    if (this.#seen.get(project.id) === now) return;
    try {
      await readRoles(parts, project);
      this.#seen.set(project.id, now);
    } catch {
      // A config that is wrong: the names are those of before, and whoever signs hears what is wrong with it.
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // The operator has none.
  }
}
