/** Requests for permission that wait for somebody's word. Only `allow_once` is ever sent: to remember is osqr's own business. */
import type { RequestPermissionResponse } from "@agentclientprotocol/sdk";
import type { AgentAction } from "../../core/model/agent.ts";
import type { Waits } from "../attempt-process.ts";
import type { EventQueue } from "../event-queue.ts";
import { maskShown } from "../mask-shown.ts";
import { type ActionQuirks, toAction } from "./action.ts";
import { type JsonObject, pick, toList, toObject, toText } from "./json.ts";
import { makeParentFolders } from "./parent-folders.ts";
import type { Voice } from "./voice.ts";

/** Requests that may be open at once; more are refused. */
const OPEN_MAX = 32;
/** Requests of one attempt in all; more are refused. */
const TOTAL_MAX = 10_000;

interface Option {
  readonly id: string;
  readonly kind: string;
}

interface OpenRequest {
  readonly action: AgentAction;
  readonly options: readonly Option[];
  readonly resolve: (response: RequestPermissionResponse) => void;
}

export interface PermissionParts {
  readonly events: EventQueue;
  readonly voice: Voice;
  readonly waits: Waits;
  readonly tree: string;
  readonly quirks: ActionQuirks;
  readonly servers: readonly string[];
  /** What a person is shown holds no secret. */
  readonly mask: (text: string) => string;
  /** What updates told of a call. */
  readonly findCall: (id: string) => JsonObject | null;
  /** It makes no folder for a file that it may make: they are made before it hears that it may. */
  readonly needsFolders: boolean;
  /** Something was refused: the agent may end its turn on it. */
  readonly onRefused: (what: string, reason: string) => void;
}

const CANCELLED: RequestPermissionResponse = { outcome: { outcome: "cancelled" } };

export class Permissions {
  readonly #parts: PermissionParts;
  readonly #open = new Map<string, OpenRequest>();
  #count = 0;
  #isOver = false;

  constructor(parts: PermissionParts) {
    this.#parts = parts;
  }

  /** @param signal aborts when the agent takes its request back */
  ask(params: unknown, signal: AbortSignal): Promise<RequestPermissionResponse> {
    const { events, voice, waits, tree, quirks, servers, findCall } = this.#parts;
    const given = toObject(pick(params, "toolCall")) ?? {};
    const known = findCall(toText(given.toolCallId) ?? "") ?? {};
    const call = { ...known, ...dropEmpty(given) };
    const meta = pick(params, "_meta");
    const action = maskShown(toAction({ call, meta }, tree, { ...quirks, servers }), this.#parts.mask);
    const options = readOptions(params);
    this.#count += 1;
    voice.finish();
    if (this.#isOver) return Promise.resolve(CANCELLED);
    if (this.#open.size >= OPEN_MAX || this.#count > TOTAL_MAX) {
      voice.say(`osqr: refused, as it asks for too much at once: ${action.title}`);
      return Promise.resolve(toResponse(options, "reject_once"));
    }
    const request = `permit-${this.#count}`;
    return new Promise((resolve) => {
      const close = (response: RequestPermissionResponse): void => {
        this.#open.delete(request);
        waits.close(request);
        resolve(response);
      };
      this.#open.set(request, { action, options, resolve: close });
      waits.open(request);
      signal.addEventListener("abort", () => close(CANCELLED), { once: true });
      events.push({ kind: "permission", request, action });
    });
  }

  /** One that is not open any more is left alone. */
  answer(request: string, isAllowed: boolean, reason: string): void {
    const open = this.#open.get(request);
    if (open === undefined) return;
    const { voice, onRefused } = this.#parts;
    if (isAllowed && open.options.some((option) => option.kind === "allow_once")) {
      if (this.#parts.needsFolders) this.#makeFolders(open.action);
      open.resolve(toResponse(open.options, "allow_once"));
      return;
    }
    const why = isAllowed ? "it could not be allowed just once, which is all that osqr allows" : reason;
    voice.say(`osqr: refused: ${open.action.title}${why === "" ? "" : ` (${why})`}`);
    onRefused(open.action.title, why);
    open.resolve(toResponse(open.options, "reject_once"));
  }

  #makeFolders({ kind, paths }: AgentAction): void {
    if (kind !== "create" && kind !== "edit" && kind !== "move") return;
    for (const path of paths) makeParentFolders(this.#parts.tree, path);
  }

  /** The turn is to end: all that is open is cancelled, as the protocol wants it, and what comes now too. */
  cancelAll(): void {
    this.#isOver = true;
    for (const open of [...this.#open.values()]) open.resolve(CANCELLED);
  }
}

function readOptions(params: unknown): Option[] {
  return toList(pick(params, "options")).flatMap((entry) => {
    const id = toText(pick(entry, "optionId"));
    const kind = toText(pick(entry, "kind"));
    return id === null || kind === null ? [] : [{ id, kind }];
  });
}

function toResponse(
  options: readonly Option[],
  kind: "allow_once" | "reject_once",
): RequestPermissionResponse {
  const option = options.find((entry) => entry.kind === kind);
  return option === undefined ? CANCELLED : { outcome: { outcome: "selected", optionId: option.id } };
}

/** The fields that say something: a later update does not take back what an earlier one told. */
export function dropEmpty(call: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(call).filter(
      ([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
