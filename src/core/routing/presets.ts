/** The agents that osqr knows by name, and which of them suits which work where the operator says nothing (AO-2). */
import type { TaskType } from "../model/route.ts";

/** Agents with a preset. */
export const PRESET_NAMES = ["claude", "codex", "gemini", "opencode", "qwen"] as const;

export type PresetName = (typeof PRESET_NAMES)[number];

export const isPresetName = (name: string): name is PresetName =>
  PRESET_NAMES.some((preset) => preset === name);

/** A preset with the model that suits; null: the agent's own choice. */
export interface SuitedPreset {
  readonly preset: PresetName;
  readonly model: string | null;
}

/** Names that Claude's agent finds the present model of its size by; other agents choose for themselves. */
const OPUS = { preset: "claude", model: "opus" } as const;
const SONNET = { preset: "claude", model: "sonnet" } as const;
const HAIKU = { preset: "claude", model: "haiku" } as const;
const CODEX = { preset: "codex", model: null } as const;
const GEMINI = { preset: "gemini", model: null } as const;

/** The two that suit a type best. */
const SUITED: Readonly<Record<TaskType, readonly SuitedPreset[]>> = {
  "code-implementation": [CODEX, SONNET],
  architecture: [OPUS, CODEX],
  "ui-design": [SONNET, GEMINI],
  refactoring: [SONNET, CODEX],
  "bug-fix": [CODEX, SONNET],
  "quick-fix": [HAIKU, CODEX],
  performance: [CODEX, OPUS],
  testing: [CODEX, SONNET],
  research: [OPUS, GEMINI],
  documentation: [SONNET, CODEX],
  "code-review": [OPUS, CODEX],
  "security-audit": [OPUS, CODEX],
  deployment: [SONNET, CODEX],
  "data-processing": [CODEX, SONNET],
};

/** All presets for a type of task, the most suited first, the rest by name. */
export function listSuited(type: TaskType): readonly SuitedPreset[] {
  const first = SUITED[type];
  const rest = PRESET_NAMES.filter((name) => !first.some(({ preset }) => preset === name));
  return [...first, ...rest.map((preset) => ({ preset, model: null }))];
}
