import type { ContainerConfig } from "../../core/config.ts";
import type { Toolchains } from "../toolchains.ts";
import type { UserIds } from "../user-files.ts";
import type { Engine } from "./engine.ts";

/** What the engine and the image of this machine can do; the probe tells. */
export interface ContainerFeatures {
  readonly setting: ContainerConfig;
  readonly engine: Engine;
  readonly version: string;
  /** The engine runs without root. */
  readonly isRootless: boolean;
  /** Id of the image that the setting named when the probe looked. */
  readonly image: string;
  /** Who a process is inside. */
  readonly user: UserIds;
  /** The image's own PATH. */
  readonly path: string;
  /** The image's other variables: its toolchains look for themselves by them. */
  readonly env: Readonly<Record<string, string>>;
  /** Node of the image; null: it has none, the daemon's own is mounted. */
  readonly node: string | null;
  /** False: `osqr-ask`, osqr's tools and lists of hosts do not work, as neither Node runs inside. */
  readonly hasNode: boolean;
  /** Programs on the image's PATH, by name: where each of that name is. */
  readonly programs: ReadonlyMap<string, readonly string[]>;
}

/** The programs of the image; nothing of the machine's is mounted. Null where there is no image. */
export function toImageToolchains(features: ContainerFeatures | null): Toolchains | null {
  if (features === null) return null;
  const { path, env, programs } = features;
  return { mounts: [], path, env, programs };
}

/** The engine and the image, for people. */
export function describeContainer({ engine, version, isRootless, setting }: ContainerFeatures): string {
  const rootless = isRootless ? " without root" : "";
  return `${engine.kind} ${version}${rootless}, image ${setting.image}`;
}
