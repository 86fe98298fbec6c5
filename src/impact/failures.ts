/**
 * When services began to fail, and how often one would by chance.
 * @module
 */

import type { WallMs } from "../calendar/timestamp.ts";
import { hourOfWeek } from "../calendar/week.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import type { Incident } from "../events/incident.ts";
import { countsPerHour, fitTwoFactorRate } from "../risk/two-factor-rate.ts";
import { hourOf } from "../series/hourly-series.ts";

/**
 * Hours within which a failure is taken to follow another: as long as a deploy is watched. Failures travel in seconds, but
 * are noticed and recorded by people within the hour; what chance adds grows with every further hour.
 */
export const FOLLOW_HOURS = 2;
const FOLLOW_MS = FOLLOW_HOURS * HOUR_MS;

export type Failures = {
  /** length of the history, hours */
  spanHours: number;
  /** incidents by service */
  incidents: ReadonlyMap<string, number>;
  /** starts of failures by service, ascending; an incident within FOLLOW_HOURS of the service's last one goes on with it */
  onsets: ReadonlyMap<string, readonly WallMs[]>;
  /** last incidents of the same failures */
  ends: ReadonlyMap<string, readonly WallMs[]>;
  /** [168] failures of the whole platform by hour of the week, in units of their mean */
  clock: Float64Array;
};

/**
 * @param incidents in order of time
 * @returns undefined where no incident names a service
 */
export function failuresOf(incidents: readonly Incident[]): Failures | undefined {
  const counts = new Map<string, number>();
  const onsets = new Map<string, WallMs[]>();
  const ends = new Map<string, WallMs[]>();
  for (const { service, timestamp } of incidents) {
    if (service === undefined) continue;
    counts.set(service, (counts.get(service) ?? 0) + 1);
    const [began, ended] = [onsets.get(service), ends.get(service)];
    if (began === undefined || ended === undefined) {
      onsets.set(service, [timestamp]);
      ends.set(service, [timestamp]);
    } else if (timestamp - ended.at(-1)! > FOLLOW_MS) {
      began.push(timestamp);
      ended.push(timestamp);
    } else ended[ended.length - 1] = timestamp;
  }
  if (counts.size === 0) return undefined;
  const spanHours = (incidents.at(-1)!.timestamp - incidents[0]!.timestamp) / HOUR_MS + FOLLOW_HOURS;
  return { spanHours, incidents: counts, onsets, ends, clock: clockOf(incidents) };
}

/** What the platform believes of its rhythm before any incident: half an incident in an hour, which a week outweighs. */
const CLOCK_PRIOR = { events: 0.5, exposure: 1 };

function clockOf(incidents: readonly Incident[]): Float64Array {
  const [start, end] = [hourOf(incidents[0]!.timestamp), hourOf(incidents.at(-1)!.timestamp) + 1];
  const counts = countsPerHour(incidents, start, end, () => 1);
  const { rates } = fitTwoFactorRate(counts, CLOCK_PRIOR);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  return rates.map((rate) => rate / mean);
}

/**
 * Chance that a service which begins to fail `onsets` times in the history does so by chance within `hours` around a moment, half of
 * them before it, by the platform's clock: services fail together at the busy hours without one causing the other.
 */
export function chanceAround({ spanHours, clock }: Failures, onsets: number, at: WallMs, hours: number): number {
  const [from, to] = [at / HOUR_MS - hours / 2, at / HOUR_MS + hours / 2];
  let typical = 0; // hours of the clock's mean in which as much is to be expected
  for (let hour = Math.floor(from); hour < to; hour += 1)
    typical += (Math.min(to, hour + 1) - Math.max(from, hour)) * clock[hourOfWeek(hour)]!;
  return -Math.expm1(-(onsets / spanHours) * typical);
}

/** How often one service's failures were followed by another's. */
export type Following = {
  /** failures of the first that found the second working */
  trials: number;
  /** places among the second's onsets of those that followed within FOLLOW_HOURS */
  followers: readonly number[];
};

/**
 * @param first  ascending onsets
 * @param second ascending onsets
 * @param ends   last incidents of the failures of `second`
 */
export function following(
  first: readonly WallMs[],
  second: readonly WallMs[],
  ends: readonly WallMs[] = second,
): Following {
  const followers: number[] = [];
  let trials = 0;
  let next = 0;
  for (const onset of first) {
    while (next < second.length && second[next]! < onset) next += 1;
    if (next > 0 && onset - ends[next - 1]! <= FOLLOW_MS) continue; // it failed already
    trials += 1;
    if (next < second.length && second[next]! - onset <= FOLLOW_MS) followers.push(next);
  }
  return { trials, followers };
}
