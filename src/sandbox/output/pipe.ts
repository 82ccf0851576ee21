import { execFile } from "node:child_process";
import { constants, openSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { dirname } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface OutputPipe {
  /** Ends when nobody holds the other end any more. */
  readonly reader: Socket;
  /** Descriptor for the child's stdout; to be closed here once the child has it. */
  readonly writeFd: number;
}

/**
 * A real pipe. Node gives its children sockets, on which `echo x > /dev/stderr` fails with ENXIO; so a named pipe is made at
 * `path`, opened and unlinked at once. With one pipe for stdout and stderr their order is kept.
 *
 * @throws where the path cannot be written.
 */
export async function openPipe(path: string): Promise<OutputPipe> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await run("mkfifo", ["-m", "600", "--", path]);
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  const writeFd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  await rm(path, { force: true });
  return { reader: new Socket({ fd: readFd, readable: true, writable: false }), writeFd };
}
