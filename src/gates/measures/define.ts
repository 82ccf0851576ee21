/** Gates of a config that measure something, as definitions. */
import type { BenchmarkGate, CoverageGate, MeasuringGate, SecurityGate } from "../../core/checks/choices.ts";
import type { RootFiles } from "../ecosystems/ecosystem.ts";
import type { GateDefinition } from "../types.ts";
import { findAudit } from "./audits/find.ts";

interface Around {
  readonly files: RootFiles;
  readonly tests: GateDefinition | undefined;
  readonly timeoutMs: number;
}

/** Null: it runs no command (`secrets`). */
export function toMeasuringGate(name: string, gate: MeasuringGate, around: Around): GateDefinition | null {
  switch (gate.measures) {
    case "secrets":
      return null;
    case "coverage":
      return withSettings(gate, toCoverage(name, gate, around));
    case "security":
      return withSettings(gate, toSecurity(name, gate, around));
    case "benchmark":
      return withSettings(gate, toBenchmark(name, gate, around));
  }
}

const withSettings = (
  { timeoutMs, critical }: Pick<CoverageGate, "timeoutMs" | "critical">,
  definition: GateDefinition,
): GateDefinition => ({
  ...definition,
  timeoutMs: timeoutMs ?? definition.timeoutMs,
  ...(critical === undefined ? {} : { critical }),
});

function toCoverage(
  name: string,
  { command, target, report }: CoverageGate,
  { tests, timeoutMs }: Around,
): GateDefinition {
  const source = `config gates.${name}`;
  const own = { kind: "coverage", target, report } as const;
  if (command !== null) return { name, command, source, timeoutMs, measure: { ...own, after: null } };
  if (tests !== undefined) {
    const { command: run, source: found, timeoutMs: limit } = tests;
    return { name, command: run, source: found, timeoutMs: limit, measure: { ...own, after: tests.name } };
  }
  const cannot = `No gate runs tests, so nothing writes a report of coverage. Give gates.tests or gates.${name}.command in the config.`;
  return { name, command: "", source, timeoutMs, measure: { ...own, after: null }, cannot };
}

function toSecurity(
  name: string,
  { command, level }: SecurityGate,
  { files, timeoutMs }: Around,
): GateDefinition {
  const measure = { kind: "security", level } as const;
  const source = `config gates.${name}`;
  if (command !== null) return { name, command, source, timeoutMs, measure };
  const audit = findAudit(files);
  if (audit !== null) return { name, ...audit, timeoutMs, measure };
  const cannot = `No lockfile of a package manager with an audit is there. Give gates.${name}.command in the config, or switch it off there.`;
  return { name, command: "", source, timeoutMs, measure, cannot };
}

function toBenchmark(
  name: string,
  { command, metric, slower, better, runs }: BenchmarkGate,
  { timeoutMs }: Around,
): GateDefinition {
  const measure = { kind: "benchmark", metric, slower, better, runs } as const;
  return { name, command, source: `config gates.${name}`, timeoutMs, measure };
}
