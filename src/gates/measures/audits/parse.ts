/** Findings of audits: each package with its hole, as one name that does not change when something else does. */
import { SEVERITIES, type Severity } from "../../../core/checks/choices.ts";
import { asList, asNumber, asRecord, asText, isRecord, type JsonRecord, parseJson } from "../json.ts";

interface Hole {
  readonly package: string;
  readonly id: string;
  /** Null: the tool does not say. It counts. */
  readonly severity: Severity | null;
}

const FINDINGS_MAX = 200;

/**
 * Names of what an audit found, sorted, `lodash GHSA-35jh-r3h4-6jhm high`; less severe ones are left out. Null: the output is no report of
 * an audit that came to its end.
 */
export function parseAudit(output: string, level: Severity): readonly string[] | null {
  const holes = readHoles(output);
  if (holes === null) return null;
  const lowest = SEVERITIES.indexOf(level);
  const counting = holes.filter(
    ({ severity }) => severity === null || SEVERITIES.indexOf(severity) >= lowest,
  );
  const names = counting.map(
    ({ package: name, id, severity }) => `${name} ${id}${severity === null ? "" : ` ${severity}`}`,
  );
  return [...new Set(names)].sort().slice(0, FINDINGS_MAX);
}

function readHoles(output: string): readonly Hole[] | null {
  const whole = readDocuments(output);
  if (whole.length === 0) return null;
  const readers = [readNpm, readPnpm, readYarn, readPip, readCargo, readGo, readBun];
  for (const read of readers) {
    const holes = read(whole);
    if (holes !== null) return holes;
  }
  return null;
}

/** All JSON values in an output: one of many lines, one in each line, or several one after the other, with other lines between. */
function readDocuments(output: string): readonly unknown[] {
  const start = output.search(/^[[{]/m);
  const end = Math.max(output.lastIndexOf("}"), output.lastIndexOf("]"));
  if (start === -1 || end < start) return [];
  const body = output.slice(start, end + 1);
  const one = parseJson(body);
  if (one !== undefined) return [one];
  const lines = body.split("\n");
  const each = lines
    .map((line) => parseJson(line))
    .filter((value) => typeof value === "object" && value !== null);
  return each.length > 0 ? each : readSequence(lines);
}

/** As `govulncheck` writes: values of many lines, each from a `{` to a `}` at the margin. */
function readSequence(lines: readonly string[]): readonly unknown[] {
  const found: unknown[] = [];
  let open: string[] | null = null;
  for (const line of lines) {
    if (line === "{") open = [];
    open?.push(line);
    if (line !== "}" || open === null) continue;
    const value = parseJson(open.join("\n"));
    if (value !== undefined) found.push(value);
    open = null;
  }
  return found;
}

type Reader = (documents: readonly unknown[]) => readonly Hole[] | null;

function toSeverity(value: unknown): Severity | null {
  const word = asText(value)?.toLowerCase();
  if (word === "medium") return "moderate";
  // npm's lowest, below all that count.
  if (word === "info" || word === "none") return "low";
  return SEVERITIES.find((each) => each === word) ?? null;
}

/** The id in the address of an advisory. */
const toId = (address: unknown, other: unknown): string =>
  /(GHSA-[\w-]{10,30}|CVE-\d+-\d+|RUSTSEC-\d+-\d+)/.exec(asText(address) ?? "")?.[1] ??
  asText(other) ??
  String(asNumber(other) ?? "unknown");

/** npm 7 and later: `via` holds the advisory, or the name of the package that brings it. */
const readNpm: Reader = ([first]) => {
  const { auditReportVersion, vulnerabilities } = asRecord(first);
  if (asNumber(auditReportVersion) === null || !isRecord(vulnerabilities)) return null;
  return Object.values(vulnerabilities).flatMap((entry) =>
    asList(asRecord(entry).via)
      .filter(isRecord)
      .map(({ name, url, source, severity }) => ({
        package: asText(name) ?? "unknown",
        id: toId(url, source),
        severity: toSeverity(severity),
      })),
  );
};

const ofAdvisory = ({ module_name, github_advisory_id, url, id, severity }: JsonRecord): Hole => ({
  package: asText(module_name) ?? "unknown",
  id: asText(github_advisory_id) ?? toId(url, id),
  severity: toSeverity(severity),
});

/** pnpm, and npm 6. */
const readPnpm: Reader = ([first]) => {
  const { advisories, metadata } = asRecord(first);
  if (!isRecord(advisories) || !isRecord(metadata)) return null;
  return Object.values(advisories).filter(isRecord).map(ofAdvisory);
};

/** yarn 1: a line for each advisory, and a summary. yarn 4: a line for each package. */
const readYarn: Reader = (documents) => {
  const records = documents.filter(isRecord);
  const isClassic = records.some(({ type }) => type === "auditSummary");
  if (isClassic) {
    return records
      .filter(({ type }) => type === "auditAdvisory")
      .map(({ data }) => ofAdvisory(asRecord(asRecord(data).advisory)));
  }
  const trees = records.filter((each) => typeof each.value === "string" && isRecord(each.children));
  if (trees.length === 0) return null;
  return trees.map(({ value, children }) => {
    const { ID, URL: address, Severity: severity } = asRecord(children);
    return { package: asText(value) ?? "unknown", id: toId(address, ID), severity: toSeverity(severity) };
  });
};

/** pip-audit says nothing of how severe a hole is. */
const readPip: Reader = ([first]) => {
  const { dependencies } = asRecord(first);
  if (!Array.isArray(dependencies)) return null;
  return dependencies.filter(isRecord).flatMap(({ name, vulns }) =>
    asList(vulns)
      .filter(isRecord)
      .map(({ id }) => ({ package: asText(name) ?? "unknown", id: asText(id) ?? "unknown", severity: null })),
  );
};

/** cargo audit: vulnerabilities alone; what is unmaintained is a warning. */
const readCargo: Reader = ([first]) => {
  const { vulnerabilities, lockfile } = asRecord(first);
  const { list } = asRecord(vulnerabilities);
  if (!Array.isArray(list) || !isRecord(lockfile)) return null;
  return list.filter(isRecord).map(({ advisory, package: crate }) => ({
    package: asText(asRecord(crate).name) ?? "unknown",
    id: asText(asRecord(advisory).id) ?? "unknown",
    severity: null,
  }));
};

/** govulncheck: those that the code reaches have a function in their trace. */
const readGo: Reader = (documents) => {
  const records = documents.filter(isRecord);
  if (!records.some(({ config }) => isRecord(config))) return null;
  return records.flatMap(({ finding }): Hole[] => {
    const { osv, trace } = asRecord(finding);
    const [top] = asList(trace);
    const { module: path, function: reached } = asRecord(top);
    if (asText(osv) === null || asText(reached) === null) return [];
    return [{ package: asText(path) ?? "unknown", id: asText(osv) ?? "unknown", severity: null }];
  });
};

/** bun: advisories by package. */
const readBun: Reader = ([first]) => {
  if (!isRecord(first)) return null;
  const entries = Object.entries(first);
  if (
    !entries.every(([, list]) => Array.isArray(list) && list.every((each) => isRecord(each) && "url" in each))
  ) {
    return null;
  }
  return entries.flatMap(([name, list]) =>
    asList(list)
      .filter(isRecord)
      .map(({ url, id, severity }) => ({
        package: name.slice(0, 200),
        id: toId(url, id),
        severity: toSeverity(severity),
      })),
  );
};
