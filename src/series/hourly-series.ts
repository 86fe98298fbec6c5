import type { WallMs } from "../calendar/timestamp.ts";
import { HOUR_MS, type WallHour, type Zone } from "../calendar/zone.ts";

/** A value for every wall-clock hour from `startHour` on, no gaps; NaN where the hour is missing. */
export type HourlySeries = { startHour: WallHour; values: Float64Array };

export function hourOf(wallMs: WallMs): WallHour {
  return Math.floor(wallMs / HOUR_MS);
}

/**
 * Counts events per wall-clock hour, as a rate per clock hour: an hour that happens twice is divided by two, one that
 * clocks skip is NaN.
 *
 * @param events    in any order; those outside [startHour, endHour) do not count
 * @returns [endHour − startHour] events/hour
 */
export function ratePerHour(
  events: Iterable<{ timestamp: WallMs }>,
  startHour: WallHour,
  endHour: WallHour,
  zone: Zone,
): HourlySeries {
  const values = new Float64Array(Math.max(0, endHour - startHour));
  for (const { timestamp } of events) {
    const index = hourOf(timestamp) - startHour;
    if (index >= 0 && index < values.length) values[index]! += 1;
  }
  for (let i = 0; i < values.length; i += 1) {
    const exposure = zone.exposure(startHour + i);
    values[i] = exposure === 0 ? Number.NaN : values[i]! / exposure;
  }
  return { startHour, values };
}

/**
 * Means of what was measured in each hour, in units of their mean.
 *
 * @param rows in order of time
 * @returns from the first row to `endHour`, NaN where nothing was measured; undefined where all of it is 0
 */
export function relativeToMean(
  rows: readonly { timestamp: WallMs; value: number }[],
  endHour: WallHour,
): HourlySeries | undefined {
  const startHour = rows.length === 0 ? endHour : hourOf(rows[0]!.timestamp);
  const sums = new Float64Array(Math.max(0, endHour - startHour));
  const counts = new Float64Array(sums.length);
  for (const { timestamp, value } of rows) {
    sums[hourOf(timestamp) - startHour]! += value;
    counts[hourOf(timestamp) - startHour]! += 1;
  }
  const means = sums.map((sum, i) => sum / counts[i]!);
  const measured = means.filter((value) => !Number.isNaN(value));
  const mean = measured.reduce((sum, value) => sum + value, 0) / measured.length;
  return mean > 0 ? { startHour, values: means.map((value) => value / mean) } : undefined;
}
