import { EXIT, type Handler } from "../context.ts";

/** Registers a spec or a text as a workstream. */
export const run: Handler<"add"> = async ({ ui, connect }, input) => {
  const { what, run: command, priority, json } = input;
  const added = await (await connect()).add({ what: what.join(" "), run: command, priority });
  if (json) {
    ui.json(added);
    return EXIT.done;
  }
  ui.print([`Added #${added.number} ${added.name}: ${added.title}.`]);
  ui.note(["Build it: osqr go"]);
  return EXIT.done;
};
