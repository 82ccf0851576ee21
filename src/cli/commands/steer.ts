/** What `pause`, `resume`, `cancel` and `prioritize` have in common. */
import type { Verb } from "../../engine/service.ts";
import { type Context, EXIT } from "../context.ts";
import { resolveNames } from "../names.ts";
import { UsageError } from "../usage-error.ts";

export interface SteerInput {
  readonly names: readonly string[];
  readonly all: boolean;
  readonly because: string | null;
  readonly json: boolean;
}

const DONE: Readonly<Record<Verb, string>> = {
  pause: "Paused",
  resume: "Resumed",
  cancel: "Cancelled",
  prioritize: "First in line",
};

const NOTES: Readonly<Partial<Record<Verb, string>>> = {
  pause: "Their work is kept. Go on: osqr resume",
  cancel: "Unmerged work is kept under refs/osqr/salvage.",
};

/** Steers the workstreams that were named, or all. */
export async function steer({ ui, connect }: Context, verb: Verb, input: SteerInput): Promise<number> {
  const { names, all, because, json } = input;
  if (all === names.length > 0) {
    const problem = all ? "expected names or --all, found both" : "expected a workstream, or --all";
    throw new UsageError(`${verb}: ${problem}`, [`osqr ${verb} rate-limit`, "what there is: osqr status"]);
  }
  const client = await connect();
  const resolved = all ? null : await resolveNames(client, names, { isExact: verb === "cancel" });
  const done = await client.steer(verb, resolved, because ?? "");
  if (json) ui.json({ names: done });
  else if (done.length === 0) ui.print([`Nothing to ${verb}.`]);
  else {
    ui.print([`${DONE[verb]}: ${done.join(", ")}.`]);
    const note = NOTES[verb];
    if (note !== undefined) ui.note([note]);
  }
  return EXIT.done;
}
