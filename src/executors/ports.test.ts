import { createServer } from "node:net";
import { expect, it } from "vitest";
import { reservePorts } from "./ports.ts";

it("reserved ports are free, and given to one attempt at a time", async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => reservePorts(3)));
  const ports = all.flatMap((reservation) => reservation.ports);
  expect(new Set(ports).size).toBe(30);
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(ports[0], "127.0.0.1", resolve);
  });
  server.close();
  for (const reservation of all) reservation.release();
});
