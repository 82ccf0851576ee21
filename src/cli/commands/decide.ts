import { EXIT, type Handler } from "../context.ts";
import { renderAnswered } from "../render/decisions.ts";

/** Answers one decision. */
export const run: Handler<"decide"> = async ({ ui, connect }, { decision, option, because, json }) => {
  const answered = await (await connect()).decide(decision, option, because ?? "");
  if (json) ui.json(answered);
  else ui.print(renderAnswered([answered], 0, ui.page));
  return EXIT.done;
};
