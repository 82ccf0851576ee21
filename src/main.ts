/** The program's entry. Everything but the version is loaded only when it is needed. */
import { VERSION } from "./core/version.ts";

const NODE_MAJOR_MIN = 22;
const NODE_MINOR_MIN = 15;

/** `bin/osqr` finds a good Node; this is for those who call the file itself. */
function isNodeTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor < NODE_MINOR_MIN);
}

async function main(argv: readonly string[]): Promise<number> {
  if (isNodeTooOld(process.versions.node)) {
    const minimum = `${NODE_MAJOR_MIN}.${NODE_MINOR_MIN}`;
    process.stderr.write(
      `osqr: expected Node ${minimum} or newer, found ${process.version} (${process.execPath}); install Node 24 or start osqr by bin/osqr\n`,
    );
    return 1;
  }
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    process.stdout.write(`osqr ${VERSION}\n`);
    return 0;
  }
  const { runCli } = await import("./cli/main.ts");
  return runCli(argv);
}

process.exitCode = await main(process.argv.slice(2));
