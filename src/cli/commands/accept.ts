import { EXIT, type Handler } from "../context.ts";
import { renderAnswered } from "../render/decisions.ts";
import { plural } from "../text/duration.ts";

/** Takes all recommendations, and says which decisions were left. */
export const run: Handler<"accept"> = async ({ ui, connect }, { critical, because, as: signer, json }) => {
  const { accepted, left } = await (await connect()).accept({ critical, because: because ?? "", signer });
  if (json) {
    ui.json({ accepted, left });
    return EXIT.done;
  }
  ui.print([
    `${plural(accepted.length, "recommendation")} accepted.`,
    ...renderAnswered(accepted, 2, ui.page),
  ]);
  if (left.length > 0) {
    const ids = left.map(({ id }) => id).join(", ");
    const hint = critical ? "they have no recommendation" : "critical, or without a recommendation";
    ui.note([`Left for you (${hint}): ${ids}. See them: osqr inbox`]);
  }
  return EXIT.done;
};
