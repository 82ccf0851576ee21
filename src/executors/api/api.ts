import type { EpochMs } from "../../core/model/ids.ts";
import type { AgentHandlers } from "../agent-door/handlers.ts";
import type { AttemptProcessOptions } from "../attempt-process.ts";
import type { Prices } from "../metering/request-desk.ts";
import type { AttemptOrder, Executor, ExecutorEvent } from "../types.ts";
import { type ApiProvider, explainMissing } from "./provider.ts";

export interface ApiExecutorOptions extends AttemptProcessOptions {
  /** As routes and decisions call it. */
  readonly name: string;
  readonly provider: ApiProvider;
  /** What requests cost. @default nothing has a price */
  readonly prices?: () => Prices | null;
  /** Requests to the model in one turn. */
  readonly turnsMax: number;
  /** Tokens that the model takes in one request; a longer conversation is cut. @default 100000 */
  readonly contextTokens?: number;
  /** How much longer than this nothing may come from the model's server, ms. @default 240000 */
  readonly silenceMs?: number;
  readonly clock: { now(): EpochMs };
  /** Ids of new conversations: UUIDs. */
  readonly newId: () => string;
  /** Where an attempt's conversations are kept, outside of what it sees. @default `<folder of the attempt>/sessions` */
  readonly sessionsFolder?: (order: AttemptOrder) => string;
  /** Where what the agent asks and tells goes. `emit`: events of this attempt. @default the order's desk */
  readonly handlers?: (order: AttemptOrder, emit: (event: ExecutorEvent) => void) => AgentHandlers;
  /** Longest time that a question keeps the agent waiting, ms. @default 240000 */
  readonly askWaitMs?: number;
}

/**
 * The executor for models behind an API: the model is asked from here, by the AI SDK's own loop, and what it does to files and the shell
 * happens in the attempt's sandbox. The key never gets there.
 */
export function createApiExecutor(options: ApiExecutorOptions): Executor {
  return {
    name: options.name,
    metering: "exact",
    knowsSkill: true,
    refuse: () => explainMissing(options.provider),
    // The SDK is loaded with the first attempt: a daemon that needs none stays light.
    start: async (order) => (await import("./api-session.ts")).startApiSession(options, order),
  };
}
