import type { WallHour } from "../calendar/zone.ts";
import { canCause, type Deploy } from "../events/deploy.ts";
import { type History, pastLoad } from "../series/history.ts";
import { hourOf } from "../series/hourly-series.ts";
import { type DelayBins, delayBins } from "./delay.ts";
import { type DeployFeatures, featuresOf } from "./deploy-features.ts";
import { earlierOf } from "./follow-ups.ts";
import { type Suspects, suspectsOf } from "./suspects.ts";

/** A history made ready, so that it can be fitted many times. */
export type Causes = {
  startHour: WallHour;
  /** deploys that can cause incidents: all but repairs */
  deploys: readonly Deploy[];
  /** [deploys] in which each started */
  deployHours: Int32Array;
  features: DeployFeatures;
  suspects: Suspects;
  /** up to the longest time from a deploy to an incident that it is blamed for */
  bins: DelayBins;
  /** [incidents, bins] on how many each may follow, by how long before it they were */
  earlier: Uint32Array;
  /** [hours of history] */
  exposure: Float64Array;
  /** [hours of history] what load incidents are in proportion to */
  load: Float64Array;
  /** highest summed multiplier near an hour */
  intensityAt: (hour: WallHour) => number;
};

export function causesOf(history: History, attributionHours: number, intensityAt: (hour: WallHour) => number): Causes {
  const { startHour, originHour, zone, deploys = [], incidents } = history;
  const causing = deploys.filter(canCause);
  const bins = delayBins(attributionHours);
  const hours = Math.max(0, originHour - startHour);
  const load = Float64Array.from({ length: hours }, (_, i) => pastLoad(history, startHour + i));
  return {
    startHour,
    deploys: causing,
    deployHours: Int32Array.from(causing, ({ timestamp }) => hourOf(timestamp)),
    features: featuresOf(causing, incidents, intensityAt),
    suspects: suspectsOf(causing, incidents, bins),
    bins,
    earlier: earlierOf(incidents),
    exposure: Float64Array.from({ length: hours }, (_, i) => zone.exposure(startHour + i)),
    load,
    intensityAt,
  };
}

/** How many of ascending hours lie before one. */
export function countBefore(hours: Int32Array, until: WallHour): number {
  let [low, high] = [0, hours.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (hours[middle]! < until) low = middle + 1;
    else high = middle;
  }
  return low;
}
