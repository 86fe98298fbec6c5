import { z } from "zod";
import type { WallMs } from "../calendar/timestamp.ts";

/** One row of match_events.csv: a match that covers its whole hour. Rows of one hour add up. */
export function matchSchema(timestamp: z.ZodType<WallMs, string>) {
  return z.object({ timestamp, tournament: z.string(), traffic_multiplier: positiveNumber });
}
export type Match = z.infer<ReturnType<typeof matchSchema>>;

// z.coerce.number() would take "" and " " as 0 and "0x10" as 16.
const positiveNumber = z
  .string()
  .regex(/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/, { error: "expected a number greater than 0" })
  .transform(Number)
  .refine((value) => value > 0 && Number.isFinite(value), { error: "expected a finite number greater than 0" });
