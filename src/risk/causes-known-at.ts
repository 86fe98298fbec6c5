import type { WallHour } from "../calendar/zone.ts";
import { hourOf } from "../series/hourly-series.ts";
import { COLUMN, concurrentStarts, FIRST_OWN, howConcurrent } from "./deploy-features.ts";
import type { Causes } from "./superposition.ts";

/**
 * A history as it was known at an hour within it: which deploys would follow within an hour of the last ones was not. What came
 * later stays, to score a fit by.
 */
export function causesKnownAt(causes: Causes, hour: WallHour): Causes {
  const { deploys, features } = causes;
  const end = deploys.findIndex(({ timestamp }) => hourOf(timestamp) >= hour);
  if (end === -1) return causes;
  const own = [...features.own];
  const concurrent = Float64Array.from(own[COLUMN.concurrent - FIRST_OWN]!);
  concurrentStarts(deploys.slice(0, end)).forEach((starts, i) => {
    concurrent[i] = howConcurrent(starts);
  });
  own[COLUMN.concurrent - FIRST_OWN] = concurrent;
  return { ...causes, features: { ...features, own } };
}
