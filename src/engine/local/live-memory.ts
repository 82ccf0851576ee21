/** What attempts that run have of the machine's memory, in the views of those who ask: no event says that. */
import type { MemoryUse } from "../../core/memory-need.ts";
import type { ProjectId } from "../../core/model/ids.ts";
import type { State } from "../../core/model/state.ts";
import type { TaskView, WorkstreamView } from "../../core/report/types.ts";
import { nameOfTask } from "../../core/report/words.ts";
import type { Engine } from "../engine.ts";

type Known = Pick<Engine, "memory"> & { readonly state: State };

/** By the name of their task. */
function listRunning(
  { state, memory }: { state: State; memory: ReturnType<Engine["memory"]> },
  project: ProjectId,
) {
  const found = new Map<string, MemoryUse>();
  for (const [id, use] of memory) {
    const attempt = state.attempts.get(id);
    if (attempt === undefined || state.workstreams.get(attempt.workstream)?.project !== project) continue;
    found.set(nameOfTask(state, attempt.task), use);
  }
  return found;
}

const put = (task: TaskView, running: ReadonlyMap<string, MemoryUse>): TaskView => {
  const memory = running.get(task.id);
  return memory === undefined ? task : { ...task, memory };
};

export function withTaskMemory(engine: Known, project: ProjectId, task: TaskView): TaskView {
  return put(task, listRunning({ state: engine.state, memory: engine.memory() }, project));
}

export function withMemory(
  engine: Known,
  project: ProjectId,
  workstreams: readonly WorkstreamView[],
): readonly WorkstreamView[] {
  const running = listRunning({ state: engine.state, memory: engine.memory() }, project);
  if (running.size === 0) return workstreams;
  return workstreams.map((each) => ({ ...each, items: each.items.map((task) => put(task, running)) }));
}
