import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AskInstallation, installAsk } from "../../sandbox/ask/install.ts";
import {
  createPlace,
  createTestSandbox,
  isBubblewrapWorking,
  type TestPlace,
  toRequest,
  waitUntil,
} from "../../sandbox/testing.ts";
import type { Mount, SandboxedProcess, SandboxLevel } from "../../sandbox/types.ts";
import { type AgentDoor, createDoorToken, openAgentDoor } from "./open.ts";
import { ManualTimers, McpClient, RecordingHandlers, toAskArguments } from "./testing.ts";

const levels: readonly { level: SandboxLevel; isHere: boolean }[] = [
  { level: "bubblewrap", isHere: isBubblewrapWorking },
  { level: "process", isHere: true },
];

it("a token is 192 random bits", () => {
  expect(Buffer.from(createDoorToken(), "base64url")).toHaveLength(24);
  expect(createDoorToken()).not.toBe(createDoorToken());
});

for (const { level, isHere } of levels) {
  const where = isHere ? "" : " (does not work on this machine)";
  describe.skipIf(!isHere)(`an agent behind its door at level ${level}${where}`, () => {
    let place: TestPlace;
    let ask: AskInstallation;
    let handlers: RecordingHandlers;
    let timers: ManualTimers;
    let door: AgentDoor;
    let processes: SandboxedProcess[];
    beforeEach(async () => {
      place = createPlace();
      ask = await installAsk(join(place.osqrHome, "attempts/a-1/bin"), process.execPath);
      handlers = new RecordingHandlers();
      timers = new ManualTimers();
      processes = [];
      door = await openDoorFor("a-1");
    });
    afterEach(async () => {
      await Promise.all(processes.map((started) => started.terminate("cancel")));
      await door.close();
      place.remove();
    });

    const openDoorFor = (attempt: string) =>
      openAgentDoor({
        folder: join(place.osqrHome, "attempts", attempt),
        program: ask.mcp,
        token: createDoorToken(),
        handlers,
        startTimer: timers.start,
      });

    /** Starts the server as an agent does, inside the sandbox, with the network off. */
    async function start(env: Readonly<Record<string, string>> = door.mcpServer.env) {
      const mount: Mount = { source: door.path, target: door.path, mode: "write" };
      const started = await createTestSandbox(level, place).start({
        ...toRequest(place, "", { mounts: [...ask.mounts, mount], stdio: "pipes" }),
        argv: [door.mcpServer.command, ...door.mcpServer.args],
        env,
      });
      processes.push(started);
      if (started.pipes === null) throw new Error("it has no pipes");
      return { started, client: new McpClient(started.pipes) };
    }

    async function readRefusal(env: Readonly<Record<string, string>>) {
      const { started } = await start(env);
      const { exitCode, tail } = await started.result;
      return { exitCode, tail };
    }

    it("finds its tools, asks, and goes on with the answer", async () => {
      const { started, client } = await start();
      expect((await client.initialize()).result).toMatchObject({
        protocolVersion: "2025-06-18",
        serverInfo: { name: "osqr" },
        instructions: expect.stringContaining("do not commit, push or touch .osqr/"),
      });
      const { result } = await client.request("tools/list");
      const tools = result?.tools as { name: string; annotations: object; _meta: object }[];
      expect(tools.map(({ name }) => name)).toEqual([
        "ask_operator",
        "report_decision",
        "report_progress",
        "get_context",
        "declare_blocker",
        "hand_off",
      ]);
      for (const tool of tools) {
        expect(tool).toMatchObject({
          inputSchema: { type: "object", additionalProperties: false },
          annotations: { destructiveHint: false, openWorldHint: false },
          _meta: { "anthropic/alwaysLoad": true },
        });
      }
      const question = client.call("ask_operator", toAskArguments());
      await waitUntil("it is asked", () => handlers.asked.length === 1);
      expect(await client.readCall(client.call("report_progress", { text: "meanwhile" }))).toBe("Shown.");
      expect(handlers.progress).toEqual(["meanwhile"]);
      expect(door.answer("tool-ask-1", "hosted")).toBe(true);
      expect(await client.readCall(question)).toBe(
        "The answer is hosted: elsewhere (recorded as D-1). Go on with it.",
      );
      started.pipes?.stdin.end();
      expect(await started.result).toMatchObject({ exitCode: 0 });
    });

    it("speaks the protocol's newer generation too", async () => {
      const { client } = await start();
      const _meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      };
      expect((await client.request("server/discover", { _meta })).result).toMatchObject({
        supportedVersions: expect.arrayContaining(["2026-07-28"]),
      });
      const call = { _meta, name: "report_progress", arguments: { text: "half way" } };
      expect(await client.readCall(client.send("tools/call", call))).toBe("Shown.");
    });

    it("is told after 240 s to end its turn; the answer that comes then is for the next prompt", async () => {
      const { client } = await start();
      await client.initialize();
      const question = client.call("ask_operator", toAskArguments());
      await waitUntil("it waits", () => timers.running.length === 1);
      expect(timers.running).toEqual([240_000]);
      timers.fire();
      expect(await client.readCall(question)).toContain("recorded as D-1");
      expect(door.answer("tool-ask-1", "local")).toBe(false);
      expect(door.answer("tool-ask-1", "local")).toBe(false);
    });

    it("is told when the attempt is being ended; its program ends with the door", async () => {
      const { started, client } = await start();
      await client.initialize();
      const question = client.call("ask_operator", toAskArguments());
      await waitUntil("it is asked", () => handlers.asked.length === 1);
      door.park();
      expect(await client.readCall(question)).toContain("The attempt is being ended for now.");
      expect(await readRefusal(door.mcpServer.env)).toMatchObject({ exitCode: 75 });
      await door.close();
      expect(await started.result).toMatchObject({
        exitCode: 75,
        tail: ["osqr-mcp: the attempt is being ended"],
      });
    });

    it("is refused with a wrong token, another attempt's, and without one", async () => {
      const other = await openDoorFor("a-2");
      const { OSQR_DOOR = "", OSQR_MCP_TOKEN } = door.mcpServer.env;
      const mixed = { OSQR_DOOR, OSQR_MCP_TOKEN: other.mcpServer.env.OSQR_MCP_TOKEN ?? "" };
      const refused = { exitCode: 1, tail: ["osqr-mcp: the token is not that of this attempt"] };
      expect(OSQR_MCP_TOKEN).not.toBe(mixed.OSQR_MCP_TOKEN);
      expect(await readRefusal(mixed)).toEqual(refused);
      expect(await readRefusal({ OSQR_DOOR, OSQR_MCP_TOKEN: createDoorToken() })).toEqual(refused);
      expect(await readRefusal({ OSQR_DOOR })).toMatchObject({
        exitCode: 1,
        tail: [expect.stringContaining("OSQR_MCP_TOKEN is not set")],
      });
      await other.close();
    });

    it("cannot come again with the token of an attempt that has ended", async () => {
      const { env } = door.mcpServer;
      await door.close();
      door = await openDoorFor("a-1");
      expect(door.mcpServer.env.OSQR_DOOR).toBe(env.OSQR_DOOR);
      expect(await readRefusal(env)).toEqual({
        exitCode: 1,
        tail: ["osqr-mcp: the token is not that of this attempt"],
      });
    });

    it("sends nonsense, halves and floods: each gets a word, and the rest goes on", async () => {
      const { started, client } = await start();
      await client.initialize();
      const before = client.received.length;
      client.write('nonsense\n[]\n{"jsonrpc":"2.0","id":7777,"result":{}}\n\n{"half":');
      client.write('"a line"}\n');
      const long = client.call("hand_off", { summary: "x".repeat(3_000_000) });
      expect(await client.readCall(long)).toBe("error: a message is above 1048576 bytes: write less");
      expect(client.received.slice(before).map(({ error }) => error?.code)).toEqual([
        -32_700, -32_600, -32_600, -32_600,
      ]);
      expect(await client.readCall(client.call("decide", { option: "local" }))).toBe(
        "error: Tool decide not found",
      );
      expect(await client.readCall(client.call("report_progress", { text: "still here" }))).toBe("Shown.");
      client.write("nonsense\n".repeat(10_000));
      expect(await started.result).toMatchObject({ exitCode: 75 });
      expect(client.received.filter(({ error }) => error?.code === -32_700).length).toBeLessThanOrEqual(100);
      expect([handlers.asked, handlers.reports]).toEqual([[], []]);
    });

    it("asks with osqr-ask too, and hears where that is not taken", async () => {
      const run = async (script: string) => {
        const mount: Mount = { source: door.path, target: door.path, mode: "write" };
        const request = toRequest(place, script, { mounts: [...ask.mounts, mount] });
        const env = { ...request.env, OSQR_DOOR: door.path, PATH: `${ask.folder}:/usr/bin:/bin` };
        const started = await createTestSandbox(level, place).start({ ...request, env });
        processes.push(started);
        return started.result;
      };
      const answered = run('osqr-ask MODEL "Which model?" a=x b=y');
      await waitUntil("it is asked", () => handlers.asked.length === 1);
      expect(door.answer("ask-1", "b")).toBe(true);
      expect(await answered).toMatchObject({ exitCode: 0, tail: ["b"] });
      handlers.refusal = "the workstream is cancelled";
      expect(await run('osqr-ask MODEL "Which model?" a=x b=y')).toMatchObject({
        exitCode: 2,
        tail: ["osqr-ask: the workstream is cancelled"],
      });
    });
  });
}
