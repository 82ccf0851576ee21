import type { CreateElicitationResponse, RequestPermissionResponse } from "@agentclientprotocol/sdk";
import { type ClientConnection, client, methods } from "@agentclientprotocol/sdk";
import type { ProcessPipes } from "../../sandbox/types.ts";
import { openWire } from "./wire.ts";

/** What an agent asks and tells. Parameters come unchecked: an agent with a field too many is still understood. */
export interface AgentHandlers {
  readonly onUpdate: (params: unknown) => void;
  readonly onPermission: (params: unknown, signal: AbortSignal) => Promise<RequestPermissionResponse>;
  readonly onForm: (params: unknown, signal: AbortSignal) => Promise<CreateElicitationResponse>;
  /** A line that is no message. */
  readonly onOdd: (line: string) => void;
  readonly onBroken: (reason: string) => void;
}

export interface AgentLine {
  readonly connection: ClientConnection;
  /** Resolves when the agent says no more. */
  readonly ended: Promise<void>;
}

export function connectAgent(pipes: ProcessPipes, handlers: AgentHandlers): AgentLine {
  const { onUpdate, onOdd, onBroken } = handlers;
  const wire = openWire({ pipes, onUpdate, onOdd, onBroken });
  const asIs = (params: unknown): unknown => params;
  const connection = client({ name: "osqr" })
    .onRequest(methods.client.session.requestPermission, asIs, ({ params, signal }) =>
      handlers.onPermission(params, signal),
    )
    .onRequest(methods.client.elicitation.create, asIs, ({ params, signal }) =>
      handlers.onForm(params, signal),
    )
    .connect(wire.stream);
  return { connection, ended: wire.ended };
}
