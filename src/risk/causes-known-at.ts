import type { WallHour } from "../calendar/zone.ts";
import { type Causes, countBefore } from "./causes.ts";
import { COLUMN, concurrentStarts, FIRST_OWN, howConcurrent } from "./deploy-features.ts";

/**
 * A history as it was known at an hour within it: which deploys would follow within an hour of the last ones was not. What came
 * later stays, to score a fit by.
 */
export function causesKnownAt(causes: Causes, hour: WallHour): Causes {
  const { deploys, deployHours, features } = causes;
  const end = countBefore(deployHours, hour);
  if (end === deploys.length) return causes;
  const own = [...features.own];
  const concurrent = Float64Array.from(own[COLUMN.concurrent - FIRST_OWN]!);
  concurrentStarts(deploys.slice(0, end)).forEach((starts, i) => {
    concurrent[i] = howConcurrent(starts);
  });
  own[COLUMN.concurrent - FIRST_OWN] = concurrent;
  return { ...causes, features: { ...features, own } };
}
