import { z } from "zod";
import type { WallMs } from "../calendar/timestamp.ts";
import { positiveNumber } from "./cells.ts";

/** One row of match_events.csv: a match that covers its whole hour. Rows of one hour add up. */
export function matchSchema(timestamp: z.ZodType<WallMs, string>) {
  return z.object({ timestamp, tournament: z.string(), traffic_multiplier: positiveNumber });
}
export type Match = z.infer<ReturnType<typeof matchSchema>>;
