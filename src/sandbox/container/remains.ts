import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { sendSignal } from "../terminate/members.ts";
import { callEngine, type Engine } from "./engine.ts";

/** How long the client may go on once no process of the container is left. */
const CLIENT_MS_MAX = 5_000;
/** What engines say of a container that is gone already. */
const GONE = /no such container|no container with/i;

/** What may be left of a container beside its processes: the engine's client, and the engine's own record. */
export interface Remains {
  /** Ends the client where it does not end by itself. */
  endClient(): Promise<void>;
  /** Removes the container unless the client has done so. Resolves to why it could not; null: it is gone. */
  clear(): Promise<string | null>;
}

export function toRemains(engine: Engine, name: string, child: ChildProcess): Remains {
  return {
    async endClient() {
      if (isOver(child)) return;
      await Promise.race([
        new Promise((resolve) => child.once("exit", resolve)),
        delay(CLIENT_MS_MAX, undefined, { ref: false }),
      ]);
      if (!isOver(child) && child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
    },
    // A client that has exited by itself has removed what it started.
    clear: async () => (isOver(child) && child.signalCode === null ? null : removeContainer(engine, name)),
  };
}

/** Ends and removes a container at once. Resolves to why it could not; null: it is gone. */
export async function removeContainer(engine: Engine, name: string): Promise<string | null> {
  const { failure } = await callEngine(engine, ["rm", "--force", name]);
  return failure === null || GONE.test(failure) ? null : failure;
}

/** Starts the client in a group of its own, so that no signal of the terminal reaches it. */
export function spawnClient(engine: Engine, args: readonly string[], stdout: number | "pipe"): ChildProcess {
  return spawn(engine.path, args, {
    cwd: "/",
    env: engine.env,
    detached: true,
    stdio: ["pipe", stdout, "pipe"],
  });
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
