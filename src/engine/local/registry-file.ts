/** The public registry's launch data, where the operator has put it. osqr reads it and never fetches it. */
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RoutingConfig } from "../../core/routing/config.ts";
import { REGISTRY_URL } from "../../executors/acp/registry/launch-data.ts";
import type { RegistryFile } from "../../executors/acp/registry/registry-preset.ts";
import { findOtherWriter } from "../../store/config-file.ts";

/** The real one has a tenth of it. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * It says which programs run, so it has to be as safe as the config is.
 *
 * @param configPath the operator's config: where nothing else is said the file lies beside it
 * @param home for `~/`
 */
export async function readRegistryFile(
  { registry }: Pick<RoutingConfig, "registry">,
  { configPath, home }: { readonly configPath: string; readonly home: string },
): Promise<RegistryFile> {
  const path = toPath(registry, configPath, home);
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => error);
  if (handle instanceof Error) return { path, content: null, problem: sayUnreadable(path, handle) };
  try {
    const found = await handle.stat();
    const writer = findOtherWriter(found);
    const problem =
      writer !== null
        ? `${path}: expected a file that only you can write, found ${writer}; run: chmod 600 ${path}`
        : found.size > FILE_BYTES_MAX
          ? `${path}: expected at most ${FILE_BYTES_MAX} bytes, found ${found.size}`
          : null;
    if (problem !== null) return { path, content: null, problem };
    return { path, content: await handle.readFile("utf8"), problem: null };
  } catch (error) {
    return { path, content: null, problem: sayUnreadable(path, error as NodeJS.ErrnoException) };
  } finally {
    await handle.close();
  }
}

function toPath(registry: string | undefined, configPath: string, home: string): string {
  if (registry === undefined) return join(dirname(configPath), "registry.json");
  return registry.startsWith("~/") ? join(home, registry.slice(2)) : registry;
}

const sayUnreadable = (path: string, { code, message }: NodeJS.ErrnoException): string =>
  code === "ENOENT"
    ? `${path}: expected the registry's launch data, found no file; run: curl -fo ${path} ${REGISTRY_URL}`
    : `${path}: cannot be read: ${message}`;
