/**
 * A daemon that can be killed: opens the service on a home, says go, answers what is asked, and ends when all is built. On
 * stdout it acknowledges each event once it is on disk: `event <seq> <hash> <kind>`; then `rest <status>`, `closed`.
 */
import { readdirSync, writeFileSync, writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import type { DecisionView } from "../../src/core/report/types.ts";
import { openLocalService } from "../../src/engine/local/open.ts";
import type { Service } from "../../src/engine/service.ts";
import type { SqliteLog } from "../../src/store/sqlite.ts";
import type { EventLog } from "../../src/store/types.ts";
import { CrashHook, type CrashPoint, fillWhile, replaceAppend, wrapProject } from "./crash-hooks.ts";

/** What the parent asks for, as JSON in the first argument. */
export interface DaemonOrder {
  readonly root: string;
  readonly crash: CrashPoint | null;
  /** The disk of the log is full while this file is there. */
  readonly fullWhile: string | null;
  /** Questions are answered; else the daemon ends at the first rest. */
  readonly answers: boolean;
  /** Taken out of the base again as soon as it has landed for the first time; null: nothing is. */
  readonly revert: string | null;
}

/** A run that is asked more often than that goes in circles. */
const ANSWERS_MAX = 100;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** What `append` gives back is acknowledged, also where nobody hears of it any more. */
function acknowledge(log: EventLog): EventLog {
  return replaceAppend(log, (events) => {
    const stored = log.append(events);
    for (const { seq, hash, kind } of stored) say(`event ${seq} ${hash} ${kind}`);
    return stored;
  });
}

async function open({ crash, fullWhile }: DaemonOrder): Promise<Service> {
  const hook = new CrashHook(crash, (path) => writeFileSync(path, ""));
  const wrap = {
    log: (log: SqliteLog) =>
      hook.wrap("log", acknowledge(fullWhile === null ? log : fillWhile(fullWhile, log))),
    project: (ports: Parameters<typeof wrapProject>[1]) => wrapProject(hook, ports),
  };
  const { service } = await openLocalService({ wrap });
  let last = service.events(0, Number.MAX_SAFE_INTEGER).length;
  service.subscribe(({ seq }) => {
    last += 1;
    if (seq !== last) say(`heard of event ${seq}, expected ${last}`);
  });
  return service;
}

/** What a person would say: try again, and the recommended way. */
function chooseOption({ type, options }: DecisionView): string {
  const retry = options.find(({ id }) => id === "retry");
  const recommended = options.find((option) => option.recommended);
  return (type === "error" ? (retry ?? recommended) : (recommended ?? retry))?.id ?? options[0]?.id ?? "";
}

/** It has landed, and nobody has taken it out yet. */
async function mayRevert(service: Service, root: string, name: string): Promise<boolean> {
  const { workstreams } = await service.status(root);
  return workstreams.some(
    (each) =>
      each.name === name && each.merged !== null && each.reverts.length === 0 && each.reverting === null,
  );
}

/** Resolves with the run's status when only a person could move it, or all is done. */
async function build(service: Service, { root, answers, revert }: DaemonOrder): Promise<string> {
  let wake = (): void => undefined;
  service.subscribe(({ kind }) => {
    if (kind === "run_rested") wake();
  });
  const options = { only: null, skip: [], approve: [], approveAll: true, maxParallel: null, by: "test" };
  const { run } = await service.go(root, options);
  for (let answered = 0; ; ) {
    const rested = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const { status } = await service.report(root, run);
    if (status === "active") {
      await rested;
      continue;
    }
    const [decision] = answers && answered < ANSWERS_MAX ? await service.inbox(root) : [];
    if (decision === undefined && revert !== null && (await mayRevert(service, root, revert))) {
      await service.revert(root, revert, { to: null, because: "it broke", signer: "dana" });
      continue;
    }
    if (decision === undefined) return status;
    answered += 1;
    await service.decide(root, decision.id, chooseOption(decision), "");
  }
}

// Now, because one that is killed does not come to it.
flushCompileCache();
const order = JSON.parse(process.argv[2] ?? "") as DaemonOrder;
const service = await open(order);
say("open");
const stopped = new Promise<string>((resolve) => process.once("SIGTERM", () => resolve("stopped")));
say(`rest ${await Promise.race([build(service, order), stopped])}`);
await service.close();
// Whoever comes next must find nothing that is still being cleared up.
const left = readdirSync(process.env.OSQR_HOME ?? "", { recursive: true, encoding: "utf8" });
say(["closed", ...left.filter((name) => /^(?:workspaces|attempts)\/[^./]+$/.test(name))].join(" "));
