/** Each event as a sentence, for `osqr log`. */

import { formatLimit, nameScope } from "../../core/budget/words.ts";
import { describeWatch } from "../../core/checks/judge-sample.ts";
import type { Event, EventBody } from "../../core/model/event.ts";
import type { GateReport } from "../../core/model/integration.ts";
import { sayRefused } from "../../core/refused-hosts.ts";
import { formatChoice } from "../../core/routing/choice.ts";
import { formatDuration, formatMoment, plural } from "../text/duration.ts";
import { pad } from "../text/width.ts";
import { describeUsage } from "./cost.ts";
import type { EventOwners } from "./event-owner.ts";
import { FLOW_TEXTS } from "./flow-event-text.ts";
import { describeChange, listFiles, shortOid } from "./marks.ts";

type Texts = { readonly [Kind in EventBody["kind"]]: (event: Extract<EventBody, { kind: Kind }>) => string };

/** A changed tier is told; of the rest that it changed. */
const sayEdit = ([key, value]: readonly [string, unknown]): string =>
  key === "autonomy" ? `autonomy ${String(value)}` : key;

const because = (reason: string) => (reason === "" ? "" : `: ${reason}`);
/** On one line, ids without their project: it is named when it is opened. */
const oneLine = (text: string) =>
  text
    .replace(/\bp-[0-9a-f]{8}\//g, "")
    .replace(/\s+/g, " ")
    .trim();

function describeGate({ name, status, counts, detail }: GateReport): string {
  if (detail !== undefined) return `${name} ${status} (${detail})`;
  const ratio = counts === null ? "" : ` ${counts.passed}/${counts.total}`;
  return `${name} ${status === "not_verified" ? "not verified" : status}${ratio}`;
}

const TEXTS: Texts = {
  ...FLOW_TEXTS,
  project_opened: ({ project, change }) =>
    change === undefined
      ? `project ${project.root} opened, base ${project.base}`
      : `policy of ${project.root} changed by ${change.author}: ${change.changes.join("; ") || "nothing that work is ordered by"}${because(change.reason)}`,
  content_approved: ({ hashes, by, reason }) =>
    `${by} approved ${plural(hashes.length, "command")}${because(reason)}`,
  workstream_added: ({ workstream, tasks }) =>
    `#${workstream.number} ${workstream.name} added with ${plural(tasks.length, "task")}`,
  workstream_edited: ({ workstream, changes, by, reason }) =>
    `${workstream} edited by ${by} (${Object.entries(changes).map(sayEdit).join(", ")})${because(reason)}`,
  workstream_removed: ({ workstream, by, reason }) => `${workstream} removed by ${by}${because(reason)}`,
  workstream_restarted: ({ workstream, reason }) => `${workstream} starts anew${because(reason)}`,
  graph_ranked: ({ tasks }) => `order computed for ${plural(tasks.length, "task")}`,
  run_started: ({ run, by }) =>
    `run ${run.id} started by ${by} with ${plural(run.workstreams.length, "workstream")}`,
  run_extended: ({ run, workstreams }) =>
    `run ${run} takes in ${plural(workstreams.length, "more workstream")}`,
  run_rested: ({ run, status }) => `run ${run} rests: ${status.replace("_", " ")}`,
  attempts_claimed: ({ launches, held }) => {
    const started = launches.map(({ attempt, task, reason }) => `starts ${attempt} ${task} (${reason})`);
    const waiting = held.map(({ task, reason }) => `held: ${task} (${reason})`);
    return [...started, ...waiting].join("; ") || "nothing can start now";
  },
  work_finished: ({ attempt }) => `${attempt} says that its work is done: it is checked now`,
  attempt_started: ({ attempt, sandbox, onlyChecks, conversation }) => {
    if (onlyChecks === true) return `${attempt} checks what is there`;
    const begun = sandbox === "" ? `${attempt} begins` : `${attempt} runs in ${sandbox}`;
    if (conversation === undefined) return begun;
    const { from, reason } = conversation;
    return `${begun}; ${from === null ? "a new conversation" : `goes on with the conversation of ${from}`}: ${reason}`;
  },
  message_sent: ({ message: { from, to, number, type, payload } }) =>
    `message ${number} to ${to} from ${from}, ${type}: ${payload.subject}`,
  messages_delivered: ({ attempt, numbers, turn }) =>
    `${attempt} is told ${numbers.length === 1 ? "message" : "messages"} ${numbers.join(", ")} with turn ${turn}`,
  permission_judged: ({ attempt, action, outcome, reasons, decision }) => {
    const what = action.command ?? action.host ?? action.tool ?? (action.paths.join(", ") || action.title);
    const asked = decision === undefined ? "" : ` (${decision})`;
    return `${attempt} wants to ${action.kind} ${what}: ${outcome}${asked}; ${reasons.join("; ")}`;
  },
  network_refused: ({ attempt, hosts }) => `${attempt} was refused the network: ${sayRefused(hosts)}`,
  choice_judged: ({ attempt, subject, choice, confidence, outcome, reasons }) =>
    `${attempt} decided ${subject}: ${choice} (${Math.round(confidence * 100)} % sure): ${outcome}; ${reasons.join("; ")}`,
  session_opened: ({ attempt, session, how }) => `${attempt} talks to ${session.agent} (${how} conversation)`,
  turn_ended: ({ attempt, turn, stop, checkpoint }) =>
    `${attempt} ended turn ${turn} (${stop.replace("_", " ")})${checkpoint === null ? "" : `, checkpoint ${shortOid(checkpoint)}`}`,
  hand_off_written: ({ attempt, summary }) => `${attempt} hands off: ${summary}`,
  recovery_chosen: ({ attempt, failure, step, until, reason }) => {
    const when = until === null ? "" : ` until ${new Date(until).toISOString()}`;
    return `${attempt} failed (${failure.replace("_", " ")}): ${step}${when}; ${reason}`;
  },
  attempt_watched: ({ attempt, findings }) =>
    findings.length === 0
      ? `${attempt} is within its limits again`
      : `${attempt} ${findings.map((each) => `${each.level}: ${describeWatch(each)}`).join("; ")}`,
  attempt_parked: ({ attempt, decision }) => `${attempt} waits for ${decision}`,
  attempt_resumed: ({ attempt }) => `${attempt} goes on`,
  attempt_progressed: ({ attempt, text }) => `${attempt}: ${text}`,
  usage_recorded: ({ attempt, usage, source, assumed }) =>
    `${attempt} used ${describeUsage(usage)}${source === undefined ? "" : ", counted by osqr"}${assumed === undefined ? "" : `; ${formatLimit(assumed)} more count, as nobody told all of it`}`,
  reservation_raised: ({ attempt, more: { tokens, microUsd } }) =>
    `${attempt} reserves ${formatLimit({ tokens: tokens || null, microUsd: microUsd || null })} more`,
  budget_changed: ({ scope, limit, by, reason }) =>
    `budget of ${nameScope(scope)}: ${formatLimit(limit)}, by ${by}${because(reason)}`,
  attempt_completed: ({ attempt, commit, files, added, deleted, workMs, reused }) => {
    const change = `${describeChange(added, deleted)}  ${listFiles(files)}`;
    return reused === undefined
      ? `${attempt} made ${shortOid(commit)} in ${formatDuration(workMs)}  ${change}`
      : `${attempt} took the result of ${reused} as ${shortOid(commit)}, nothing it depends on has changed  ${change}`;
  },
  attempt_ended: ({ attempt, outcome, reason, salvage }) =>
    `${attempt} ${outcome}${because(reason)}${salvage === null ? "" : `; kept in ${salvage}`}`,
  task_completed: ({ task, how, skip }) =>
    `${task} ${how}${skip === undefined ? "" : ` by ${skip.by}${because(skip.reason)}`}`,
  task_failed: ({ task, decision, reason }) =>
    `${task} failed, ${decision} asks what to do${because(reason)}`,
  task_waited: ({ task, decision }) => `${task} waits for ${decision}`,
  task_blocked: ({ task, by }) => `${task} blocked: ${by.map(({ message }) => message).join("; ")}`,
  task_requeued: ({ task, reason }) => `${task} queued again${because(reason)}`,
  task_rerouted: ({ task, from, to, reason }) =>
    `${task} goes from ${formatChoice(from)} to ${formatChoice(to)}${because(reason)}`,
  requirement_replaced: ({ task, from, to }) => `${task} waits for ${to} in place of ${from}`,
  intent_set: ({ workstream, intent, by, reason }) =>
    `${workstream} ${intent === "run" ? "resumed" : intent} by ${by}${because(reason)}`,
  priority_raised: ({ workstream, by }) => `${workstream} prioritized by ${by}`,
  integration_queued: ({ workstream, revert }) =>
    `${workstream} waits to be ${revert === true ? "reverted" : "merged"}`,
  integration_started: ({ workstream, onto, revert }) =>
    `${workstream} is ${revert === true ? "taken out of" : "merged onto"} ${shortOid(onto)}`,
  gates_run: ({ workstream, reports, ms }) =>
    `${workstream} checked in ${formatDuration(ms)}: ${reports.map(describeGate).join(" · ") || "no gates"}`,
  landing_intended: ({ workstream, from, to, revert }) =>
    `${workstream} is about to ${revert === true ? "go out of the base" : "land"}: ${shortOid(from)} to ${shortOid(to)}`,
  workstream_landed: ({ workstream, commit, held }) => {
    const what = commit === null ? "had nothing to merge" : `landed as ${shortOid(commit)}`;
    return `${workstream} ${what}${held === null ? "" : `; the branch did not move: ${held}`}`;
  },
  integration_stopped: ({ workstream, decision, reason, revert }) =>
    `${workstream} was not ${revert === true ? "reverted" : "merged"}, ${decision} asks what to do${because(reason)}`,
  revert_requested: ({ workstream, to, by, reason }) =>
    `${workstream} is to be reverted${to === null ? "" : ` and to go on at ${to}`}, as ${by} wants${because(reason)}`,
  workstream_reverted: ({ workstream, commit, held }) =>
    `${workstream} reverted as ${shortOid(commit)}${held === null ? "" : `; the branch did not move: ${held}`}`,
  revert_abandoned: ({ workstream, reason }) =>
    `${workstream} stays in the base, its revert was given up${because(reason)}`,
  base_followed: ({ commit }) => `the branch followed to ${shortOid(commit)}`,
  decision_opened: ({ decision }) => `${decision.id} asks: ${decision.question}`,
  decision_joined: ({ decision, task }) => `${task} waits for ${decision} too`,
  decision_resolved: ({ decision, option, by, signer, reasoning }) =>
    `${decision} answered ${option} by ${signer ?? by}${because(reasoning)}`,
  decision_withdrawn: ({ decision, reason }) => `${decision} withdrawn${because(reason)}`,
};

/** What an event says, in one line. A kind that a newer osqr has written is named as it is. */
export function describeEvent(event: Event): string {
  const describe = TEXTS[event.kind] as ((event: EventBody) => string) | undefined;
  return describe === undefined ? event.kind : oneLine(describe(event));
}

/** Without what a scheduling decision says of other projects; null: all of it. */
function keepOwn(event: Event, project: string | null): Event {
  if (event.kind !== "attempts_claimed" || project === null) return event;
  const isOwn = ({ task }: { readonly task: string }) => task.startsWith(`${project}/`);
  return { ...event, launches: event.launches.filter(isOwn), held: event.held.filter(isOwn) };
}

/** What an event says, behind the name of the workstream or task that it is about where it does not name it itself. */
function describeWithSubject(event: Event, owners: EventOwners): string {
  const text = describeEvent(event);
  const subject = owners.subjectOf(event);
  if (subject === null) return text;
  const name = owners.nameOf(subject);
  return text.includes(name) ? text : `${name}: ${text}`;
}

/**
 * `    12  2026-01-05 11:00:00  …` on the clock of the reader.
 *
 * @param project whose part of the event is told; null: all of it
 */
export function renderEventLine(
  event: Event,
  options: { readonly owners: EventOwners; readonly project: string | null; readonly offsetMinutes: number },
): string {
  const { owners, project, offsetMinutes } = options;
  const text = describeWithSubject(keepOwn(event, project), owners);
  return `${pad(String(event.seq), 6, "start")}  ${formatMoment(event.at, offsetMinutes)}  ${text}`;
}
