/**
 * Runs one command line.
 *
 * @param argv without the program's name
 * @returns the exit code
 */
export async function runCli(argv: readonly string[]): Promise<number> {
  process.stderr.write(`osqr: unknown command: ${argv.join(" ")}\n`);
  return 2;
}
