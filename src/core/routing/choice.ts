import type { RouteChoice } from "../model/route.ts";

const CHOICE = /^([A-Za-z0-9][\w.-]{0,49})(?::([^\s:]\S{0,199}))?$/;

/** Reads `executor` or `executor:model`; the model may have colons itself (`qwen3:8b`). Null: it is neither. */
export function parseChoice(text: string): RouteChoice | null {
  const [, executor, model = null] = CHOICE.exec(text) ?? [];
  return executor === undefined ? null : { executor, model };
}

/** A choice as it is written in a config. */
export const formatChoice = ({ executor, model }: RouteChoice): string =>
  model === null ? executor : `${executor}:${model}`;

export const isSameChoice = (a: RouteChoice, b: RouteChoice): boolean =>
  a.executor === b.executor && a.model === b.model;

/** The same choices, each once, in their order. */
export function dropRepeats(choices: readonly RouteChoice[]): readonly RouteChoice[] {
  const seen = new Set<string>();
  return choices.filter((choice) => {
    const text = formatChoice(choice);
    return !seen.has(text) && seen.add(text);
  });
}
