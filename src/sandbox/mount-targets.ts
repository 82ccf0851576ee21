import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { OsqrError } from "../core/errors.ts";
import type { Mount, SandboxRequest } from "./types.ts";

/**
 * A mount inside a writable one must not go through a link that an earlier process put there: folders would be made
 * wherever the link points to.
 *
 * @throws OsqrError `sandbox_mount_refused`
 */
export function checkMountTargets(request: SandboxRequest): void {
  const writable = request.mounts.filter((mount) => mount.mode === "write");
  for (const mount of request.mounts) {
    const outer = writable.find((other) => mount.target.startsWith(`${other.target}/`));
    const link = outer === undefined ? null : findLink(mount, outer);
    if (link === null) continue;
    throw new OsqrError(
      "sandbox_mount_refused",
      `${request.label}: ${mount.target} cannot be mounted: ${link} is a link, expected a folder or nothing`,
      { hints: [`remove the link: rm '${link}'`] },
    );
  }
}

function findLink(mount: Mount, outer: Mount): string | null {
  let path = `${outer.source}${mount.target.slice(outer.target.length)}`;
  for (; path.length > outer.source.length; path = dirname(path)) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) return path;
  }
  return null;
}
