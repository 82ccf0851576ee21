import type { RunReport } from "../../core/report/types.ts";
import type { Client, Started } from "../client/client.ts";
import { type Context, EXIT, type Handler } from "../context.ts";
import { type Approval, askToStart } from "../go/approval.ts";
import { describeDefault, findWait, GRACE_MS } from "../go/default-wait.ts";
import { type Followed, followRun, replayRun, showUnderWay } from "../go/follow.ts";
import { type Interrupts, watchInterrupts } from "../go/interrupt.ts";
import { RunView } from "../go/run-view.ts";
import { openScreen } from "../go/screen.ts";
import type { CommandInput } from "../options.ts";
import { printReport } from "../print-report.ts";
import { renderPlan } from "../render/plan.ts";
import { toSelection } from "../selection.ts";
import { describeCancelled } from "./steer.ts";

type Input = CommandInput<"go">;

/** Plans, starts, follows to the end, reports. */
export const run: Handler<"go"> = async (context, input) => {
  const { host, ui } = context;
  const client = await context.connect();
  const approval = await approve(context, client, input);
  if (approval === null) {
    ui.note(["Nothing was started."]);
    return EXIT.refused;
  }
  const interrupts = watchInterrupts(host);
  try {
    const { only, skip } = approval;
    const options = {
      only,
      skip,
      approve: approval.approve,
      approveAll: input.yes,
      maxParallel: input.maxParallel,
      executor: input.executor,
    };
    const started = await client.go(options);
    if (!host.canAsk && !input.json) ui.note([...renderPlan(started.plan, ui.notePage), ""]);
    if (started.run === null) return await endWithoutRun(context, client, input, started);
    return await follow(context, { client, input, started, run: started.run, interrupts });
  } finally {
    interrupts.stop();
  }
};

/** On a terminal the operator sees the plan first; elsewhere what is new becomes a decision. */
async function approve(context: Context, client: Client, input: Input): Promise<Approval | null> {
  const choice = toSelection(input);
  const isAsking = context.host.canAsk && !input.json;
  if (!isAsking || input.yes) {
    if (isAsking) {
      const plan = await client.plan(choice);
      context.ui.note([...renderPlan(plan, context.ui.notePage), ""]);
    }
    return { ...choice, approve: [] };
  }
  return askToStart(context, client, choice);
}

interface Following {
  readonly client: Client;
  readonly input: Input;
  readonly started: Started;
  readonly run: string;
  readonly interrupts: Interrupts;
}

async function follow(context: Context, parts: Following): Promise<number> {
  const { started, run, interrupts, input } = parts;
  const { signal } = interrupts;
  const seed = await parts.client.report(run);
  const screen = openScreen(context, { isJson: input.json });
  const view = new RunView(run, started.plan, seed);
  const reconnect = () => context.connect();
  const options = { client: parts.client, reconnect, view, screen, after: started.after, signal };
  let report = seed;
  let followed: Followed = options;
  try {
    if (started.attached && !input.json) screen.say([`Run ${run} goes on.`]);
    // What began with this call comes as events.
    if (started.attached) await showUnderWay(options, seed, context.host.now());
    // One that rests already will send nothing more.
    if (seed.status !== "active") followed = await replayRun(options);
    while (!signal.aborted) {
      const waitMs = report.status === "active" ? null : findWait(report, context.host.now());
      if (report.status !== "active" && waitMs === null) break;
      if (waitMs !== null) screen.say([describeDefault(report, waitMs)]);
      const until =
        waitMs === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(waitMs + GRACE_MS)]);
      followed = await followRun({ ...options, ...followed, signal: until });
      report = await followed.client.report(run);
    }
  } finally {
    screen.close();
  }
  const { client } = followed;
  if (signal.aborted) return detach(context, client, run, interrupts);
  if (!input.json) context.ui.note([""]);
  const last = await client.report(run);
  await printReport(context, client, last, { isJson: input.json });
  return toExitCode(last);
}

async function endWithoutRun(
  context: Context,
  client: Client,
  input: Input,
  started: Started,
): Promise<number> {
  const { problems } = started.plan;
  if (input.json) context.ui.json(await client.report(null));
  else if (!context.host.canAsk) context.ui.print(["Nothing to build."]);
  if (problems.some(({ severity }) => severity === "error")) return EXIT.refused;
  return problems.some(({ severity }) => severity === "needs_detail") ? EXIT.needsYou : EXIT.done;
}

function toExitCode({ status }: RunReport): number {
  if (status === "completed") return EXIT.done;
  return status === "needs_you" ? EXIT.needsYou : EXIT.refused;
}

/** The run goes on without this terminal, unless a second Ctrl-C comes. */
async function detach(
  context: Context,
  client: Client,
  run: string,
  interrupts: Interrupts,
): Promise<number> {
  const { ui } = context;
  ui.note([
    "",
    "Detached: the run goes on. Come back: osqr go · look: osqr status",
    "Ctrl-C again within 2 s cancels it.",
  ]);
  if (!(await interrupts.waitForSecond())) return EXIT.interrupted;
  const { workstreams } = await client.report(run);
  const open = workstreams.filter(({ status }) => status !== "completed" && status !== "cancelled");
  const names = open.map(({ name }) => name);
  if (names.length > 0) await client.steer("cancel", names, { because: "cancelled by Ctrl-C", signer: null });
  ui.note([
    `Cancelled: ${names.join(", ") || "nothing was left"}.`,
    ...(names.length > 0 ? await describeCancelled(client, names) : []),
  ]);
  return EXIT.interrupted;
}
