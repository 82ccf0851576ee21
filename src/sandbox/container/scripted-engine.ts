/** An engine for tests: a real program that answers as a script says. Nothing here is used by osqr itself. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the engine does with a call, as a shell script; left out: what a healthy engine does. */
export interface EngineScript {
  readonly info?: string;
  readonly image?: string;
  /** Before the command is started. */
  readonly run?: string;
  /** What `run` does once its command has ended. */
  readonly after?: string;
  readonly inspect?: string;
  readonly rm?: string;
  readonly ps?: string;
}

/**
 * A `podman` in a folder of its own. Its containers are processes of this machine in a session of their own: what is real is the
 * protocol with the client, not the walls. All calls are noted.
 */
export function writeEngine(
  root: string,
  script: EngineScript = {},
): { readonly folder: string; calls(): string[] } {
  const folder = join(root, "engine");
  mkdirSync(folder, { recursive: true });
  const log = join(folder, "calls");
  const pids = join(folder, "pids");
  const text = `#!/bin/bash
echo "$*" | head -n 1 >> '${log}'
env -0 > '${folder}/environment'
case "$1" in
info) ${script.info ?? "echo '9.9.9 false false'"} ;;
image) ${script.image ?? `echo '1234abcd ["PATH=${dirname(process.execPath)}:/usr/bin:/bin"]'`} ;;
ps) ${script.ps ?? "true"} ;;
container) ${script.inspect ?? `cat '${pids}'`} ;;
rm) ${script.rm ?? `kill -9 -- "-$(cat '${pids}')" 2> /dev/null; true`} ;;
run)
  ${script.run ?? "true"}
  while [ "$1" != --entrypoint ]; do shift; done
  shift 3
  setsid /usr/bin/env "$@" <&0 &
  echo $! > '${pids}'
  wait $!
  code=$?
  ${script.after ?? "true"}
  exit $code ;;
esac
`;
  const file = join(folder, "podman");
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return {
    folder,
    calls: () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []),
  };
}
