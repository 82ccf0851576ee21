/** Events and commands of attempts that agents do. */
import type { AutonomyPolicy, HazardKind, KnownTests, Outcome, Places } from "../autonomy/types.ts";
import type { WatchFinding } from "../checks/judge-sample.ts";
import type {
  AgentAction,
  AgentSession,
  FailureKind,
  RefusedHost,
  SessionStart,
  StopReason,
} from "./agent.ts";
import type { AttemptId, DecisionId, EpochMs, Oid, TaskId } from "./ids.ts";

/** Which attempt speaks; with an old fence it is refused. */
interface Claim {
  readonly attempt: AttemptId;
  readonly fence: number;
}

/** What was counted of an attempt at its end. */
export interface Measured {
  /** How often its agent called a tool; absent: it is no agent, or not known. */
  readonly toolCalls?: number;
  /** The most resident memory that it had, with all its processes, bytes; absent: nobody has measured. */
  readonly peakMemoryBytes?: number;
}

/** The conversation can be taken up again from now on. */
export interface SessionOpened extends Claim {
  readonly kind: "session_opened";
  readonly session: AgentSession;
  readonly how: SessionStart;
}

/** A checkpoint: what the work tree held when the agent's turn ended. */
export interface TurnEnded extends Claim {
  readonly kind: "turn_ended";
  readonly stop: StopReason;
  /** Commit of the snapshot; null: nothing has changed since the start, or it could not be taken. */
  readonly checkpoint: Oid | null;
}

/** Its agent has nothing more to do: what is checked of its work decides. Stopped before that is known, only the checks are done again. */
export interface WorkFinished extends Claim {
  readonly kind: "work_finished";
}

/** What an agent leaves for whoever goes on, in its own words. */
export interface HandOffWritten extends Claim {
  readonly kind: "hand_off_written";
  readonly summary: string;
  /** At most 20. */
  readonly notes: readonly string[];
  /** Its task needs no change, as it says. */
  readonly isNothing?: true;
}

/**
 * What osqr does about a failure: `resume` the same conversation, `wait` until it may be tried again, `ask` a person.
 */
export type RecoveryStep = "resume" | "wait" | "ask";

/** How a failure of an agent is dealt with (WO-8). Counted along the task: another attempt does not start from zero. */
export interface RecoveryChosen {
  readonly kind: "recovery_chosen";
  readonly attempt: AttemptId;
  readonly task: TaskId;
  readonly failure: FailureKind;
  readonly step: RecoveryStep;
  /** Which failure of this kind in a row it is, from 1. */
  readonly nth: number;
  /** Of `wait`: when it goes on by itself. */
  readonly until: EpochMs | null;
  readonly reason: string;
  /** Of `validation`: what was said by what turned the result down, at most 8 KiB; the next prompt holds it. */
  readonly output?: readonly string[];
}

/** It reached for hosts that it may not reach. */
export interface NetworkRefused extends Claim {
  readonly kind: "network_refused";
  /** At most 20. `count`: how often since it was told last. */
  readonly hosts: readonly RefusedHost[];
}

/** What a judgement says of itself. */
interface Judged extends Claim {
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  /** What the answer to it teaches something about; null: nothing is ever learned from it. */
  readonly learns: string | null;
  /** Of `ask`: what is asked. */
  readonly decision?: DecisionId;
}

/** A request for permission as it was judged. */
export interface PermissionJudged extends Judged {
  readonly kind: "permission_judged";
  /** The agent's own name for its request. */
  readonly request: string;
  readonly action: Omit<AgentAction, "content" | "shown">;
  readonly hazards: readonly HazardKind[];
}

/** Something that an agent decided by itself, as it was judged. */
export interface ChoiceJudged extends Judged {
  readonly kind: "choice_judged";
  readonly subject: string;
  readonly choice: string;
  readonly reason: string;
  /** As the agent states it, 0 to 1. */
  readonly confidence: number;
}

/** What a judgement depends on beside the history: handed in with the command, because it lies in files. */
interface Judging extends Claim {
  readonly policy: AutonomyPolicy;
  readonly places: Places;
  readonly tests: KnownTests;
}

/** What a look at it found: the checks whose limits it is near, or beyond; empty: all is well again. Only where that has changed. */
export interface AttemptWatched extends Claim {
  readonly kind: "attempt_watched";
  /** At most one for each check. */
  readonly findings: readonly WatchFinding[];
}

export type AgentEventBody =
  | AttemptWatched
  | PermissionJudged
  | ChoiceJudged
  | SessionOpened
  | (TurnEnded & { readonly turn: number })
  | WorkFinished
  | HandOffWritten
  | NetworkRefused
  | RecoveryChosen;

export type AgentCommand =
  | SessionOpened
  | TurnEnded
  | WorkFinished
  | HandOffWritten
  | NetworkRefused
  /** Nothing was seen of its agent for so long, ms. */
  | ({
      readonly kind: "attempt_stuck";
      readonly quietMs: number;
      /** It works, and makes nothing: what was seen. Absent: nothing at all was seen of it. */
      readonly busy?: Pick<WatchFinding, "reason" | "advice">;
    } & Claim)
  | AttemptWatched
  /** Something was, after all. `busy`: it makes something, after all; only what was asked of that is not asked any more. */
  | ({ readonly kind: "attempt_moved"; readonly busy?: true } & Claim)
  | ({
      readonly kind: "permission_requested";
      readonly request: string;
      /** As it is: it is judged so, and recorded as `mask` leaves it. */
      readonly action: AgentAction;
      /** Takes out what may not be recorded. @default nothing is taken out */
      readonly mask?: (text: string) => string;
    } & Judging)
  | ({ readonly kind: "choice_reported" } & Pick<
      ChoiceJudged,
      "subject" | "choice" | "reason" | "confidence"
    > &
      Judging);
