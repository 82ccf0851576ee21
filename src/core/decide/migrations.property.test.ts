/** Random migrations in a small world: another workstream depends on tasks and phases, people sign and answer. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { inOrder, question, type TaskInput } from "../../../test/support/core-builders.ts";
import { CoreDriver } from "../../../test/support/core-driver.ts";
import { evolve } from "../evolve/evolve.ts";
import { planRollback } from "../migration/rollback.ts";
import type { Command } from "../model/command.ts";
import type { TaskMapping } from "../model/flow.ts";
import { type MigrationId, toWorkstreamId } from "../model/ids.ts";
import { emptyState } from "../model/state.ts";
import { dumpState } from "../snapshot.ts";

const SIZE = 5;

interface Change {
  readonly how: "keep" | "change" | "redo" | "rename" | "drop";
  readonly isNewBefore: boolean;
  readonly phase: "p" | "q" | null;
  readonly asks: boolean;
}

const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    how: fc.constantFrom("keep", "change", "redo", "rename", "drop"),
    isNewBefore: fc.boolean(),
    phase: fc.constantFrom("p", "q", null),
    asks: fc.boolean(),
  }),
  { minLength: SIZE, maxLength: SIZE },
);

const isReview = (index: number): boolean => index === 2;

/** Task `T<index>`; the third is a review. */
const task = (index: number, more: Partial<TaskInput> = {}): TaskInput => ({
  key: `T${index}`,
  title: `do T${index}`,
  phase: index < 3 ? "p" : "q",
  ...(isReview(index) ? { kind: "review", executor: "person", script: null, returnsTo: ["tasks"] } : {}),
  ...more,
});

function toMigration(core: CoreDriver, wanted: readonly Change[], round: number): Command {
  const { workflow, spec, title, steps } = core.workstream("a");
  const tasks: TaskInput[] = [{ key: `last${round}` }];
  const mapping: TaskMapping[] = [];
  const known = new Set(core.workstream("a").tasks.map((id) => id.slice(2)));
  wanted.forEach(({ how, isNewBefore, phase, asks }, index) => {
    const from = [`T${index}`, `W${index}`].find((key) => known.has(key));
    if (isNewBefore) tasks.push({ key: `new${round}-${index}`, phase });
    if (from === undefined) return;
    const to =
      how === "drop" ? null : how === "rename" ? (from.startsWith("T") ? `W${index}` : `T${index}`) : from;
    if (to !== null) {
      const script = isReview(index)
        ? {}
        : { script: how === "change" ? `round ${round}` : core.task(`a#${from}`).script };
      tasks.push(task(index, { key: to, phase, ...script, ...(asks ? { requires: ["question:K"] } : {}) }));
    }
    mapping.push({ from, to, ...(how === "redo" ? { redo: true } : {}) });
  });
  for (const key of known) {
    if (mapping.some(({ from }) => from === key)) continue;
    mapping.push({ from: key, to: null });
  }
  const phases = [...new Set(tasks.flatMap(({ phase }) => phase ?? []))];
  return {
    kind: "migrate",
    workstream: toWorkstreamId("a"),
    workflow: { ...workflow, version: workflow.version + 1 },
    ...{ spec, title, steps },
    declared: { touches: [], gates: null },
    tasks: inOrder("a", tasks),
    phases: phases.map((key) => ({ key, title: key })),
    mapping,
    questions: wanted.some(({ asks }) => asks) ? [question("K")] : [],
    ranks: null,
    by: "dana",
    reason: "better",
    rollsBack: null,
  };
}

/** Everything that a person or a program can do now, once. */
function step(core: CoreDriver): boolean {
  const launched = core.schedule(2);
  core.finish(...launched);
  const open = core.open();
  for (const id of open) {
    const { subject, state } = core.decision(id);
    if (state.kind !== "open") continue;
    const option = subject.kind === "review" ? "approve" : subject.kind === "dependency" ? "go-on" : "a";
    const rest = { by: "user" as const, signer: "sam", reasoning: "fine" };
    core.send({ kind: "resolve", decision: id as never, option, ...rest });
    if (subject.kind === "review") core.join(subject.task);
  }
  const queued = [...core.state.mergeQueue.values()];
  for (const id of queued) core.land(id);
  return launched.length + open.length + queued.length > 0;
}

function begin(): CoreDriver {
  const core = new CoreDriver();
  const b: TaskInput[] = [
    { key: "B1", requires: ["task:a#T1"], knowledge: ["a#T1" as never] },
    { key: "B2", requires: ["phase:a/p", "task:a#T3"] },
    { key: "B3", requires: ["done:a"] },
  ];
  core.begin([
    { id: "a", tasks: Array.from({ length: SIZE }, (_, index) => task(index)) },
    { id: "b", tasks: b, ordered: false },
  ]);
  return core;
}

const isOver = (core: CoreDriver): boolean => core.status("a") === "completed";

it("any migrations and rollbacks leave a state in which everything comes to its end, and which replays", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(changes, fc.nat(6), fc.boolean()), { minLength: 1, maxLength: 3 }),
      fc.nat(6),
      (rounds, first) => {
        const core = begin();
        for (let count = 0; count < first; count += 1) step(core);
        rounds.forEach(([wanted, later, isTakenBack], round) => {
          if (isOver(core)) return;
          core.send(toMigration(core, wanted, round));
          for (let count = 0; count < later; count += 1) step(core);
          const last = [...core.state.migrations.keys()]
            .toSorted((x, y) => Number(x.slice(2)) - Number(y.slice(2)))
            .at(-1);
          if (!isTakenBack || isOver(core) || last === undefined) return;
          const back = { ...planRollback(core.state, last as MigrationId), by: "sam", reason: "back" };
          core.send(back);
        });
        for (let count = 0; step(core); count += 1) expect(count).toBeLessThan(200);
        expect([core.status("a"), core.status("b")]).toEqual(["completed", "completed"]);
        let replayed = emptyState();
        for (const event of core.history) replayed = evolve(replayed, event);
        expect(dumpState(replayed)).toBe(dumpState(core.state));
      },
    ),
    { numRuns: 100 },
  );
});
