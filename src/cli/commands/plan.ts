import { EXIT, type Handler } from "../context.ts";
import { renderCommands, renderPlan } from "../render/plan.ts";
import { renderDot, toNamedPlan } from "../render/plan-graph.ts";
import { renderRoutes } from "../render/routes.ts";
import { toSelection } from "../selection.ts";

/** Prints the plan: as a table, as its commands, as a graph, as JSON. */
export const run: Handler<"plan"> = async (context, input) => {
  const { ui } = context;
  const client = await context.connect();
  const plan = await client.plan(toSelection(input));
  if (input.json) ui.json(input.commands ? plan.commands : toNamedPlan(plan));
  else if (input.dot) ui.print(renderDot(plan));
  else if (input.commands) ui.print(renderCommands(plan, ui.page));
  else if (input.why) ui.print(renderRoutes(plan, ui.page));
  else ui.print(renderPlan(plan, ui.page));
  return EXIT.done;
};
