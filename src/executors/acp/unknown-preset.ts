import type { AgentPreset } from "./preset-types.ts";

/** An agent of which nothing is known but how it is started: what every other one differs from. */
export const UNKNOWN_PRESET: Omit<AgentPreset, "name" | "title" | "candidates"> = {
  base: null,
  floor: null,
  env: {},
  files: [],
  mounts: [],
  mode: null,
  model: { kind: "option" },
  login: { variables: [], settings: [], file: null, method: null },
  meters: [],
  hosts: [],
  quirks: {},
};
