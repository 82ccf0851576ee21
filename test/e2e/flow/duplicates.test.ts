import { expect, test } from "vitest";
import type { DecisionView, WorkstreamView } from "../../../src/core/report/types.ts";
import type { Shown } from "../../../src/engine/service.ts";
import { type CliRepo, openCli, workflow } from "../../support/cli-repo.ts";
import { spec } from "../../support/e2e-repo.ts";

const STEPS = [{ key: "intake", role: "reviewer", duplicates: { threshold: 0.4 } }, { key: "tasks" }];

const rateLimit = (name: string): string =>
  spec({ "T1 Count requests of each client in a window of one minute": `echo ${name} > ${name}.txt` }, [
    "workflow: flow",
  ]).replace(
    "# Some work",
    "# Limit the rate of requests\n\nClients that send more than sixty requests within one minute are refused.",
  );

/** Specs that say nearly the same, and one that does not. */
const openTwins = (names: readonly string[]) =>
  openCli({
    ".osqr/workflows/flow.yaml": workflow("flow", STEPS),
    ...Object.fromEntries(names.map((name) => [`docs/${name}.md`, rateLimit(name)])),
    "docs/other.md": spec({ "T1 Paint the bicycle shed green": "echo other > other.txt" }, [
      "workflow: flow",
    ]),
  });

async function showWorkstream(cli: CliRepo, name: string): Promise<WorkstreamView> {
  return (await cli.ask<Extract<Shown, { kind: "workstream" }>>("show", name)).workstream;
}

const decisionOf = (decisions: readonly DecisionView[], name: string): DecisionView => {
  const found = decisions.find(({ workstream }) => workstream === name);
  if (found === undefined) throw new Error(`nothing is asked about ${name}`);
  return found;
};

const closing = (decision: DecisionView, how: string): string => {
  const found = decision.options.find(({ id }) => id.startsWith(`${how}-`));
  if (found === undefined)
    throw new Error(`no option ${how}: ${decision.options.map(({ id }) => id).join(", ")}`);
  return found.id;
};

test("scenario 5: suspected duplicates are merged, linked or closed by a person with a reason before anything of them is executed", async () => {
  const cli = openTwins(["first", "merged", "linked", "closed"]);
  const asked = await cli.go();
  // What is like nothing else bothers nobody, and nothing of the others has run.
  expect(asked.map(({ workstream }) => workstream).sort()).toEqual(["closed", "first", "linked", "merged"]);
  const started = (await cli.ofKind("attempts_claimed")).flatMap(({ launches }) =>
    launches.map(({ task }) => task),
  );
  expect(started.map((task) => task.split("/").at(-1))).toEqual(["other#T1"]);
  const merged = decisionOf(asked, "merged");
  const silent = await cli.osqr("decide", merged.id, closing(merged, "merge"), "--as", "kim", "--json");
  expect([silent.code, silent.stdout + silent.stderr]).toEqual([
    1,
    expect.stringContaining("reason-missing"),
  ]);
  const decide = (name: string, option: string, because: string) =>
    cli.ok("decide", decisionOf(asked, name).id, option, "--as", "kim", "--because", because);
  await decide("first", "distinct", "it came first");
  await decide("merged", closing(merged, "merge"), "the same limiter");
  await decide("linked", closing(decisionOf(asked, "linked"), "link"), "another endpoint");
  await decide("closed", closing(decisionOf(asked, "closed"), "close"), "asked for twice");
  expect(await cli.go()).toEqual([]);
  const built = ["first", "merged", "linked", "closed"].filter(
    (name) => cli.git("ls-files", `${name}.txt`) !== "",
  );
  expect(built).toEqual(["first", "linked"]);
  expect((await showWorkstream(cli, "merged")).closed).toMatchObject({ how: "merged" });
  expect((await showWorkstream(cli, "closed")).closed).toMatchObject({ how: "duplicate" });
  const linked = await showWorkstream(cli, "linked");
  expect(linked.links).toMatchObject([{ how: "related", reason: "another endpoint" }]);
  expect(linked.signOffs).toMatchObject([
    { step: "intake", outcome: "approved", by: "kim", role: "reviewer", reason: "another endpoint" },
  ]);
});

test("edge case 5: a person overturns the suspicion, and the reason stands in the history with the name", async () => {
  const cli = openTwins(["first", "second"]);
  const asked = await cli.go();
  const second = decisionOf(asked, "second");
  expect(second.question).toContain("first");
  const silent = await cli.osqr("decide", second.id, "distinct", "--as", "kim");
  expect(silent.code).toBe(1);
  for (const { id } of asked)
    await cli.ok("decide", id, "distinct", "--as", "kim", "--because", "another service");
  expect(await cli.go()).toEqual([]);
  const signed = await cli.ofKind("review_signed");
  expect(signed.filter(({ by }) => by === "kim")).toMatchObject([
    { outcome: "approved", role: "reviewer", reason: "another service" },
    { outcome: "approved", role: "reviewer", reason: "another service" },
  ]);
  expect(cli.read("second.txt")).toBe("second\n");
  expect((await cli.ok("log")).stdout).toContain("another service");
});

/** Three that say nearly the same, each with a word of its own; `c` keeps what it was told. */
const openChain = () =>
  openCli({
    ".osqr/workflows/flow.yaml": workflow("flow", STEPS),
    ...Object.fromEntries(
      ["a", "b", "c"].map((name) => [
        `docs/${name}.md`,
        rateLimit(name)
          .replace("are refused.", `are refused. UNIQ${name}`)
          .replace(`echo ${name} >`, 'cp "$OSQR_BRIEFING"'),
      ]),
    ),
  });

test("scenario 5: what was merged into something that is merged in its turn is done by the one at the end", async () => {
  const cli = openChain();
  const asked = await cli.go();
  const decide = (name: string, option: string) =>
    cli.ok("decide", decisionOf(asked, name).id, option, "--as", "kim", "--because", `${name} is the same`);
  await decide("a", "merge-2");
  await decide("b", "merge-3");
  await cli.go();
  const briefing = cli.read("c.txt");
  for (const word of ["UNIQa", "UNIQb", "UNIQc"]) expect(briefing).toContain(word);
  const { stdout } = await cli.ok("show", "c");
  expect(stdout).toContain("stands for (merged) b: b is the same");
  expect(stdout).toContain("stands for (merged) a, through b: a is the same");
});

test("a workstream that stands for others is not cancelled without a word on them", async () => {
  const cli = openChain();
  const asked = await cli.go();
  for (const [name, option] of [
    ["a", "merge-2"],
    ["b", "merge-3"],
  ] as const)
    await cli.ok("decide", decisionOf(asked, name).id, option, "--as", "kim", "--because", "the same");
  const { stderr } = await cli.ok("cancel", "c", "--because", "not now");
  expect(stderr).toContain(
    "c stood for a, b: nobody does that now. To bring it back:\n  osqr add docs/a.md\n  osqr add docs/b.md\n",
  );
  const why = (await cli.ok("why", "a")).stdout;
  expect(why).toContain("c was cancelled.");
  expect(why).toContain("To bring it back: osqr add docs/a.md");
  const plan = await cli.ask<{ leftOut: readonly { path: string; reason: string }[] }>("plan");
  expect(plan.leftOut.find(({ path }) => path === "docs/a.md")?.reason).toBe(
    "merged into b, but c was cancelled: nobody does it; bring it back: osqr add docs/a.md",
  );
  expect((await cli.ok("status")).stdout).toMatch(
    /c was cancelled, nobody does it:\s+osqr add\s+docs\/a\.md/,
  );
  await cli.ok("add", "docs/a.md");
  expect((await cli.ask<{ workstreams: WorkstreamView[] }>("status")).workstreams).toMatchObject([
    { name: "a", closed: { end: "c", isLeftAlone: false } },
    { name: "b", closed: { end: "c", isLeftAlone: true } },
    { name: "c", status: "cancelled" },
    { name: "a-2", closed: null },
  ]);
});
