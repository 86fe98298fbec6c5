import { HOURS_PER_WEEK, hourOfWeek } from "../calendar/week.ts";
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

/**
 * Highest summed multiplier near each hour of the week, mean over the weeks before `until`, in units of the highest of the
 * mean multipliers: of several uncertain ones the highest is expected above the highest that is expected of one.
 *
 * @returns [168] at least 1
 */
export function highestToMeans(traffic: Traffic, until: WallHour): Float64Array {
  const first = firstMatchHour(traffic);
  const means = new Float64Array(HOURS_PER_WEEK);
  const highest = new Float64Array(HOURS_PER_WEEK);
  const weeks = Math.floor((until - first) / HOURS_PER_WEEK);
  for (let hour = until - weeks * HOURS_PER_WEEK; hour < until; hour += 1) {
    means[hourOfWeek(hour)]! += (traffic.get(hour) ?? 0) / weeks;
    highest[hourOfWeek(hour)]! += nearbyIntensity((near) => traffic.get(near) ?? 0, hour) / weeks;
  }
  return highest.map((mean, cell) => {
    const near = nearbyIntensity((hour) => means[(hour + HOURS_PER_WEEK) % HOURS_PER_WEEK]!, cell);
    return near === 0 ? 1 : Math.max(1, mean / near);
  });
}
