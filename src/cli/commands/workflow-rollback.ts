import { EXIT, type Handler } from "../context.ts";
import { renderMigrations } from "../render/migrations.ts";

/** Takes a migration back. */
export const run: Handler<"workflow rollback"> = async ({ ui, connect }, input) => {
  const { migration, dryRun, because, as: signer, json } = input;
  const client = await connect();
  const result = await client.rollBack({ migration, dryRun, because: because ?? "", signer });
  if (json) ui.json(result);
  else ui.print(renderMigrations([result], { ...ui.page, dryRun, isRollback: true }));
  return result.refusal === null ? EXIT.done : EXIT.refused;
};
