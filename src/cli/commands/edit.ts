import { parseTier, TIERS } from "../../core/autonomy/tiers.ts";
import type { Tier } from "../../core/autonomy/types.ts";
import type { WorkstreamEdit } from "../../engine/service.ts";
import { EXIT, type Handler } from "../context.ts";
import { resolvePart } from "../names.ts";
import { toDecisionOptions } from "../render/decisions.ts";
import { renderShown } from "../render/details.ts";
import { UsageError } from "../usage-error.ts";

/** Changes fields of a workstream. */
export const run: Handler<"edit"> = async ({ ui, host, connect }, input) => {
  const {
    name,
    title,
    priority,
    tag,
    due,
    owner,
    approve,
    block,
    autonomy,
    because,
    as: signer,
    json,
  } = input;
  if (due !== null && !isDate(due)) {
    throw new UsageError(`--due: expected a date like 2026-12-01, found "${due}"`, [
      `osqr edit ${name} --due 2026-12-01`,
    ]);
  }
  const changes: WorkstreamEdit = {
    ...(title === null ? {} : { title }),
    ...(priority === null ? {} : { priority }),
    ...(tag.length === 0 ? {} : { tags: tag }),
    ...(due === null ? {} : { due }),
    ...(approve.length === 0 ? {} : { approve }),
    ...(block.length === 0 ? {} : { block }),
    ...(owner === null ? {} : { owner }),
    ...(autonomy === null ? {} : { autonomy: toTier(autonomy) }),
  };
  const client = await connect();
  const resolved = await resolvePart(client, name);
  const workstream = await client.edit(resolved, changes, { because: because ?? "", signer });
  if (json) ui.json(workstream);
  else
    ui.print(
      renderShown({ kind: "workstream", workstream, decisions: [] }, toDecisionOptions(host.now()), ui.page),
    );
  return EXIT.done;
};

function toTier(text: string): Tier {
  const tier = parseTier(text);
  if (tier !== null) return tier;
  throw new UsageError(`--autonomy: expected ${TIERS.join(", ")}, found "${text}"`);
}

function isDate(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
