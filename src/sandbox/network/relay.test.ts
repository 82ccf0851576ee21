import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Usage } from "../../core/model/agent.ts";
import { type AskInstallation, installAsk } from "../ask/install.ts";
import { createPlace, findProcesses, type TestPlace, toRequest, waitUntil } from "../testing.ts";
import { testLevels } from "../testing-levels.ts";
import type { Sandbox, SandboxRequest } from "../types.ts";
import { openMeter } from "./meter/meter.ts";
import { type RelayRoute, toRouteMounts, wrapWithRelay } from "./relay.ts";

for (const { isHere, title, create } of testLevels) {
  describe.skipIf(!isHere)(`the relay at level ${title}`, () => {
    let place: TestPlace;
    let sandbox: Sandbox;
    let ask: AskInstallation;
    let daemon: Server;
    let route: RelayRoute;
    beforeEach(async () => {
      place = createPlace();
      sandbox = create(place);
      ask = await installAsk(join(place.root, "bin"), process.execPath);
      daemon = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
      const socketPath = join(place.root, "echo");
      await new Promise<void>((resolve) => daemon.listen(socketPath, resolve));
      route = { socketPath, port: 0, env: { ECHO: "tcp:{port}:{port}", OTHER: "a b * $(id) 'x'" } };
    });
    afterEach(() => {
      daemon.close();
      place.remove();
    });

    function toRelayed(script: string, routes: readonly RelayRoute[], parts: Partial<SandboxRequest> = {}) {
      const request = toRequest(place, script, {
        ...parts,
        mounts: [...ask.mounts, ...toRouteMounts(routes)],
      });
      return { ...request, argv: wrapWithRelay(ask, routes, request.argv) };
    }
    const runRelayed = async (script: string, routes: readonly RelayRoute[]) =>
      (await sandbox.start(toRelayed(script, routes))).result;

    it("carries connections to the daemon's socket, and says by variables where", async () => {
      const script =
        'IFS=: read -r _ port again <<< "$ECHO"; exec 3<> /dev/tcp/127.0.0.1/$port; echo hi >&3; head -n 1 <&3; echo "$OTHER"; [ "$port" = "$again" ] && [ "$OSQR_RELAY" = "$port" ]';
      const result = await runRelayed(script, [route]);
      expect(result).toMatchObject({ exitCode: 0, tail: ["hi", "a b * $(id) 'x'"] });
    });

    it("leaves stdin and stdout to the command, byte for byte", async () => {
      const bytes = randomBytes(2_000_000);
      const running = await sandbox.start(
        toRelayed("cat; echo kept >&2; exit 3", [route], { stdio: "pipes" }),
      );
      const got = buffer(running.pipes!.stdout);
      running.pipes!.stdin.end(bytes);
      expect((await got).equals(bytes)).toBe(true);
      expect(await running.result).toMatchObject({ exitCode: 3, tail: ["kept"] });
      expect(findProcesses(ask.relay)).toEqual([]);
    });

    it("ends the command before it starts where a port is taken, and says so", async () => {
      const one = { ...route, port: await findPort() };
      const result = await runRelayed("echo started", [one, { ...one, env: {} }]);
      expect(result).toMatchObject({ exitCode: 69 });
      expect(result.tail).toEqual([`osqr-relay: cannot listen on 127.0.0.1:${one.port}: EADDRINUSE`]);
      expect(findProcesses(ask.relay)).toEqual([]);
    });

    it("shows a meter as the provider's own address, and the key is not inside", async () => {
      const upstream = createHttpServer((request, response) => {
        response.end(
          JSON.stringify({ saw: request.headers["x-api-key"], usage: { input_tokens: 3, output_tokens: 4 } }),
        );
      });
      await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
      const used: Usage[] = [];
      const meter = await openMeter({
        folder: place.root,
        upstreams: {
          "": {
            baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
            headers: { "x-api-key": "sk-real-0123456789" },
          },
        },
        admit: () => null,
        onEnd: (_, { usage }) => used.push(usage),
      });
      const env = { BASE_URL: "http://127.0.0.1:{port}", API_KEY: meter.key };
      const call =
        "fetch(process.env.BASE_URL + '/v1/messages', { method: 'POST', body: '{}', headers: { 'x-api-key': process.env.API_KEY } }).then((reply) => reply.text()).then(console.log)";
      const script = `env | grep -c sk-real || true; '${process.execPath}' -e "$CALL"`;
      const request = toRelayed(script, [{ socketPath: meter.socketPath, port: 0, env }]);
      const result = await (await sandbox.start({ ...request, env: { ...request.env, CALL: call } })).result;
      expect(result.tail).toEqual(["0", '{"saw":"[masked]","usage":{"input_tokens":3,"output_tokens":4}}']);
      await waitUntil("it was counted", () => used.length === 1);
      expect(used[0]).toMatchObject({ inputTokens: 3, outputTokens: 4 });
      await meter.close();
      upstream.closeAllConnections();
      upstream.close();
    });

    it("closes a connection when the daemon is not there", async () => {
      rmSync(route.socketPath);
      daemon.close();
      const gone = createServer();
      await new Promise<void>((resolve) => gone.listen(route.socketPath, resolve));
      const running = await sandbox.start(
        toRelayed(
          'read -r _; exec 3<> /dev/tcp/127.0.0.1/$OSQR_RELAY; cat <&3 || true; echo "end"',
          [route],
          {
            stdio: "pipes",
          },
        ),
      );
      const got = buffer(running.pipes!.stdout);
      await new Promise((resolve) => gone.close(resolve));
      running.pipes!.stdin.end("\n");
      expect((await got).toString()).toBe("end\n");
      await running.result;
    });
  });
}

it("is left out where there is nothing to carry, and takes no variable of two lines", () => {
  const ask = { node: "/node", relay: "/relay" };
  expect(wrapWithRelay(ask, [], ["true"])).toEqual(["true"]);
  const route = { socketPath: "/s", port: 0, env: { A: "x\nPATH=/evil" } };
  expect(() => wrapWithRelay(ask, [route], ["true"])).toThrow('expected a variable of one line, found "A"');
});

async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
