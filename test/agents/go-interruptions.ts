/** What may come between while an agent sits in a command: the same work each time, ended and taken up in other ways. */
import assert from "node:assert/strict";
import { findProcesses, waitUntil } from "../../src/sandbox/testing.ts";
import type { GoRig, GoScenario } from "./go-rig.ts";
import { assertGoesOn, shell, tellSeconds, write } from "./go-words.ts";
import { killPrograms } from "./processes.ts";

interface Interruption {
  readonly name: string;
  /** Says go. @default the rig's own service does */
  readonly begin?: (rig: GoRig) => void;
  stop(rig: GoRig): Promise<unknown>;
  /** How long anything of it may be left then, ms; null: it comes again by itself, or nobody is there to end it. */
  readonly goneMsMax: number | null;
  /** Has it go on, where it does not by itself; null: it never does, and what it did is kept aside. */
  readonly goOn: ((rig: GoRig) => Promise<unknown>) | null;
  /** What osqr does about it, as `failure: step`. @default nothing: it is no failure */
  readonly recovery?: readonly string[];
}

/** Until a real agent on a slow machine is in its first turn. */
const START_MS_MAX = 120_000;
/** A command that ends only with its attempt, and leaves a child of its own session. A bare `sleep` did not last with every agent. */
const NAPS = ["tail -s 98.765 -f /dev/null", "tail -s 98.766 -f /dev/null"] as const;
const NAP = `(setsid ${NAPS[1]} &) ; ${NAPS[0]}`;

const STALLING: Pick<GoScenario, "tasks" | "script"> = {
  tasks: ["Do two things"],
  script: {
    prompts: [
      { match: "You were stopped", turns: [write("second.txt", "2\n"), { say: "Both are done." }] },
      { match: "# T1 Do two things", turns: [write("first.txt", "1\n"), shell(NAP), { say: "Woke up." }] },
    ],
  },
};

async function steer({ osqr, repo }: GoRig, intent: "pause" | "cancel"): Promise<void> {
  await osqr.service.steer(repo.root, intent, ["greet"], "not now");
  await osqr.until("attempt_ended");
}

const TABLE: readonly Interruption[] = [
  {
    name: "go pause",
    stop: (rig) => steer(rig, "pause"),
    goneMsMax: 2_000,
    goOn: ({ osqr, repo }) => osqr.service.steer(repo.root, "resume", ["greet"], "now"),
  },
  { name: "go cancel", stop: (rig) => steer(rig, "cancel"), goneMsMax: 2_000, goOn: null },
  {
    name: "go crash",
    stop: async ({ traces }) => killPrograms(traces),
    goneMsMax: null,
    goOn: async () => undefined,
    recovery: ["crashed: resume"],
  },
  {
    name: "go daemon",
    stop: ({ osqr }) => osqr.close(),
    goneMsMax: 2_000,
    goOn: (rig) => rig.open(),
  },
  {
    name: "go killed",
    begin: (rig) => rig.spawnDaemon(),
    stop: (rig) => rig.killDaemon(),
    goneMsMax: null,
    goOn: (rig) => rig.open(),
  },
];

async function play(rig: GoRig, interruption: Interruption): Promise<string> {
  const { begin, goneMsMax, goOn, recovery = [] } = interruption;
  if (begin === undefined) await (await rig.open()).start();
  else begin(rig);
  const isNapping = () => NAPS.every((nap) => findProcesses(nap, { isExact: true }).length > 0);
  await waitUntil("the command and its child", isNapping, START_MS_MAX);
  const stoppedAt = performance.now();
  const gone = await stop(rig, interruption);
  if (goneMsMax !== null) assert.ok(gone < goneMsMax, `gone within ${goneMsMax} ms, took ${gone}`);
  const words = goneMsMax === null ? [] : [`gone in ${gone} ms`];
  if (goOn === null) {
    assert.ok(!rig.list().includes("first.txt"), "nothing of it is merged");
    assert.ok(rig.repo.git("for-each-ref", "refs/osqr/salvage").length > 0, "its work is kept");
  } else {
    const wentOnAt = goneMsMax === null ? stoppedAt : performance.now();
    await goOn(rig);
    await rig.osqr.until("workstream_landed");
    assert.deepEqual([rig.read("first.txt"), rig.read("second.txt")], ["1", "2"]);
    words.push(assertGoesOn(rig.osqr), `${tellSeconds(performance.now() - wentOnAt)} to the merge`);
  }
  const recovered = rig.osqr.ofKind("recovery_chosen").map(({ failure, step }) => `${failure}: ${step}`);
  assert.deepEqual(recovered, recovery);
  return words.join(", ");
}

/** Ends it; how long until nothing of it is there, ms, where that comes. */
async function stop(rig: GoRig, { stop, goneMsMax }: Interruption): Promise<number> {
  assert.ok(rig.listProcesses().length > NAPS.length, "its processes are found");
  const begun = performance.now();
  const stopping = stop(rig);
  const isGone = () => rig.listProcesses().length === 0;
  if (goneMsMax !== null) await waitUntil("its processes to be gone", isGone, 10 * goneMsMax);
  const tookMs = Math.round(performance.now() - begun);
  await stopping;
  return tookMs;
}

export const INTERRUPTIONS: readonly GoScenario[] = TABLE.map((interruption) => ({
  ...STALLING,
  name: interruption.name,
  play: (rig) => play(rig, interruption),
}));
