/** Branded ids: strings that the compiler keeps apart. Every id is short enough to be typed by a person. */
type Brand<Name extends string> = string & { readonly __brand: Name };

/** Id of a project: `p-` and 8 hex digits of the hash of its real path. */
export type ProjectId = Brand<"ProjectId">;
/** Id of a workstream: its spec's key, made unique in the project, e.g. `token-format`. */
export type WorkstreamId = Brand<"WorkstreamId">;
/** Id of a task: `<workstream>#<task key>`, e.g. `token-format#T1`. */
export type TaskId = Brand<"TaskId">;
/** Id of an attempt, e.g. `a-31`; counts up over the whole home. */
export type AttemptId = Brand<"AttemptId">;
/** Id of a decision, e.g. `D-4`; counts up over the whole home. */
export type DecisionId = Brand<"DecisionId">;
/** Id of a run, e.g. `r-7`; counts up over the whole home. */
export type RunId = Brand<"RunId">;
/** Id of a blocker, e.g. `B-2`; counts up over the whole home. */
export type BlockerId = Brand<"BlockerId">;
/** Id of a migration, e.g. `M-1`; counts up over the whole home. */
export type MigrationId = Brand<"MigrationId">;
/** A git object name: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type Oid = string;
/** Milliseconds since the Unix epoch. */
export type EpochMs = number;

export const toProjectId = (text: string): ProjectId => text as ProjectId;
export const toWorkstreamId = (text: string): WorkstreamId => text as WorkstreamId;
export const toTaskId = (workstream: string, key: string): TaskId => `${workstream}#${key}` as TaskId;
export const toAttemptId = (n: number): AttemptId => `a-${n}` as AttemptId;
export const toDecisionId = (n: number): DecisionId => `D-${n}` as DecisionId;
export const toBlockerId = (n: number): BlockerId => `B-${n}` as BlockerId;
export const toMigrationId = (n: number): MigrationId => `M-${n}` as MigrationId;
export const toRunId = (n: number): RunId => `r-${n}` as RunId;
