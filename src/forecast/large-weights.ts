import { stat } from "node:fs/promises";

/** Between drp-mini, 11 MB, and the 200M model, 249 MB as int8. */
const LARGE_BYTES = 100e6;

/** Whether forecasts take so long, and weights so much memory, that it matters where they run and how often they are open. */
export async function hasLargeWeights(file: string): Promise<boolean> {
  return (await stat(file)).size > LARGE_BYTES;
}
