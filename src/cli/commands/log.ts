import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../client/client.ts";
import type { LoggedEvent } from "../client/events.ts";
import { type Context, EXIT, type Handler } from "../context.ts";
import type { CommandInput } from "../options.ts";
import { EventOwners } from "../render/event-owner.ts";
import { renderEventLine } from "../render/event-text.ts";
import { UsageError } from "../usage-error.ts";

type Input = CommandInput<"log">;
const PAGE = 1_000;
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
  const owners = new EventOwners();
  const root = input.all ? null : ((await client.briefStatus()).project?.root ?? null);
  let project: string | null = null;
  const asked = readAfter(input.after);
  const isWanted = (event: LoggedEvent) => {
    owners.take(event);
    if (root !== null) project ??= owners.findProject(root);
    return event.seq > asked && (input.all || (project !== null && owners.isOf(event, project)));
  };
  const print = (event: LoggedEvent) => {
    if (input.json) ui.json(event, true);
    else {
      const offsetMinutes = host.utcOffsetMinutes(event.at);
      ui.print([renderEventLine(event, { owners, project, offsetMinutes })]);
    }
  };
  const kept: LoggedEvent[] = [];
  // From the first one on: who an attempt or a decision belongs to is said only once.
  let after = 0;
  for (let more = true; more && !signal.aborted; ) {
    const page = await client.history(after, PAGE);
    for (const event of page.events) {
      if (!isWanted(event)) continue;
      if (input.last === null) print(event);
      else kept.push(event);
    }
    if (input.last !== null) kept.splice(0, Math.max(0, kept.length - input.last));
    after = page.next;
    more = page.more;
  }
  for (const event of kept) print(event);
  if (!input.follow) return;
  for await (const event of client.follow(after, signal)) if (isWanted(event)) print(event);
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
      else if (offset === 0) ui.note([`${attempt} ${done ? "printed nothing" : "has printed nothing yet"}.`]);
      return;
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}
