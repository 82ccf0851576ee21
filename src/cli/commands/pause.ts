import type { Handler } from "../context.ts";
import { steer } from "./steer.ts";

export const run: Handler<"pause"> = (context, input) => steer(context, "pause", input);
