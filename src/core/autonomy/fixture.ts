/** What tests of autonomy start from. */
import type { AgentAction } from "../model/agent.ts";
import type { EpochMs } from "../model/ids.ts";
import { NO_COUNTS } from "./learning.ts";
import { NO_TRUST } from "./trust.ts";
import type { AutonomyContext, AutonomyPolicy, Places } from "./types.ts";

export const NOW = 1_800_000_000_000 as EpochMs;

export const PLACES: Places = {
  roots: ["/work/tree"],
  scratch: ["/home/attempt", "/tmp/attempt"],
  specs: ["docs/plan.md", "specs"],
  texts: new Map(),
};

export const POLICY: AutonomyPolicy = {
  tier: "balanced",
  rules: {},
  projectRules: {},
  confidence: { proceed: 0.9, log: 0.7 },
};

export const CONTEXT: AutonomyContext = {
  policy: POLICY,
  workstream: { approvedActions: [], blockedActions: [], touches: [] },
  places: PLACES,
  tests: "passing",
  confidence: null,
  counts: NO_COUNTS,
  trust: NO_TRUST,
  now: NOW,
};

/** An action of which only this is told. */
export const toAction = (action: Partial<AgentAction> & Pick<AgentAction, "kind">): AgentAction => ({
  paths: [],
  command: null,
  host: null,
  tool: null,
  content: null,
  title: "",
  ...action,
});

export const run = (command: string): AgentAction => toAction({ kind: "execute", command });

export const write = (path: string, content: string | null = "x", kind: "create" | "edit" = "edit") =>
  toAction({ kind, paths: [path], content });
