/** Follows a run to its rest, over the death of the daemon. */
import { OsqrError } from "../../core/errors.ts";
import type { Client } from "../client/client.ts";
import type { LoggedEvent } from "../client/events.ts";
import { toLines } from "./lines.ts";
import type { RunView } from "./run-view.ts";
import type { Screen } from "./screen.ts";

export interface FollowOptions {
  readonly client: Client;
  /** Finds or starts the daemon anew. */
  readonly reconnect: () => Promise<Client>;
  readonly view: RunView;
  readonly screen: Screen;
  /** Last event that is known. */
  readonly after: number;
  readonly signal: AbortSignal;
}

const PAGE = 500;

/**
 * Shows the events of a run until it rests or `signal` is aborted. Resolves to the client that is connected then.
 *
 * @throws `daemon-stopped` where somebody stopped the daemon; `daemon-gone` where it dies again without having done anything
 */
export async function followRun(options: FollowOptions): Promise<Client> {
  const { view, screen, signal, reconnect } = options;
  let { client, after } = options;
  let hasProgressed = true;
  for (;;) {
    try {
      for await (const event of client.follow(after, signal)) {
        after = event.seq;
        hasProgressed = true;
        await showEvent(client, event, view, screen);
        if (isRest(event, view.run)) return client;
      }
      return client;
    } catch (error) {
      if (!(error instanceof OsqrError) || error.code !== "daemon-gone" || signal.aborted) throw error;
      // Started again once for each time that it got somewhere.
      if (!hasProgressed) throw error;
      hasProgressed = false;
      screen.say(["! the daemon has ended; starting it again, nothing is lost"]);
      client = await reconnect();
    }
  }
}

/** Shows what a run that rests already has done since `after`. */
export async function replayRun({ client, view, screen, after, signal }: FollowOptions): Promise<void> {
  let next = after;
  while (!signal.aborted) {
    const page = await client.history(next, PAGE);
    for (const event of page.events) await showEvent(client, event, view, screen);
    if (!page.more) return;
    next = page.next;
  }
}

function isRest(event: LoggedEvent, run: string): boolean {
  return event.kind === "run_rested" && event.run === run;
}

async function showEvent(client: Client, event: LoggedEvent, view: RunView, screen: Screen): Promise<void> {
  const unknown = view.findUnknownAttempt(event);
  if (unknown !== null) await learnAttempt(client, view, unknown);
  const lines = toLines(view, event);
  view.take(event);
  screen.print(lines, view);
}

/** An attempt that was claimed before this run was followed. */
async function learnAttempt(client: Client, view: RunView, id: string): Promise<void> {
  try {
    const shown = await client.show(id);
    if (shown.kind === "attempt")
      view.learnAttempt(id, shown.attempt.task, Date.parse(shown.attempt.claimedAt));
  } catch (error) {
    // Of another project, and so not of this run.
    if (!(error instanceof OsqrError) || !error.code.startsWith("unknown-")) throw error;
  }
}
