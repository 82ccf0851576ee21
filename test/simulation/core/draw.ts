import type { Command } from "../../../src/core/model/command.ts";
import {
  type AttemptId,
  toAttemptId,
  toWorkstreamId,
  type WorkstreamId,
} from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";

export const COMMIT = "c".repeat(40);

/** What a command is made from. */
export interface Draw {
  readonly random: Random;
  readonly state: State;
  readonly world: World;
}

export type Maker = (draw: Draw) => Command;

/** The claim of an attempt in one of the states; sometimes of any other one, or with a wrong fence. */
export function claim(
  { random, state }: Draw,
  kinds: readonly string[],
): { attempt: AttemptId; fence: number } {
  const all = [...state.attempts.values()];
  const fitting = all.filter(({ state: { kind } }) => kinds.includes(kind));
  const from = fitting.length > 0 && random.chance(0.9) ? fitting : all;
  if (from.length === 0 || random.chance(0.02))
    return { attempt: toAttemptId(random.between(1, 9)), fence: 1 };
  const { id, fence } = random.pick(from);
  return { attempt: id, fence: random.chance(0.03) ? fence + random.between(-1, 1) : fence };
}

export const anyWorkstream = ({ random, world }: Draw): WorkstreamId =>
  random.chance(0.02) ? toWorkstreamId("nothing") : random.pick(world.ids);

export const inQueue = (draw: Draw): WorkstreamId => {
  const queued = [...draw.state.mergeQueue.values()];
  return queued.length > 0 && draw.random.chance(0.9) ? draw.random.pick(queued) : anyWorkstream(draw);
};
