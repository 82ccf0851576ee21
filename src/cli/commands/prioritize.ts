import type { Handler } from "../context.ts";
import { steer } from "./steer.ts";

export const run: Handler<"prioritize"> = (context, input) =>
  steer(context, "prioritize", { ...input, all: false });
