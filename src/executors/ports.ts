import { createServer } from "node:net";

const reserved = new Set<number>();

/** Ports on the loopback that osqr gives to one attempt at a time. */
export interface PortReservation {
  readonly ports: readonly number[];
  release(): void;
}

/** Reserves free loopback ports. The system says which are free; the reservation keeps them from the next attempt. */
export async function reservePorts(count: number): Promise<PortReservation> {
  const ports: number[] = [];
  // A bounded number of tries: the system may offer ports that are given away already.
  for (let tries = 0; ports.length < count && tries < count * 20; tries += 1) {
    const port = await findFreePort();
    if (reserved.has(port)) continue;
    reserved.add(port);
    ports.push(port);
  }
  return {
    ports,
    release() {
      for (const port of ports) reserved.delete(port);
    },
  };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
