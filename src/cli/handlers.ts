import type { Handler } from "./context.ts";
import type { CommandName } from "./options.ts";

type Handlers = { readonly [Name in CommandName]: () => Promise<{ readonly run: Handler<Name> }> };

/** Each command is loaded when it is called, so that a start reads only what it needs. */
export const HANDLERS: Handlers = {
  go: () => import("./commands/go.ts"),
  plan: () => import("./commands/plan.ts"),
  status: () => import("./commands/status.ts"),
  inbox: () => import("./commands/inbox.ts"),
  decide: () => import("./commands/decide.ts"),
  accept: () => import("./commands/accept.ts"),
  pause: () => import("./commands/pause.ts"),
  resume: () => import("./commands/resume.ts"),
  cancel: () => import("./commands/cancel.ts"),
  prioritize: () => import("./commands/prioritize.ts"),
  add: () => import("./commands/add.ts"),
  edit: () => import("./commands/edit.ts"),
  remove: () => import("./commands/remove.ts"),
  show: () => import("./commands/show.ts"),
  why: () => import("./commands/why.ts"),
  trace: () => import("./commands/trace.ts"),
  report: () => import("./commands/report.ts"),
  log: () => import("./commands/log.ts"),
  verify: () => import("./commands/verify.ts"),
  serve: () => import("./commands/serve.ts"),
  stop: () => import("./commands/stop.ts"),
  doctor: () => import("./commands/doctor.ts"),
  init: () => import("./commands/init.ts"),
  metrics: () => import("./commands/metrics.ts"),
  export: () => import("./commands/export.ts"),
  "workflow list": () => import("./commands/workflow-list.ts"),
  "workflow show": () => import("./commands/workflow-show.ts"),
  "workflow check": () => import("./commands/workflow-check.ts"),
  "workflow diff": () => import("./commands/workflow-diff.ts"),
  "workflow history": () => import("./commands/workflow-history.ts"),
  "handoff list": () => import("./commands/handoff-list.ts"),
  "handoff show": () => import("./commands/handoff-show.ts"),
  "handoff repair": () => import("./commands/handoff-repair.ts"),
  completion: () => import("./commands/completion.ts"),
};
