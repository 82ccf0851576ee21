import { expect, test } from "vitest";
import { CoreDriver } from "../../test/support/core-driver.ts";
import type { RefusedHost } from "./model/agent.ts";
import { adviseOnRefused, boundRefused, REFUSED_HOSTS_MAX, sayRefused } from "./refused-hosts.ts";

const host = (name: string, count = 1, port = 443): RefusedHost => ({ host: name, port, count });
const T1 = "a#T1";

function begin(): CoreDriver {
  const core = new CoreDriver();
  core.begin([{ id: "a", tasks: [{ key: "T1", executor: "codex" }] }]);
  core.schedule();
  core.start(T1);
  return core;
}

const refuse = (core: CoreDriver, hosts: readonly RefusedHost[]) =>
  core.send({ kind: "network_refused", ...core.claim(T1), hosts });

test("what is refused adds up by host and port, and is named where the attempt fails", () => {
  const core = begin();
  refuse(core, [host("registry.example.org")]);
  refuse(core, [host("other.example.org", 1, 8080)]);
  refuse(core, [host("registry.example.org", 11)]);
  expect(core.attempt(T1).refusedHosts).toEqual([
    host("registry.example.org", 12),
    host("other.example.org", 1, 8080),
  ]);
  core.end(T1, "failed");
  expect(core.decision("D-1").context.split("\n")).toEqual([
    "last line",
    "It was refused the network: registry.example.org:443 ×12, other.example.org:8080; what it may reach: executors.codex.hosts or sandbox.network in your config.",
  ]);
});

test("of hosts beyond the first 20 nothing is kept, of those it goes on counting", () => {
  const core = begin();
  refuse(
    core,
    Array.from({ length: 30 }, (_, at) => host(`h${at}`)),
  );
  expect(core.attempt(T1).refusedHosts).toHaveLength(REFUSED_HOSTS_MAX);
  expect(refuse(core, [host("h25")])).toEqual([]);
  refuse(core, [host("h3", 4), host("h99")]);
  expect(core.attempt(T1).refusedHosts?.find((each) => each.host === "h3")?.count).toBe(5);
});

test("names and numbers have bounds, one that comes twice counts once", () => {
  const [long] = boundRefused([], [host("x".repeat(9_999))]);
  expect(long?.host).toHaveLength(253);
  expect(boundRefused([], [host("a", 2), host("a", 3)])).toEqual([host("a", 5)]);
  expect(boundRefused([], [host("a", Number.MAX_SAFE_INTEGER)])[0]?.count).toBe(1_000_000_000);
});

test("it is told short, with what would allow it", () => {
  const many = Array.from({ length: 7 }, (_, at) => host(`h${at}`, at + 1));
  expect(sayRefused(many)).toBe("h0:443, h1:443 ×2, h2:443 ×3, h3:443 ×4, h4:443 ×5 and 2 more");
  expect(adviseOnRefused({ executor: "codex" })).toBeNull();
  expect(adviseOnRefused({ executor: "command", refusedHosts: [host("a")] })).toBe(
    "It was refused the network: a:443; what it may reach: sandbox.network in your config.",
  );
});
