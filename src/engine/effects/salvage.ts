import type { WorkspaceRef } from "../../git/types.ts";
import type { ProjectPorts } from "../ports.ts";
import type { EffectContext } from "./context.ts";
import { keepCommit } from "./refs.ts";

/** Keeps what a workspace holds beyond its start. Null: there was nothing. */
export async function salvageWorkspace(
  context: EffectContext,
  { git }: ProjectPorts,
  workspace: WorkspaceRef,
  attempt: string,
): Promise<string | null> {
  const { commit } = await git.snapshot(
    workspace,
    `salvaged from ${attempt}`,
    context.engine.ports.clock.now(),
  );
  if (commit === workspace.start) return null;
  return keepCommit(git, attempt, commit);
}
