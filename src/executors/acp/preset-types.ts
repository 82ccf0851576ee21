import type { Mount } from "../../sandbox/types.ts";
import type { ActionQuirks } from "./action.ts";
import type { JsonObject } from "./json.ts";
import type { UsageQuirks } from "./usage.ts";

/** One way to start an agent; of several the first that is found is used. */
export interface AgentCandidate {
  /** Name on PATH, or an absolute path. */
  readonly program: string;
  /** Arguments that make it speak the protocol on its stdin and stdout. */
  readonly args: readonly string[];
  /** Arguments that make it print its version; null: it has none. */
  readonly versionArgs: readonly string[] | null;
  /** How it is installed, for people: a command, or the address of an archive. */
  readonly install: string;
}

/** A file that the agent finds in its private home. */
export interface AgentFile {
  /** Relative to the home. */
  readonly path: string;
  readonly content: string;
}

/** What a login needs: any one of the variables, or the login file. osqr stores neither. */
export interface AgentLogin {
  /** Variables of the operator that are handed in where they are set. */
  readonly variables: readonly string[];
  /** Of them, those that are no keys but point to the provider, e.g. a base URL. */
  readonly settings: readonly string[];
  /** Relative to the operator's home and to the private one; read-only inside. Null: none. */
  readonly file: string | null;
  /** Method of `authenticate` to call where that variable is set; null: none is needed. */
  readonly method: { readonly id: string; readonly variable: string } | null;
}

/** One provider whose requests can be led through osqr's meter: the agent gets an address of its own and a word in place of the key. */
export interface MeterWay {
  /** Of several with the same provider the first counts whose key is there. */
  readonly provider: string;
  /** Variable of the operator that holds the key. */
  readonly key: string;
  /** How the provider wants it. */
  readonly header: "x-api-key" | "bearer" | "x-goog-api-key";
  /** What stands before the paths of its requests. */
  readonly baseUrl: string;
  /** Variable of the operator that says so in its place; null: none does. */
  readonly baseVariable: string | null;
  /** What the agent gets; `{url}` is the meter's address, `{key}` what opens it. */
  readonly env: Readonly<Record<string, string>>;
  /** Put into the JSON of a variable, the same filled in; null: nothing. */
  readonly config: { readonly variable: string; readonly value: JsonObject } | null;
}

/** How a model is chosen: by an option of the session, or before the start. */
export type ModelChoice =
  | { readonly kind: "option" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "argument"; readonly flag: string };

export interface AgentQuirks extends ActionQuirks, UsageQuirks {
  /** It ends its turn where something is refused to it: it is told why in a prompt of its own. */
  readonly rejectionEndsTurn?: boolean;
  /** Its own sandbox lets it write a file that was allowed, but make no folder for it: osqr makes it. */
  readonly needsFolders?: boolean;
  /** It tells what its conversation costs: no price is added. */
  readonly tellsCost?: boolean;
  /** It loses a conversation that is loaded in the clock minute in which it began: that minute is waited for. */
  readonly losesYoungSessions?: boolean;
  /** Its forms ask for permission too, in words of its own: it gets none, and asks by permission requests. */
  readonly formsAreApprovals?: boolean;
  /** Lines on its stderr that are about its own insides: nobody is shown them. */
  readonly debugLines?: RegExp;
}

/** All that osqr knows of one agent. Data: from here, the operator's config, or a registry's launch data. */
export interface AgentPreset {
  /** Name of the executor. */
  readonly name: string;
  readonly title: string;
  readonly candidates: readonly AgentCandidate[];
  /** The agent's own program, where the candidates only speak for it; null: they are the agent. */
  readonly base: string | null;
  /** The oldest version that was seen to work; null: any. */
  readonly floor: string | null;
  /** Variables, most of them to switch off what phones home. */
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly AgentFile[];
  /** What it cannot start without, beside the programs on PATH. */
  readonly mounts: readonly Mount[];
  /** Id of the session's mode; null: as it starts. */
  readonly mode: string | null;
  readonly model: ModelChoice;
  readonly login: AgentLogin;
  /** Of several providers with a key all are metered. Empty: its requests cannot be led anywhere. */
  readonly meters: readonly MeterWay[];
  /** Hosts that its models are at. */
  readonly hosts: readonly string[];
  readonly quirks: AgentQuirks;
  /** Why it cannot be started, whatever is installed: its launch data is at fault; absent: nothing is wrong. */
  readonly problem?: string;
}
