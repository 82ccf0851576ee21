/** `initialize`: what an agent is and can do. */
import { type ClientContext, methods, PROTOCOL_VERSION } from "@agentclientprotocol/sdk";
import { VERSION } from "../../core/version.ts";
import { pick, toList, toObject, toText } from "./json.ts";
import type { AgentPreset } from "./preset-types.ts";
import { TroubleError } from "./trouble.ts";
import { isOlder } from "./versions.ts";

/** What an agent told about itself. */
export interface AgentFacts {
  /** Its name and version, e.g. `claude-agent-acp 0.100.0`. */
  readonly agent: string;
  /** Null: it does not say. */
  readonly version: string | null;
  readonly canResume: boolean;
  readonly canLoad: boolean;
  readonly canClose: boolean;
  /** Ids of its ways to log in. */
  readonly logins: readonly string[];
}

/** @throws TroubleError where it speaks another version of the protocol or is too old. */
export async function greet(agent: ClientContext, preset: AgentPreset): Promise<AgentFacts> {
  const forms = preset.quirks.formsAreApprovals === true ? {} : { elicitation: { form: {} } };
  const reply: unknown = await agent.request(methods.agent.initialize, {
    protocolVersion: PROTOCOL_VERSION,
    clientInfo: { name: "osqr", title: "osqr", version: VERSION },
    // Agents use their own tools: files and commands stay inside the sandbox.
    clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false, ...forms },
  });
  if (toObject(reply) === null || pick(reply, "protocolVersion") !== PROTOCOL_VERSION) {
    const found = JSON.stringify(pick(reply, "protocolVersion") ?? null).slice(0, 50);
    const reason = `it speaks version ${found} of the Agent Client Protocol, expected ${PROTOCOL_VERSION}`;
    throw new TroubleError({ kind: "protocol", reason });
  }
  const version = toText(pick(reply, "agentInfo", "version"));
  const name = toText(pick(reply, "agentInfo", "name")) ?? preset.name;
  if (version !== null && preset.floor !== null && isOlder(version, preset.floor)) {
    const install = preset.candidates[0]?.install ?? "install a newer one";
    const reason = `version ${version.slice(0, 50)} is older than ${preset.floor}, which is needed; run: ${install}`;
    throw new TroubleError({ kind: "unfit", reason });
  }
  const can = (...path: string[]): unknown => pick(reply, "agentCapabilities", ...path);
  return {
    agent: [name.replace(/^@[^/]+\//, ""), version ?? ""].join(" ").trim().slice(0, 200),
    version,
    canResume: toObject(can("sessionCapabilities", "resume")) !== null,
    canLoad: can("loadSession") === true,
    canClose: toObject(can("sessionCapabilities", "close")) !== null,
    logins: toList(pick(reply, "authMethods"))
      .map((method) => toText(pick(method, "id")))
      .filter((id) => id !== null),
  };
}
