import { EXIT, type Handler } from "../context.ts";
import { resolveNames } from "../names.ts";
import { renderMigrations } from "../render/migrations.ts";
import { UsageError } from "../usage-error.ts";

/** Changes work in flight over to another workflow. Ends with 1 where one of them cannot. */
export const run: Handler<"workflow migrate"> = async ({ ui, connect }, input) => {
  const { all, to, takeSpec, map, dryRun, because, as: signer, json } = input;
  if (all === input.names.length > 0) {
    const found = all ? "both" : "neither";
    throw new UsageError(`expected workstreams or --all, found ${found}`, [
      "osqr workflow migrate --all --to feature@2 --dry-run",
    ]);
  }
  const client = await connect();
  const names = all ? null : await resolveNames(client, input.names);
  const request = { names, to, takeSpec, map, dryRun, because: because ?? "", signer };
  const migrations = await client.migrate(request);
  if (json) ui.json({ migrations });
  else ui.print(renderMigrations(migrations, { ...ui.page, dryRun, isRollback: false }));
  return migrations.some(({ refusal }) => refusal !== null) ? EXIT.refused : EXIT.done;
};
