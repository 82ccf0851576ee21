/** What a command names has to be there. */
import type { ProjectId, WorkstreamId } from "../model/ids.ts";
import type { Project } from "../model/project.ts";
import type { Workstream } from "../model/work.ts";
import { nameOfWorkstream } from "../report/words.ts";
import { refuse, type Step } from "./step.ts";

/** Refuses with `unknown-project`. */
export function knownProject(step: Step, id: ProjectId): Project {
  const project = step.state.projects.get(id);
  if (project === undefined) refuse("unknown-project", `no project ${id}`);
  return project;
}

/** Refuses with `unknown-workstream`. */
export function knownWorkstream(step: Step, id: WorkstreamId): Workstream {
  const workstream = step.state.workstreams.get(id);
  if (workstream === undefined)
    refuse("unknown-workstream", `no workstream ${nameOfWorkstream(step.state, id)}`);
  return workstream;
}
