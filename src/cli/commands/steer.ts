/** What `pause`, `resume`, `cancel` and `prioritize` have in common. */
import type { WorkstreamView } from "../../core/report/types.ts";
import type { Verb } from "../../engine/service.ts";
import type { Client } from "../client/client.ts";
import { type Context, EXIT } from "../context.ts";
import { resolveNames } from "../names.ts";
import { UsageError } from "../usage-error.ts";

export interface SteerInput {
  readonly names: readonly string[];
  readonly all: boolean;
  readonly because: string | null;
  readonly as: string | null;
  readonly json: boolean;
}

const NAMED_MAX = 5;

const DONE: Readonly<Record<Verb, string>> = {
  pause: "Paused",
  resume: "Resumed",
  cancel: "Cancelled",
  prioritize: "First in line",
};

/** Of what is so already. */
const SAME: Readonly<Record<Verb, string>> = {
  pause: "paused already",
  resume: "not paused",
  cancel: "cancelled already",
  prioritize: "first in line already",
};

function describeNext(verb: Verb, done: readonly string[]): string[] {
  if (verb !== "pause") return [];
  const names = done.length > NAMED_MAX ? "--all" : done.join(" ");
  return [`The work is kept. Go on: osqr resume ${names}`];
}

/** What is left of cancelled workstreams: duplicates that nobody does the work of any more, and unmerged work. */
export async function describeCancelled(client: Client, names: readonly string[]): Promise<string[]> {
  const { workstreams } = await client.briefStatus();
  const kept = workstreams.filter(({ name, salvage }) => names.includes(name) && salvage.length > 0);
  return [
    ...names.flatMap((name) => sayLeftAlone(name, listLeftAlone(workstreams, name))),
    ...(kept.length === 0 ? ["Nothing had to be kept."] : []),
    ...kept.map(({ name, salvage }) => `Unmerged work of ${name} is kept: ${salvage.join(", ")}`),
  ];
}

/** Duplicates that a workstream stood for; null: one that is gone. */
export function listLeftAlone(
  workstreams: readonly WorkstreamView[],
  end: string | null,
): readonly WorkstreamView[] {
  return workstreams.filter(({ closed }) => closed?.isLeftAlone === true && closed.end === end);
}

/** That nobody does their work any more, and what brings each back. */
export function sayLeftAlone(name: string, alone: readonly WorkstreamView[]): string[] {
  if (alone.length === 0) return [];
  const shown = alone.slice(0, NAMED_MAX);
  const more = alone.length > shown.length ? ` and ${alone.length - shown.length} more (osqr plan)` : "";
  return [
    `${name} stood for ${shown.map((each) => each.name).join(", ")}${more}: nobody does that now. To bring it back:`,
    ...shown.map(({ spec }) => `  ${spec === null ? "osqr add <text> --run <command>" : `osqr add ${spec}`}`),
  ];
}

/** Steers the workstreams that were named, or all. */
export async function steer({ ui, connect }: Context, verb: Verb, input: SteerInput): Promise<number> {
  const { names, all, because, as: signer, json } = input;
  if (all === names.length > 0) {
    const problem = all ? "expected names or --all, found both" : "expected a workstream, or --all";
    throw new UsageError(`${verb}: ${problem}`, [
      ...(verb === "prioritize" ? [] : [`all of them: osqr ${verb} --all`]),
      "what there is: osqr status",
    ]);
  }
  const client = await connect();
  const resolved = all ? null : await resolveNames(client, names);
  const done = await client.steer(verb, resolved, { because: because ?? "", signer });
  if (json) ui.json({ names: done });
  else {
    const same = (resolved ?? []).filter((name) => !done.includes(name));
    if (same.length > 0) ui.print([`${same.join(", ")}: ${SAME[verb]}.`]);
    else if (done.length === 0) ui.print([`Nothing to ${verb}.`]);
    if (done.length === 0) return EXIT.done;
    ui.print([`${DONE[verb]}: ${done.join(", ")}.`]);
    ui.note(verb === "cancel" ? await describeCancelled(client, done) : describeNext(verb, done));
  }
  return EXIT.done;
}
