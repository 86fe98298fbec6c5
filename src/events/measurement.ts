import { z } from "zod";
import type { WallMs } from "../calendar/timestamp.ts";
import { numberAtLeast0 } from "./cells.ts";

/** One row of traffic.csv: the traffic measured over the hour, or the part of an hour, that starts then. */
export function measurementSchema(timestamp: z.ZodType<WallMs, string>) {
  return z.object({ timestamp, value: numberAtLeast0 });
}
export type Measurement = z.infer<ReturnType<typeof measurementSchema>>;
