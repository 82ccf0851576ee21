import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestDaemon, type TestDaemon } from "../../../test/fixtures/cli-daemon.ts";
import { HANDOFF } from "../../../test/fixtures/fake-service.ts";
import type { HandoffDetail, HandoffView } from "../../engine/flow-service.ts";

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await openTestDaemon();
});
afterEach(() => daemon.close());

const BROKEN: HandoffView = {
  ...HANDOFF,
  id: "a-32",
  what: "token-format#T2",
  path: "token-format/t2/a-32-b1b2c3d4e5.md",
  status: "unreadable",
  fault: "refs/osqr/handoffs is gone",
  event: null,
  attempt: null,
  at: null,
  actor: null,
  outcome: null,
  next: null,
  whose: null,
};

test("handoff list: what each step left, what comes next, and how to mend what cannot be read", async () => {
  daemon.service.handoffs = async () => [
    HANDOFF,
    BROKEN,
    {
      ...HANDOFF,
      id: "token-format/integration/a1b2c3d",
      what: "token-format",
      event: "integrated",
      status: "uncollected",
      whose: null,
    },
  ];
  const { code, out, err } = await daemon.run("handoff list");
  expect([code, err]).toEqual([0, ""]);
  expect(`\n${out}`).toMatchInlineSnapshot(`
    "
    3 handoffs, 1 not committed yet, 1 cannot be read: osqr handoff repair

         of               id                                event       by       outcome                            next
      ✓  token-format#T1  a-31                              done        command  write the encoder: 1 file, +48 −0  T2 write the decoder (dana)
      ✗  token-format#T2  a-32                              –           –        refs/osqr/handoffs is gone         osqr handoff repair token-format#T2
      ○  token-format     token-format/integration/a1b2c3d  integrated  command  write the encoder: 1 file, +48 −0  T2 write the decoder
    "
  `);
  expect((await daemon.run("handoff list embeddings")).out).toContain("3 handoffs");
  daemon.service.handoffs = async () => [];
  expect((await daemon.run("handoff list")).out).toBe(
    "No handoffs yet: the first task that ends leaves one.\n",
  );
});

test("of very many the newest are shown, what cannot be read first, and the way to all of them", async () => {
  const many = Array.from({ length: 150 }, (_, at) => ({
    ...HANDOFF,
    id: `a-${at}`,
    at: new Date(1_700_000_000_000 + at * 1_000).toISOString(),
  }));
  daemon.service.handoffs = async () => [...many.slice(0, 60), BROKEN, ...many.slice(60)];
  const { out } = await daemon.run("handoff list");
  const ids = [...out.matchAll(/ (a-\d+) /g)].map(([, id]) => id);
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([100, "a-51", "a-149"]);
  expect(ids).toContain("a-32");
  expect(out).toContain("151 handoffs, 1 cannot be read");
  expect(out).toContain("and 51 more: osqr handoff list --all");
  const all = (await daemon.run("handoff list --all")).out;
  expect([...all.matchAll(/ (a-\d+) /g)]).toHaveLength(151);
  expect(all).not.toContain(" more:");
});

test("older handoffs are counted, and said how to be seen", async () => {
  daemon.service.handoffs = async (_root, _name, isAll) => [
    ...(isAll === true ? [{ ...HANDOFF, id: "a-30" }] : []),
    { ...HANDOFF, older: 1 },
  ];
  expect((await daemon.run("handoff list")).out).toContain("1 handoff, 1 older: osqr handoff list --all\n");
  expect((await daemon.run("handoff list --all")).out).toMatch(/^2 handoffs\n/);
  daemon.service.handoff = async () => ({ ...HANDOFF, older: 1, content: {}, text: "# Handoff\n" });
  const { out } = await daemon.run("handoff show token-format#T1");
  expect(out).toContain("  1 older: osqr handoff list token-format --all");
});

test("handoff show: the whole text; what cannot be read ends with 1 and the way out", async () => {
  const good = await daemon.run("handoff show token-format#T1");
  expect([good.code, `\n${good.out}`]).toMatchInlineSnapshot(`
    [
      0,
      "
    token-format#T1  refs/osqr/handoffs:token-format/t1/a-31-a1b2c3d4e5.md

      # Handoff
    ",
    ]
  `);
  const fields = await daemon.run("handoff show token-format#T1 --json");
  expect(JSON.parse(fields.out)).toMatchObject({ content: { schemaVersion: 2 } });
  const broken: HandoffDetail = { ...BROKEN, content: null, text: null };
  daemon.service.handoff = async () => broken;
  const bad = await daemon.run("handoff show token-format#T2");
  expect([bad.code, `\n${bad.out}`]).toMatchInlineSnapshot(`
    [
      1,
      "
    token-format#T2  refs/osqr/handoffs:token-format/t2/a-32-b1b2c3d4e5.md
      ✗ cannot be read: refs/osqr/handoffs is gone
      made again from the history: osqr handoff repair token-format#T2
    ",
    ]
  `);
});

test("handoff repair: says what was wrong; nothing to do is said too", async () => {
  const { code, out } = await daemon.run("handoff repair token-format token-format#T1");
  expect([code, `\n${out}`]).toMatchInlineSnapshot(`
    [
      0,
      "
    1 handoff made again from the history.
      ✓ token-format#T1  token-format/t1/a-31-a1b2c3d4e5.md  (it is not JSON)
    ",
    ]
  `);
  expect(daemon.service.calls.at(-1)).toEqual(["repairHandoffs", ["token-format", "token-format#T1"]]);
  daemon.service.repairHandoffs = async () => [];
  expect((await daemon.run("handoff repair")).out).toBe("Nothing to repair: every handoff can be read.\n");
});
