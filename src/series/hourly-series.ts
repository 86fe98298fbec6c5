import type { WallMs } from "../calendar/timestamp.ts";
import { HOURS_PER_DAY, HOURS_PER_WEEK, hourOfDay } from "../calendar/week.ts";
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

/**
 * A series with its missing hours filled from the same hour of the weeks around them: in proportion to how near they are between
 * the last week before and the first week after that have it, else from the nearest. An hour of the week that was never seen
 * takes the mean of that hour of the day, and one of a day that was never seen the mean of all.
 *
 * @returns from `startHour` or the start of the series, whichever comes first, to `endHour`
 */
export function filledFromWeeks(series: HourlySeries, startHour: WallHour, endHour: WallHour): HourlySeries {
  const from = Math.min(startHour, series.startHour);
  const seen = Float64Array.from(
    { length: Math.max(0, endHour - from) },
    (_, i) => series.values[from + i - series.startHour] ?? Number.NaN,
  );
  const isSeen = (i: number) => !Number.isNaN(seen[i]!);
  /** [hours] the last week at or before each hour that has it, and the first after; −1 where there is none */
  const before = new Int32Array(seen.length).fill(-1);
  const after = new Int32Array(seen.length).fill(-1);
  for (let i = 0; i < seen.length; i += 1) before[i] = isSeen(i) ? i : (before[i - HOURS_PER_WEEK] ?? -1);
  for (let i = seen.length - 1; i >= 0; i -= 1) after[i] = isSeen(i) ? i : (after[i + HOURS_PER_WEEK] ?? -1);
  const typical = meansOfDay(seen, from);
  const values = seen.map((value, i) => {
    const [earlier, later] = [before[i]!, after[i]!];
    if (earlier === later) return earlier < 0 ? typical[hourOfDay(from + i)]! : value;
    if (earlier < 0) return seen[later]!;
    if (later < 0) return seen[earlier]!;
    const share = (i - earlier) / (later - earlier);
    return (1 - share) * seen[earlier]! + share * seen[later]!;
  });
  return { startHour: from, values };
}

/** [24] means of each hour of the day; that of all where there is none. */
function meansOfDay(values: Float64Array, startHour: WallHour): Float64Array {
  const sums = new Float64Array(HOURS_PER_DAY);
  const counts = new Float64Array(HOURS_PER_DAY);
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    sums[hourOfDay(startHour + i)]! += value;
    counts[hourOfDay(startHour + i)]! += 1;
  });
  const overall = sums.reduce((a, b) => a + b, 0) / counts.reduce((a, b) => a + b, 0);
  return sums.map((sum, hour) => (counts[hour]! > 0 ? sum / counts[hour]! : overall));
}
