import type { WallHour } from "../calendar/zone.ts";
import type { Match } from "../events/match.ts";
import { hourOf } from "./hourly-series.ts";

/** Summed traffic multiplier of the matches of each hour; hours without a match are absent (0). */
export type Traffic = ReadonlyMap<WallHour, number>;

/** Adds up the rows of each hour: a match covers the whole hour of its timestamp. */
export function trafficOf(matches: Iterable<Match>): Traffic {
  const traffic = new Map<WallHour, number>();
  for (const { timestamp, traffic_multiplier } of matches) {
    const hour = hourOf(timestamp);
    traffic.set(hour, (traffic.get(hour) ?? 0) + traffic_multiplier);
  }
  return traffic;
}

/** The hour of the first match; infinite where there is none. */
export function firstMatchHour(traffic: Traffic): WallHour {
  let first = Infinity;
  for (const hour of traffic.keys()) first = Math.min(first, hour);
  return first;
}

/**
 * The multiplier of hours, NaN where it is not known: before the first match and from `knownUntil` on.
 *
 * @returns [endHour − startHour]
 */
export function knownMultiplier(
  traffic: Traffic,
  knownUntil: WallHour,
  startHour: WallHour,
  endHour: WallHour,
): Float64Array {
  const first = firstMatchHour(traffic);
  return Float64Array.from({ length: endHour - startHour }, (_, i) => {
    const hour = startHour + i;
    return hour < first || hour >= knownUntil ? Number.NaN : (traffic.get(hour) ?? 0);
  });
}

/** Hours before and after a deploy in which a match counts as near. */
const NEARBY_HOURS = 2;

/** Highest summed multiplier within two hours of `hour`, before or after. */
export function nearbyIntensity(multiplierAt: (hour: WallHour) => number, hour: WallHour): number {
  let highest = 0;
  for (let h = hour - NEARBY_HOURS; h <= hour + NEARBY_HOURS; h += 1) highest = Math.max(highest, multiplierAt(h));
  return highest;
}
