import { parseHandoff } from "../../../src/core/handoff/shape.ts";
import type { AttemptId } from "../../../src/core/model/ids.ts";
import type { State } from "../../../src/core/model/state.ts";
import { isLanded } from "../../../src/core/status.ts";
import { HANDOFFS_REF } from "../../../src/engine/effects/refs.ts";
import { listEventPaths, readArtifacts } from "../../../src/engine/handoffs/history.ts";
import { toEdits, toJsonPath } from "../../../src/engine/handoffs/place.ts";
import { PROJECT } from "../../support/core-builders.ts";
import { isOver } from "../rules/flow.ts";
import { checkRest } from "../rules/rest.ts";
import { checkAgents } from "./agent-checks.ts";
import { BASE } from "./git.ts";
import type { Machine } from "./machine.ts";
import type { Operator } from "./operator.ts";
import { ownFile } from "./script.ts";

/** What must be true of the log, the repository and the processes when all has come to its end. */
export function checkEnd(machine: Machine, operator: Operator, state: State): string[] {
  return [
    ...checkRest(state, PROJECT),
    ...checkEnded(state),
    ...checkHandoffs(machine, state),
    ...checkContents(machine, state),
    ...checkReused(machine, state),
    ...checkTakenOut(machine, state),
    ...checkAcknowledged(machine, operator),
    ...checkLanded(machine, state),
    ...checkOthers(machine, operator),
    ...checkSalvaged(machine, state),
    ...checkLeftovers(machine, state),
    ...checkAgents(machine, state),
  ];
}

/** Every workstream of a run has ended, or one is blocked for a reason that a person gave or that nobody can change here. */
function checkEnded(state: State): string[] {
  const all = [...state.workstreams.values()];
  if (all.some(({ counts, integration }) => counts.blocked > 0 || integration.kind === "waiting")) return [];
  return all
    .filter((each) => each.run !== null && !isOver(each))
    .map(({ id, integration }) => `${id} has not ended (${integration.kind}) and nothing is blocked`);
}

/** What stands in the handoffs is what the history says of them, made again from it. */
function checkContents({ disk: { repository }, log }: Machine, state: State): string[] {
  const tip = repository.refs.get(HANDOFFS_REF);
  const files = tip === undefined ? new Map<string, string>() : repository.files(tip);
  const wanted = new Map([...readArtifacts(log, PROJECT)].map((each) => [each.path, each]));
  const known = new Set([...state.tasks.values()].flatMap(({ handoff }) => handoff?.path ?? []));
  return [...wanted.values()].flatMap((artifact) => {
    const text = files.get(toJsonPath(artifact.path));
    const isSame = toEdits([artifact]).some(({ content }) => content?.trim() === text?.trim());
    return isSame || !known.has(artifact.path) ? [] : [`${artifact.path} is not what the history says`];
  });
}

/** A result that was taken again is the one that was executed. */
function checkReused({ disk: { repository } }: Machine, state: State): string[] {
  return [...state.attempts.values()].flatMap(({ id, reused, commit }) => {
    const earlier = reused === null ? null : (state.attempts.get(reused)?.commit ?? null);
    if (reused === null || commit === null) return [];
    const isSame =
      earlier !== null && repository.readCommit(commit).tree === repository.readCommit(earlier).tree;
    return isSame ? [] : [`${id} took the result of ${reused}, and it is another one`];
  });
}

/** Work that was taken out of the base is not in it, unless others brought it along. */
function checkTakenOut({ disk: { repository }, wrote }: Machine, state: State): string[] {
  const files = repository.files(repository.refs.get(`refs/heads/${BASE}`) ?? "");
  const isChosen = [...state.decisions.values()].some(
    ({ state: now }) => now.kind === "resolved" && /^(?:keep-.*|by-hand|land-anyway|leave)$/.test(now.option),
  );
  if (isChosen) return [];
  return [...state.workstreams.values()].flatMap(({ id, reverts, integration, tasks }) => {
    const isIn = integration.kind === "landed" || "revert" in integration;
    if (reverts.length === 0 || isIn || isBelow(state, id)) return [];
    const attempts = tasks.flatMap((task) => state.tasks.get(task)?.attempts ?? []);
    const left = attempts.filter((each) => files.get(wrote.get(each) ?? "") === `${each}\n`);
    return left.map((each) => `${id} was taken out of the base, which holds the work of ${each}`);
  });
}

/** True where another workstream was built on its work. */
const isBelow = (state: State, id: string): boolean =>
  [...state.workstreams.values()].some(({ stacksOn }) => stacksOn.some((below) => below === id));

/** Every task that is done has left its handoff where the next one looks for it. */
function checkHandoffs({ disk: { repository } }: Machine, state: State): string[] {
  const tip = repository.refs.get(HANDOFFS_REF);
  const files = tip === undefined ? new Map<string, string>() : repository.files(tip);
  const problems = [...state.uncollected.keys()].map((id) => `the handoff of ${id} was not collected`);
  for (const { id, handoff } of state.tasks.values()) {
    const text = handoff === null ? undefined : files.get(toJsonPath(handoff.path));
    if (handoff !== null && !parseHandoff(text ?? "").ok) problems.push(`the handoff of ${id} is not there`);
  }
  const events = [...state.workstreams.values()].flatMap((each) => listEventPaths(each));
  return [...problems, ...events.filter((path) => !files.has(path)).map((path) => `${path} is not there`)];
}

/** Acknowledged means on disk. */
function checkAcknowledged({ log }: Machine, { acknowledged }: Operator): string[] {
  const lost = [...acknowledged].filter(([seq, hash]) => log.events[seq - 1]?.hash !== hash);
  const problems = lost.map(([seq]) => `event ${seq} was acknowledged and is not in the log`);
  const { ok, reason } = log.verify();
  return ok ? problems : [...problems, `the log does not verify: ${reason}`];
}

/** What landed is in the base, once, and it is the work of the attempts that the log says. */
function checkLanded({ disk: { repository }, wrote }: Machine, state: State): string[] {
  const problems: string[] = [];
  const tip = repository.refs.get(`refs/heads/${BASE}`) ?? "";
  const inBase = repository.ancestors(tip);
  const files = repository.files(tip);
  // A revert takes a landing back.
  const times = new Map<string, number>();
  for (const oid of inBase) {
    const { message } = repository.readCommit(oid);
    const name = /^Osqr-Workstream: (.*)$/m.exec(message)?.[1];
    const sign = /^Osqr-Reverts: /m.test(message) ? -1 : 1;
    if (name !== undefined) times.set(name, (times.get(name) ?? 0) + sign);
  }
  const wasChosen = [...state.decisions.values()].some(
    (each) => each.state.kind === "resolved" && each.state.option.startsWith("keep-"),
  );
  for (const { id, name, integration, tasks } of state.workstreams.values()) {
    const count = times.get(name) ?? 0;
    if (count > (integration.kind === "landed" ? 1 : 0))
      problems.push(`${id} is merged ${count} times, the log says ${integration.kind}`);
    if (integration.kind !== "landed") continue;
    if (integration.commit === null || !inBase.has(integration.commit))
      problems.push(`${id} landed as ${integration.commit}, which the base does not hold`);
    for (const task of tasks) {
      const found = state.tasks.get(task);
      if (found?.state.kind !== "completed" || found.state.how !== "done") continue;
      // A person's word and a look at the base bring no file.
      if (found.kind !== "work" || found.stage === "after") continue;
      const last = found.attempts.findLast((each) => state.attempts.get(each)?.state.kind === "completed");
      const attempt = findOrigin(state, last);
      const content = files.get(wrote.get(attempt ?? "") ?? ownFile(task)) ?? "";
      // Where the operator kept a side by hand, work of an earlier round that another stood on may have won.
      const isChosen = wasChosen && found.attempts.some((each) => `${each}\n` === content);
      // An agent goes on with what the attempts before it left in its work tree.
      const home = attempt === undefined ? undefined : state.attempts.get(attempt)?.home;
      const isKept = found.attempts.some(
        (each) => `${each}\n` === content && state.attempts.get(each)?.home === home,
      );
      if (content !== `${attempt}\n` && !content.startsWith("somebody") && !isChosen && !isKept)
        problems.push(`${task} was done by ${attempt}, the base holds the work of ${content.trim()}`);
    }
  }
  return problems;
}

/** The attempt that executed what this one took again. */
function findOrigin(state: State, id: AttemptId | undefined): AttemptId | undefined {
  const reused = id === undefined ? null : (state.attempts.get(id)?.reused ?? null);
  return reused === null ? id : findOrigin(state, reused);
}

/** What other people committed to the base is still in it. */
function checkOthers({ disk: { repository } }: Machine, { commits }: Operator): string[] {
  const inBase = repository.ancestors(repository.refs.get(`refs/heads/${BASE}`) ?? "");
  return commits
    .filter((oid) => !inBase.has(oid))
    .map((oid) => `the base has lost ${oid}, which somebody committed`);
}

/** Nothing is deleted before it is merged or salvaged: each attempt's work is in a commit that a ref holds, or on disk. */
function checkSalvaged({ disk: { repository, workspaces }, wrote }: Machine, state: State): string[] {
  const kept = new Set<string>();
  const seen = new Set<string>();
  for (const tip of repository.refs.values()) {
    for (const oid of repository.ancestors(tip)) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      for (const content of repository.files(oid).values()) kept.add(content);
    }
  }
  for (const { files } of workspaces.values()) for (const content of files.values()) kept.add(content);
  // What an agent wrote in its work tree it may write anew when it goes on there.
  const users = Map.groupBy(state.attempts.values(), ({ home }) => home);
  const isKept = (attempt: string): boolean => {
    const { home, fence: own = 0 } = state.attempts.get(attempt as AttemptId) ?? {};
    const all = home === undefined ? [] : (users.get(home) ?? []);
    return kept.has(`${attempt}\n`) || all.some(({ id, fence }) => fence > own && kept.has(`${id}\n`));
  };
  return [...wrote]
    .filter(([attempt]) => !isKept(attempt))
    .map(([attempt, path]) => `what ${attempt} wrote to ${path} is neither merged nor salvaged`);
}

/** No workspace and no ref of work that has ended. */
function checkLeftovers({ disk: { repository, workspaces } }: Machine, state: State): string[] {
  const problems: string[] = [];
  for (const { id, name, intent, ...workstream } of state.workstreams.values()) {
    const hasEnded = intent === "cancelled" || ["landed", "nothing"].includes(workstream.integration.kind);
    if (hasEnded && repository.refs.has(`refs/osqr/work/${name}`))
      problems.push(`${id} has ended and its ref is left`);
  }
  for (const name of workspaces.keys()) {
    const attempt = [...state.attempts.values()].find(({ id }) => id === name);
    const workstream = attempt === undefined ? undefined : state.workstreams.get(attempt.workstream);
    const now = attempt === undefined ? undefined : state.tasks.get(attempt.task)?.state;
    const asked =
      now?.kind === "waiting" && now.attempt !== null ? state.attempts.get(now.attempt) : undefined;
    const isAskedAbout = asked?.home === name;
    const hasEnded = workstream === undefined || isLanded(workstream) || workstream.intent === "cancelled";
    // A pause keeps the workspace until the workstream ends.
    const isKept = attempt?.state.kind === "cancelled" && !hasEnded;
    const task = attempt === undefined ? undefined : state.tasks.get(attempt.task);
    const isGoneOnIn = task?.resumes === name && !hasEnded;
    if (!isKept && !isAskedAbout && !isGoneOnIn)
      problems.push(`workspace ${name} is left; ${workstream?.id} is ${workstream?.integration.kind}`);
  }
  return problems;
}

/** How long a process may take to end after its attempt, ms. */
const GRACE_MS = 15_000;

/** No process survives its attempt. `closed`: when each attempt ended, in the time of the simulation. */
export function checkProcesses(
  { processes, scheduler }: Machine,
  closed: ReadonlyMap<string, number>,
): string[] {
  const problems: string[] = [];
  for (const { attempt, isRunning } of processes.values()) {
    const since = closed.get(attempt);
    if (isRunning && since !== undefined && scheduler.now - since > GRACE_MS)
      problems.push(`the process of ${attempt} still runs, its attempt has ended`);
  }
  return problems;
}
