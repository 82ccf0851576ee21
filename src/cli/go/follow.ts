/** Follows a run to its rest, over the death of the daemon. */
import { OsqrError } from "../../core/errors.ts";
import type { RunReport } from "../../core/report/types.ts";
import type { Shown } from "../../engine/service.ts";
import type { Client } from "../client/client.ts";
import type { LoggedEvent } from "../client/events.ts";
import { toLines, toRunningLines } from "./lines.ts";
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

/** How far a run was followed. */
export interface Followed {
  /** The one that is connected now. */
  readonly client: Client;
  /** Last event that was shown. */
  readonly after: number;
}

/**
 * Shows the events of a run until it rests or `signal` is aborted.
 *
 * @throws `daemon-stopped` where somebody stopped the daemon; `daemon-gone` where it dies again without having done anything
 */
export async function followRun(options: FollowOptions): Promise<Followed> {
  const { view, screen, signal, reconnect } = options;
  let { client, after } = options;
  let hasProgressed = true;
  for (;;) {
    try {
      for await (const event of client.follow(after, signal)) {
        after = event.seq;
        hasProgressed = true;
        await showEvent(client, event, view, screen);
        if (isRest(event, view.run)) return { client, after };
      }
      return { client, after };
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
export async function replayRun(options: FollowOptions): Promise<Followed> {
  const { client, view, screen, signal } = options;
  let { after } = options;
  for (let more = true; more && !signal.aborted; ) {
    const page = await client.history(after, PAGE);
    for (const event of page.events) await showEvent(client, event, view, screen);
    after = page.next;
    more = page.more;
  }
  return { client, after };
}

/** Learns what was under way before the run was followed, and shows it. */
export async function showUnderWay(
  { client, view, screen }: Pick<FollowOptions, "client" | "view" | "screen">,
  report: RunReport,
  now: number,
): Promise<void> {
  const running = report.workstreams.flatMap(({ items }) =>
    items.filter(({ status }) => status === "running"),
  );
  for (const { id } of running) {
    const shown = await ifKnown(client.show(id));
    if (shown?.kind !== "task") continue;
    const attempt = shown.attempts.findLast(({ status }) => status === "running" || status === "claimed");
    if (attempt !== undefined) view.learnAttempt(attempt.id, attempt.task, Date.parse(attempt.claimedAt));
  }
  screen.print(toRunningLines(view, now), view);
}

function isRest(event: LoggedEvent, run: string): boolean {
  return event.kind === "run_rested" && event.run === run;
}

async function showEvent(client: Client, event: LoggedEvent, view: RunView, screen: Screen): Promise<void> {
  const unknown = view.findUnknownAttempt(event);
  if (unknown !== null) {
    const shown = await ifKnown(client.show(unknown));
    if (shown?.kind === "attempt")
      view.learnAttempt(unknown, shown.attempt.task, Date.parse(shown.attempt.claimedAt));
  }
  if (event.kind === "decision_opened" && view.find(event.decision.workstream) !== undefined) {
    const shown = await ifKnown(client.show(event.decision.id));
    if (shown?.kind === "decision") view.learnDecision(shown.decision);
  }
  const lines = toLines(view, event);
  view.take(event);
  screen.print(lines, view);
}

/** Null where it is of another project, and so not of this run. */
async function ifKnown(answer: Promise<Shown>): Promise<Shown | null> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof OsqrError) || !error.code.startsWith("unknown-")) throw error;
    return null;
  }
}
