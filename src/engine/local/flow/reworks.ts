import type { Event } from "../../../core/model/event.ts";
import type { TaskId } from "../../../core/model/ids.ts";
import { nameOfTask } from "../../../core/report/words.ts";
import type { Engine } from "../../engine.ts";
import type { ReworkOptions, ReworkView } from "../../flow-service.ts";
import { needNamed } from "../names.ts";
import type { LocalProject } from "../projects.ts";
import { nameActor } from "./signer.ts";

type Returned = Extract<Event, { kind: "workstream_returned" }>;

/** Sends a workstream back to a step, and says what that undid. */
export async function reworkWorkstream(
  engine: Engine,
  project: LocalProject,
  name: string,
  { to, because, signer }: ReworkOptions,
): Promise<ReworkView> {
  const { id, name: own } = needNamed(engine.state, project.id, name);
  const by = await nameActor(project, signer);
  const events = await engine.submit({ kind: "rework", workstream: id, to, by, reason: because });
  const returned = events.find((event): event is Returned => event.kind === "workstream_returned");
  const nameAll = (ids: readonly TaskId[] = []): readonly string[] =>
    ids.map((task) => nameOfTask(engine.state, task));
  return {
    workstream: own,
    to: returned?.to ?? to,
    by,
    again: nameAll(returned?.reset),
    refused: nameAll(returned?.rework),
    ended: events.flatMap((event) => (event.kind === "attempt_ended" ? [event.attempt] : [])),
    withdrawn: events.flatMap((event) => (event.kind === "decision_withdrawn" ? [event.decision] : [])),
  };
}
