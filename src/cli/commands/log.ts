import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../client/client.ts";
import type { LoggedEvent } from "../client/events.ts";
import { type Context, EXIT, type Handler } from "../context.ts";
import type { CommandInput } from "../options.ts";
import { renderEventLine } from "../render/event-text.ts";
import { UsageError } from "../usage-error.ts";

type Input = CommandInput<"log">;
const PAGE = 500;
const POLL_MS = 500;

/** Prints events, or the output of an attempt. */
export const run: Handler<"log"> = async (context, input) => {
  const stop = new AbortController();
  const release = input.follow ? context.host.onInterrupt(() => stop.abort()) : () => undefined;
  try {
    const client = await context.connect();
    if (input.attempt !== null) await printAttempt(context, client, input, stop.signal);
    else await printEvents(context, client, input, stop.signal);
    return stop.signal.aborted ? EXIT.interrupted : EXIT.done;
  } finally {
    release();
  }
};

function readAfter(text: string | null): number {
  if (text === null) return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`--after: expected the number of an event, found "${text}"`, ["osqr log --after 120"]);
}

async function printEvents(
  context: Context,
  client: Client,
  input: Input,
  signal: AbortSignal,
): Promise<void> {
  const { ui, host } = context;
  const print = (event: LoggedEvent) => {
    if (input.json) ui.json(event, true);
    else ui.print([renderEventLine(event, host.utcOffsetMinutes(event.at))]);
  };
  let after = readAfter(input.after);
  if (input.last !== null) after = Math.max(after, (await findLastSeq(client)) - input.last);
  for (let more = true; more && !signal.aborted; ) {
    const page = await client.history(after, PAGE);
    for (const event of page.events) print(event);
    after = page.next;
    more = page.more;
  }
  if (!input.follow) return;
  for await (const event of client.follow(after, signal)) print(event);
}

/** Number of the last event: the history is asked at growing distances, then between two of them. */
async function findLastSeq(client: Client): Promise<number> {
  const hasAfter = async (seq: number) => (await client.history(seq, 1)).events.length > 0;
  let high = 1;
  while (await hasAfter(high)) high *= 4;
  let low = 0;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await hasAfter(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function printAttempt(
  context: Context,
  client: Client,
  input: Input,
  signal: AbortSignal,
): Promise<void> {
  const { ui, host } = context;
  const attempt = input.attempt ?? "";
  let offset = 0;
  let whole = "";
  for (;;) {
    const { text, next, done } = await client.attemptLog(attempt, offset);
    if (input.json) whole += text;
    else if (text !== "") host.stdout.write(text);
    const hasMore = next > offset;
    offset = next;
    if (hasMore) continue;
    if (done || !input.follow || signal.aborted) {
      if (input.json) ui.json({ attempt, text: whole, done });
      return;
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}
