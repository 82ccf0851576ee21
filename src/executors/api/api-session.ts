import type { LanguageModel } from "ai";
import { maskDeep } from "../../core/secrets/mask-deep.ts";
import type { AgentHandlers } from "../agent-door/handlers.ts";
import { createAgentTools } from "../agent-door/tools.ts";
import { createAttemptMask } from "../attempt-mask.ts";
import { type AttemptPlace, openPlace, toAttemptRequest } from "../attempt-process.ts";
import { EventQueue } from "../event-queue.ts";
import { maskDesk } from "../mask-desk.ts";
import { RequestDesk } from "../metering/request-desk.ts";
import type { AttemptOrder, ExecutorEvent, ExecutorSession } from "../types.ts";
import type { ApiExecutorOptions } from "./api.ts";
import { MeteredFetch } from "./metered-fetch.ts";
import { createModel } from "./model.ts";
import { maskSecrets } from "./provider.ts";
import { RunningSession } from "./running-session.ts";
import { startToolServer, type ToolServer } from "./tools/tool-server.ts";

/** SIGKILL comes no later: what tools leave running has nothing to tidy up that counts. */
const GRACE_MS_MAX = 1_000;

/**
 * Begins an attempt: its sandbox with the tools, then its first turn.
 *
 * @throws whatever the sandbox throws where it cannot start; OsqrError `provider_url_invalid`
 */
export async function startApiSession(
  options: ApiExecutorOptions,
  order: AttemptOrder,
): Promise<ExecutorSession> {
  const { provider, silenceMs } = options;
  const mask = (text: string): string => maskSecrets(provider, text);
  const maskMore = createAttemptMask([provider.apiKey() ?? "", ...(options.secrets?.() ?? [])]);
  const events = new EventQueue((text) => maskMore(mask(text)));
  // Also what is judged: with the key in it nothing is run.
  const emit = (event: ExecutorEvent): void => events.push(maskDeep(event, mask));
  const requests = new MeteredFetch(
    new RequestDesk({
      purse: order.purse,
      prices: options.prices?.() ?? null,
      model: order.model ?? provider.model,
      emit,
    }),
  );
  const model: LanguageModel = createModel(provider, {
    model: order.model,
    wrapFetch: (fetch) => requests.wrap(fetch),
    ...(silenceMs === undefined ? {} : { silenceMs }),
  });
  const place = await openPlace(options, order, events);
  try {
    const tools = await startTools(options, { order, place, emit, mask });
    const { askWaitMs } = options;
    const agentTools = createAgentTools({
      handlers: maskDesk(options.handlers?.(order, emit) ?? needDesk(order), events.mask),
      ...(askWaitMs === undefined ? {} : { askWaitMs }),
    });
    const session = new RunningSession({
      options,
      order,
      place,
      tools,
      agentTools,
      model,
      requests,
      events,
      emit,
      mask,
    });
    await session.begin();
    return session;
  } catch (error) {
    await place.release();
    throw error;
  }
}

interface Around {
  readonly order: AttemptOrder;
  readonly place: AttemptPlace;
  readonly emit: (event: ExecutorEvent) => void;
  readonly mask: (text: string) => string;
}

function startTools(options: ApiExecutorOptions, { order, place, emit, mask }: Around): Promise<ToolServer> {
  const { argv: _, ...request } = toAttemptRequest(options, order, place, {
    argv: [options.node],
    mounts: [],
    env: {},
  });
  return startToolServer({
    sandbox: options.sandbox,
    node: options.node,
    folder: order.folder,
    request: {
      ...request,
      env: Object.fromEntries(Object.entries(request.env).filter(([, value]) => mask(value) === value)),
      limits: { ...request.limits, graceMs: Math.min(request.limits.graceMs, GRACE_MS_MAX) },
      onLine: (line) => emit({ kind: "output", line }),
    },
  });
}

function needDesk({ desk }: AttemptOrder): AgentHandlers {
  if (desk === null) throw new Error("bug: an attempt without a desk was given to an agent");
  return desk;
}
