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
