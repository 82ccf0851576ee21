import * as crypto from "node:crypto";
import * as fs from "node:fs";
import { OsqrError } from "../core/errors.ts";
import type { HomePaths } from "./home.ts";

/** 256 bits. */
const TOKEN_BYTES = 32;
/** 32 characters of base64url or hex: at least 128 bits even if somebody writes their own in hex; ours has 43. */
const TOKEN = /^[A-Za-z0-9_-]{32,200}$/;

/**
 * The token that the API asks for. Made at first use with mode 0600; two processes that start at once get the same one.
 *
 * @throws `token-unsafe` where others can read it, it is a link, or it belongs to another user; `token-invalid` where its
 * content is no token
 */
export function readOrCreateToken(home: HomePaths): string {
  return readToken(home) ?? createToken(home);
}

/**
 * The token, null where there is none yet.
 *
 * @throws as `readOrCreateToken`
 */
export function readToken(home: HomePaths): string | null {
  const path = home.token;
  let fd: number;
  try {
    // Without O_NONBLOCK a FIFO in its place would hang the daemon.
    fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return null;
    if (code === "ELOOP") throw unsafe(path, "a file", "a symbolic link", `remove it: rm ${path}`);
    throw unsafe(
      path,
      "a file that its owner can read",
      code ?? String(cause),
      `remove it: rm ${path}`,
      cause,
    );
  }
  try {
    checkOwner(path, fs.fstatSync(fd));
    const text = fs.readFileSync(fd, "utf8").trim();
    if (TOKEN.test(text)) return text;
    throw new OsqrError(
      "token-invalid",
      `${path}: expected 32 to 200 letters, digits, "-" or "_", found ${text.length} characters that are not that`,
      { hints: [`remove it, a new one is made: rm ${path}`] },
    );
  } finally {
    fs.closeSync(fd);
  }
}

function checkOwner(path: string, found: fs.Stats): void {
  if (!found.isFile()) throw unsafe(path, "a regular file", "something else", `remove it: rm -r ${path}`);
  if (process.getuid !== undefined && found.uid !== process.getuid()) {
    throw unsafe(
      path,
      `a file of user ${process.getuid()}`,
      `one of user ${found.uid}`,
      `remove it: rm ${path}`,
    );
  }
  if ((found.mode & 0o077) !== 0) {
    const mode = (found.mode & 0o777).toString(8);
    throw unsafe(
      path,
      "mode 600",
      `${mode}: other users may have read it`,
      `make a new one: rm ${path}`,
      undefined,
      [`or close it, if nobody can have read it: chmod 600 ${path}`],
    );
  }
}

function unsafe(
  path: string,
  expected: string,
  found: string,
  hint: string,
  cause?: unknown,
  more: readonly string[] = [],
): OsqrError {
  return new OsqrError("token-unsafe", `${path}: expected ${expected}, found ${found}`, {
    hints: [hint, ...more],
    cause,
  });
}

/** Written beside it and linked into place, so that nobody reads half a token and the first of two writers wins. */
function createToken(home: HomePaths): string {
  const draft = `${home.token}.${process.pid}.${crypto.randomBytes(6).toString("hex")}`;
  const fd = fs.openSync(draft, "wx", 0o600);
  try {
    fs.writeSync(fd, `${crypto.randomBytes(TOKEN_BYTES).toString("base64url")}\n`);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  try {
    fs.linkSync(draft, home.token);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    fs.unlinkSync(draft);
  }
  const token = readToken(home);
  if (token === null) throw new OsqrError("token-unsafe", `${home.token}: it was removed while it was made`);
  return token;
}
