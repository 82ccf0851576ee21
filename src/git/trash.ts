import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "./errors.ts";
import type { Repository } from "./repository.ts";

/*
 * Deleting a big tree takes seconds to minutes, so a workspace is renamed out of the way at once and deleted in the
 * background, one after the other. The trash lies beside the workspaces: a rename must not cross file systems.
 */

type Folders = Pick<Repository, "folder" | "workFolder">;

const trashOf = ({ workFolder }: Folders) => join(workFolder, ".trash");

/** One deletion at a time, so that the rest of the process keeps its share of the disk and of the thread pool. */
let last: Promise<void> = Promise.resolve();

/** Moves a folder aside at once; it is deleted later. A missing one is fine. */
export async function moveToTrash(folders: Folders, folder: string): Promise<void> {
  const trash = trashOf(folders);
  await mkdir(trash, { recursive: true });
  const target = join(trash, randomBytes(8).toString("hex"));
  try {
    await rename(folder, target);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  deleteLater(target);
}

function deleteLater(path: string): Promise<void> {
  last = last.then(() => deleteFolder(path));
  return last;
}

/** What cannot be deleted now stays for the next `emptyTrash`. */
async function deleteFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    openFolders(path);
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Folders without write permission cannot be emptied by their owner. */
function openFolders(path: string): void {
  try {
    if (!lstatSync(path).isDirectory()) return;
    chmodSync(path, 0o700);
    for (const name of readdirSync(path)) openFolders(join(path, name));
  } catch {
    // Gone or not ours: `rm` will say what it can.
  }
}

/** Deletes what is in the trash, and what earlier processes left half made. */
export async function emptyTrash(folders: Folders): Promise<void> {
  await Promise.all((await findLeftovers(folders)).map(deleteLater));
}

/**
 * Finds what earlier processes left of all projects of a home, and deletes it in the background. Resolves when it is
 * found. Call it before work begins: the work's own temporary files look the same.
 */
export async function sweepHome(options: {
  readonly home: string;
  readonly workFolder: string;
}): Promise<void> {
  const { home, workFolder } = options;
  const projects = await listIn(join(home, "projects"), /^/);
  const found = await Promise.all(projects.map((folder) => findLeftovers({ folder, workFolder })));
  for (const path of new Set(found.flat())) void deleteLater(path);
}

async function findLeftovers(folders: Folders): Promise<string[]> {
  return [
    ...(await listIn(trashOf(folders), /^/)),
    ...(await listIn(join(folders.folder, "tmp"), /^t-/)),
    ...(await listIn(folders.folder, /^new-/)),
    ...(await listIn(folders.workFolder, /^\.new-/)),
  ];
}

async function listIn(folder: string, shape: RegExp): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => shape.test(name)).map((name) => join(folder, name));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
