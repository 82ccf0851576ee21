import { closeSync, constants, mkdirSync, openSync } from "node:fs";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * Makes the folders that a file of the tree is to lie in. The agent works in the tree meanwhile: each folder is reached from the one above by its
 * descriptor, so that no link leads out of it, whenever it was put there. What is in the way stays, and the agent runs into it itself.
 *
 * @param path relative to the tree; one that leads out of it is left alone
 */
export function makeParentFolders(tree: string, path: string): void {
  const parts = path.split("/").slice(0, -1);
  if (path.startsWith("/") || parts.some((part) => part === ".." || part === "")) return;
  let fd: number | null = null;
  try {
    fd = openSync(tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    for (const part of parts) {
      const below: number = enterFolder(`/proc/self/fd/${fd}/${part}`);
      closeSync(fd);
      fd = below;
    }
  } catch {
    // A link, a file, a full disk, or a system without /proc: the agent's own attempt tells.
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

function enterFolder(path: string): number {
  try {
    mkdirSync(path);
  } catch {
    // Mostly it is there already; opening it tells.
  }
  return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}
