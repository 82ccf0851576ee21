import type { RouteChoice } from "../model/route.ts";
import { COMMAND, type RoutingConfig } from "./config.ts";
import { isPresetName, listSuited, type PresetName } from "./presets.ts";
import { type RouteInput, readSaid } from "./ways.ts";

/** A model and why it is this one; null: the executor's own choice. */
export interface ChosenModel {
  readonly model: string | null;
  readonly why: string;
}

/**
 * The model of a choice: the operator's for this run, the document's, the route's, the executor's, else what suits the type.
 *
 * @param isFirst what a document asks for holds for the executor that was meant, not for those that take over
 */
export function findModel(input: RouteInput, choice: RouteChoice, isFirst: boolean): ChosenModel {
  const { task, config } = input;
  if (choice.executor === COMMAND) return { model: null, why: "" };
  const said = isFirst ? findSaid(input, choice) : null;
  if (said !== null) return { model: said, why: "the spec says so" };
  if (choice.model !== null) return { model: choice.model, why: "named with it" };
  const stated = settingOf(config, choice.executor)?.model ?? null;
  if (stated !== null) return { model: stated, why: `the config of ${choice.executor}` };
  const preset = presetOf(config, choice.executor);
  const suited = listSuited(task.type).find((each) => each.preset === preset);
  return { model: suited?.model ?? null, why: `suits ${task.type}` };
}

/** Null: the document names no model, or names it for another executor, or the operator has named one. */
function findSaid(input: RouteInput, { executor }: RouteChoice): string | null {
  const { wanted, task } = input;
  const { said } = task;
  if (said?.model == null || (task.script === null && wanted?.model != null)) return null;
  const isFor = said.executor === null || readSaid(input, said.executor).executor === executor;
  return isFor ? said.model : null;
}

const settingOf = ({ executors }: RoutingConfig, name: string) =>
  Object.hasOwn(executors, name) ? executors[name] : undefined;

/** The preset behind a name; null: an agent of the operator's own. */
function presetOf(config: RoutingConfig, name: string): PresetName | null {
  const setting = settingOf(config, name);
  if (setting !== undefined) return setting.preset;
  return isPresetName(name) ? name : null;
}
