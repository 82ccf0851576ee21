/** Errors about the work: rules, names, states, artifacts. */
import { type ErrorEntry, row } from "./classes.ts";

const policy = (code: string, ...texts: [string, string]) => row("policy", code, texts);
const data = (code: string, ...texts: [string, string]) => row("data", code, texts);
const state = (code: string, ...texts: [string, string]) => row("state", code, texts);
const artifact = (code: string, ...texts: [string, string]) => row("artifact", code, texts);

export const ERRORS_OF_WORK: readonly ErrorEntry[] = [
  policy(
    "not-allowed",
    "who signs does not have the role of the step",
    "`--as` somebody who has it, or give it to them: `roles.<role>` in the config",
  ),
  policy(
    "not-a-return",
    "a rejection names a step that the review does not send back to, or something else than a rejection names one",
    "`--to` one of the steps that the message lists",
  ),
  policy(
    "handoff-missing",
    "what a review stands on cannot be read, so nobody can sign for it",
    "make it again from the history: `osqr handoff repair`, then sign",
  ),
  policy(
    "circle",
    "a duplicate is to be closed for a workstream that itself waits for it",
    "let both go on: `distinct` or `link-<n>`",
  ),
  policy(
    "workflow-changed",
    "a version of a workflow has another content than the history knows",
    "give the new content the next version; a version never changes",
  ),
  policy(
    "setup-not-approved",
    "the command that installs dependencies is new or has changed",
    "read it (`osqr plan --commands`) and approve it: `osqr go`",
  ),
  policy(
    "sandbox-level",
    "the config asks for a sandbox that does not work here",
    "install it, or change `sandbox.level` in the config",
  ),
  policy(
    "config-invalid",
    "a config file has an unknown key, a wrong type or a bad value",
    "mend the line that the message names; `osqr init` shows every key",
  ),
  policy("config-unsafe", "others can write the operator's config", "`chmod go-w` the file"),
  policy(
    "unsafe-ownership",
    "the repository belongs to somebody else",
    "git's `safe.directory`, or work as its owner",
  ),

  data(
    "bad-usage",
    "an agent is said to have used what cannot be: less than nothing, or no whole number",
    "none: it counts as not said; tell whoever makes the executor",
  ),
  data(
    "no-briefing",
    "a briefing was asked for of something that no agent and no run block does: a workstream, or a person's step",
    "name one of its tasks: `osqr show <workstream>#<task> --briefing`",
  ),
  data(
    "reason-missing",
    "a rejection, a duplicate, a blocker, a handing over, a revert or a migration has no reason",
    "`--because <text>`",
  ),
  data("signer-missing", "nobody is named who signs", "`--as <name>`, or `me` in the operator's config"),
  data("owner-missing", "nobody is named who is to have it", "`--owner <name>`"),
  data("unknown-workstream", "no workstream has the name, number or path", "`osqr status` lists them"),
  data("unknown-task", "the workstream has no such task", "`osqr show <workstream>` lists them"),
  data(
    "unknown-step",
    "the workflow of the workstream has no such step, or none before the merge",
    "take one of those that the message lists",
  ),
  data(
    "unknown-decision",
    "no decision has the id, or it asks something else",
    "`osqr inbox` lists the open ones",
  ),
  data("unknown-option", "the decision has no such option", "take one of those that the message lists"),
  data("unknown-blocker", "no blocker has the id", "`osqr blocker --all` lists them"),
  data("unknown-attempt", "no attempt has the id", "`osqr show <task>` lists them"),
  data(
    "unknown-owner",
    "nobody of that name owns work, has signed any, or has a role",
    "take one of those that the message lists",
  ),
  data("unknown-run", "no run has the id", "`osqr report` shows the last one"),
  data("unknown-project", "the project is not known in this home", "run osqr inside its repository"),
  data(
    "unknown-executor",
    "`--executor` names none that the operator's config allows, and no preset",
    "take the one that the hint names; `osqr doctor` lists the agents",
  ),
  data(
    "unknown-workflow",
    "no workflow has the name or version, here or in the history",
    "`osqr workflow` lists them",
  ),
  data("unknown-migration", "no migration has the id", "`osqr workflow history` lists them"),
  data("unknown-name", "a name means no spec, or several", "name one of those that the message lists"),
  data("unknown-priority", "a priority is none of the four", "critical, high, medium or low"),
  data("nothing-to-edit", "an edit changes nothing", "`osqr edit --help`"),
  data(
    "nothing-to-run",
    "a text says what to do, and nothing says how",
    "`--run <command>`, or an agent: `osqr doctor` says which are here",
  ),
  data(
    "nothing-to-migrate",
    "no workflow and no new text is named, or the workstream follows that workflow and that text already",
    "`--to <name@version>` with another one, or `--take-spec` once the spec has changed",
  ),
  data("invalid-mapping", "a mapping is not `old=new` or `old=-`", "write it so"),
  data(
    "mapping-unknown",
    "a mapping names a step or task that is not there",
    "`osqr show <workstream>` lists them",
  ),
  data(
    "mapping-ambiguous",
    "two tasks are mapped to one, or one task is mapped twice",
    "give each its own place: `--map`",
  ),
  data(
    "mapping-incomplete",
    "a migration does not say what becomes of tasks on which work was done",
    "`--map <old>=<new>`, or `--map <old>=-` to drop it",
  ),
  data(
    "mapping-kind",
    "work and a review are mapped to each other",
    "give the new step another key, or `--map <old>=-`",
  ),
  data(
    "no-tasks",
    "a migration would leave nothing to do",
    "map at least one task, or cancel the workstream",
  ),
  data(
    "cannot-add",
    "what is to be added is no work: a document, a finished spec, or a spec with a command of its own",
    "what the message says is wrong with it",
  ),
  data(
    "cannot-migrate",
    "the plan leaves the workstream's new blueprint out: its text or its workflow is at fault",
    "what the message says is wrong with it",
  ),
  data(
    "bad-action",
    "an approved or blocked action is none that osqr knows, or its pattern means nothing",
    "an action of [autonomy](autonomy.md), alone or as `<action>:<pattern>`",
  ),
  data(
    "tier-too-free",
    "the agents of a workstream are to work more freely than the config allows",
    "`autonomy.tier` in your own config, which holds for all",
  ),
  data("bad-time", "a time is neither a date nor a span", "`2026-01-31` or `7d`"),
  data("bad-window", "a window ends before it begins", "exchange `--since` and `--until`"),
  data("not-of-a-task", "a task is given what only a workstream has", "edit its workstream"),

  state(
    "workstream-ended",
    "the workstream is completed or cancelled",
    "what has landed: `osqr revert`; what was cancelled: `osqr add` its spec again",
  ),
  state("workstream-started", "the workstream has begun and cannot be removed", "`osqr cancel` it first"),
  state(
    "spec-changed",
    "a review is approved while somebody has to say which text of the spec counts",
    "answer that first: the message names it; then sign",
  ),
  state("workstream-busy", "an attempt of it runs, or it is being merged", "wait for that, or pause it"),
  state("task-busy", "an attempt of the task is under way", "wait for it, or pause its workstream"),
  state("workstream-landing", "it is landing at this moment", "try again in a second"),
  state("workstream-reverting", "it is being taken out of the base", "wait for that: `osqr why <name>`"),
  state("already-reverting", "it is being reverted already", "wait for that: `osqr why <name>`"),
  state("already-started", "the spec is being built already", "cancel it, then add it again"),
  state(
    "duplicate-workstream",
    "a workstream of that id is registered already",
    "nothing is to be done: it is there",
  ),
  state(
    "not-landed",
    "what has not landed cannot be reverted",
    "do its steps again: `osqr rework`, or cancel it",
  ),
  state(
    "already-landed",
    "a step before the merge is to be done again, and the work has landed",
    "`osqr revert <name> --to <step>`",
  ),
  state("nothing-to-rework", "the step has not begun", "nothing is to be done: it comes"),
  state("nothing-to-revert", "the workstream brought nothing into the base", "nothing is to be done"),
  state(
    "decision-closed",
    "the decision was answered, withdrawn, or its subject has moved on",
    "`osqr inbox` shows what is open",
  ),
  state(
    "blocker-resolved",
    "the blocker is resolved already",
    "declare a new one where something is in the way again",
  ),
  state("task-ended", "the task is done", "name one that is not"),
  state("same-owner", "it belongs to that person already", "nothing is to be done"),
  state(
    "criteria-open",
    "a result comes before its criteria were looked at",
    "none by hand: osqr looks at them and goes on",
  ),
  state(
    "not-in-flight",
    "what has landed, was cancelled, is being merged or reverted cannot be migrated",
    "what the message says: revert it, add it again, or wait",
  ),
  state(
    "not-the-last",
    "a migration is to be rolled back that is not the last one",
    "roll back the ones after it first",
  ),
  state(
    "workflow-not-effective",
    "no version of the workflow counts yet",
    "wait for its date, or name one that counts: `osqr workflow`",
  ),
  state(
    "needs-a-plan",
    "a new text of a spec cannot be taken by an answer alone",
    "`osqr decide <id> migrate` by the command line",
  ),
  state(
    "budget-exceeded",
    "an attempt wants to use more than its budgets have room for",
    "none for the attempt: it ends, its work is kept, and the inbox asks; or raise `budget` in the config and `osqr go`",
  ),
  state(
    "messages-untold",
    "a result comes before its agent was told what others have said",
    "none by hand: osqr tells it and looks again",
  ),
  state(
    "stale-claim",
    "a result brings a claim that is not valid any more",
    "none: its task has a newer attempt or was sent back",
  ),
  state(
    "stale-integration",
    "a step of a merge comes after the merge has moved on",
    "none: osqr starts it anew",
  ),
  state(
    "illegal-transition",
    "a command would make a move that the state machine does not know",
    "report it: it is a bug",
  ),
  state(
    "a-persons-claim",
    "an executor brings a result for what a person has to sign",
    "none: sign it: `osqr inbox`",
  ),
  state("bad-command", "a command from inside contradicts itself", "report it: it is a bug"),

  artifact("unknown-handoff", "there is no handoff of that task", "`osqr handoff` lists them"),
  artifact(
    "spec-missing",
    "the spec cannot be read at the commit",
    "bring it back in the base, or cancel the workstream",
  ),
  artifact(
    "hand-missing",
    "the merge by hand is not where it was expected",
    "follow the steps that the message lists",
  ),
  artifact("write-failed", "the file of an export cannot be written", "name another one: `--out <file>`"),
  artifact(
    "log-damaged",
    "the history is not as it was written",
    "restore the home from a backup; `osqr verify` names the first bad event",
  ),
  artifact(
    "log-cut",
    "the history is shorter than it was",
    "restore it from a backup, or `osqr verify --accept-cut`",
  ),
  artifact("log-missing", "the history is gone, its head is there", "restore it from a backup"),
  artifact("log-foreign", "the file is no history of osqr", "move it away, or use another `OSQR_HOME`"),
  artifact("log-too-new", "a newer osqr has written the history", "use that one"),
  artifact(
    "log-write-failed",
    "the history cannot be written; nothing that was not written counts",
    "make room on the disk; osqr tries again by itself",
  ),
  artifact("event-invalid", "an event cannot be written as it is", "report it: it is a bug"),
  artifact("not-canonical", "a value has no canonical form", "report it: it is a bug"),
  artifact(
    "objects-missing",
    "git does not hold an object that is needed",
    "fetch it: `git fetch --refetch`, or repair the repository",
  ),
  artifact("file-too-large", "a file is too large to be read", "keep it out of what osqr reads"),
  artifact(
    "workspace-missing",
    "the folder of an attempt is gone",
    "none: the attempt ends and the question offers a retry",
  ),
  artifact("workspace-exists", "a folder of that name is there already", "none: osqr takes another one"),
  artifact(
    "workspace-too-large",
    "an attempt made more files than can be taken",
    "add what is generated to `.gitignore`",
  ),
];
