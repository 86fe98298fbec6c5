/**
 * What may make a deploy fail, as numbers of at least 0 that failures per deploy are a sum over.
 * @module
 */

import { dayOfWeek, HOURS_PER_DAY, HOURS_PER_WEEK, hourOfDay } from "../calendar/week.ts";
import { HOUR_MS, type WallHour } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import { causeOf, type Incident } from "../events/incident.ts";
import { hourOf } from "../series/hourly-series.ts";
import type { Change } from "./change.ts";
import type { FailureParts } from "./risk-forecast.ts";
import { CLOCK_KERNEL } from "./two-factor-rate.ts";

/** Columns of a row of features; the clock's and the change's are blocks. */
export const COLUMN = {
  base: 0,
  hour: 1,
  day: 25,
  intensity: 32,
  critical: 33,
  medium: 34,
  large: 35,
  concurrent: 36,
  idle: 37,
  troubled: 38,
};
export const COLUMNS = 39;
const FIRST_OF_CHANGE = COLUMN.critical;

/** Which part of f a column belongs to. */
export function partOf(column: number): keyof FailureParts {
  if (column === COLUMN.base) return "base";
  if (column < COLUMN.day) return "hour";
  if (column < COLUMN.intensity) return "day";
  return column === COLUMN.intensity ? "traffic" : "change";
}

/** Whether a column is of the clock alone. */
export function isClock(column: number): boolean {
  return column >= COLUMN.hour && column < COLUMN.intensity;
}

const LONGEST_IDLE_HOURS = 2 * HOURS_PER_WEEK;

const KERNEL_SUM = CLOCK_KERNEL.reduce((sum, weight, away) => sum + (away === 0 ? 1 : 2) * weight, 0);

/** Fills in when it is: the hour of the day, smooth over the hours around it, the day, and the matches nearby. */
function setMoment(hour: WallHour, intensity: number, out: Float64Array): void {
  out[COLUMN.base] = 1;
  const at = hourOfDay(hour);
  for (let away = 1 - CLOCK_KERNEL.length; away < CLOCK_KERNEL.length; away += 1) {
    const column = COLUMN.hour + ((at + away + HOURS_PER_DAY) % HOURS_PER_DAY);
    out[column] = CLOCK_KERNEL[Math.abs(away)]! / KERNEL_SUM;
  }
  out[COLUMN.day + dayOfWeek(hour)] = 1;
  out[COLUMN.intensity] = intensity;
}

/**
 * Features of deploys, one by one: of a million, all rows together are half a gigabyte.
 *
 * @param deploys   in order of time
 * @param incidents in order of time
 * @returns [deploys] rows of [COLUMNS]
 */
export function* featuresOf(
  deploys: readonly Deploy[],
  incidents: readonly Incident[],
  intensityAt: (hour: WallHour) => number,
): Generator<Float64Array> {
  const starts = concurrentStarts(deploys);
  let [oldest, newest] = [0, 0];
  const troubles = incidents.filter((incident) => causeOf(incident) !== "load");
  const lastOf = new Map<string | undefined, number>();
  for (const [i, { timestamp, is_critical_fix, deploy_size, service }] of deploys.entries()) {
    const row = new Float64Array(COLUMNS);
    const hour = hourOf(timestamp);
    setMoment(hour, intensityAt(hour), row);
    setChange({ size: deploy_size, critical: is_critical_fix }, row);
    row[COLUMN.concurrent] = howConcurrent(starts[i]!);
    const last = lastOf.get(service) ?? timestamp;
    lastOf.set(service, timestamp); // of the same service, where services are named
    row[COLUMN.idle] = Math.log2(1 + Math.min(LONGEST_IDLE_HOURS, (timestamp - last) / HOUR_MS));
    while (newest < troubles.length && troubles[newest]!.timestamp < timestamp) newest += 1;
    while (oldest < newest && troubles[oldest]!.timestamp < timestamp - HOURS_PER_WEEK * HOUR_MS) oldest += 1;
    row[COLUMN.troubled] = trouble(newest - oldest);
    yield row;
  }
}

/** How many deploys start within an hour of each, before or after, itself among them. @param deploys in order of time */
export function concurrentStarts(deploys: readonly Deploy[]): Int32Array {
  let [from, to] = [0, 0];
  return Int32Array.from(deploys, ({ timestamp }) => {
    while (deploys[from]!.timestamp < timestamp - HOUR_MS) from += 1;
    while (to < deploys.length && deploys[to]!.timestamp <= timestamp + HOUR_MS) to += 1;
    return to - from;
  });
}

/** The feature of a deploy that is one of so many. */
export function howConcurrent(starts: number): number {
  return Math.log2(starts);
}

/** How troubled a week with so many incidents was, load incidents left out. */
export function trouble(incidents: number): number {
  return Math.log2(1 + incidents);
}

function setChange({ size, critical }: Change, out: Float64Array): void {
  if (critical !== undefined) out[COLUMN.critical] = critical ? 1 : 0;
  if (size === undefined) return;
  out[COLUMN.medium] = size === "medium" ? 1 : 0;
  out[COLUMN.large] = size === "large" ? 1 : 0;
}

/** Deploys that the average of a kind of day is drawn towards all days by. */
const AVERAGE_PRIOR = 20;

/** The average change of working days and of weekends, columns of the change alone. */
export class AverageChange {
  readonly #means: [weekday: Float64Array, weekend: Float64Array];

  /** @param weights [deploys] how much each counts */
  constructor(
    deploys: readonly Deploy[],
    rows: readonly { columns: Uint8Array; values: Float64Array }[],
    weights: ArrayLike<number>,
  ) {
    const sums = [new Float64Array(COLUMNS), new Float64Array(COLUMNS)] as const;
    const totals = [0, 0] as [number, number];
    deploys.forEach(({ timestamp }, i) => {
      const kind = isWeekend(hourOf(timestamp)) ? 1 : 0;
      totals[kind] += weights[i]!;
      const { columns, values } = rows[i]!;
      columns.forEach((column, j) => {
        if (column >= FIRST_OF_CHANGE) sums[kind][column]! += weights[i]! * values[j]!;
      });
    });
    const all = totals[0] + totals[1];
    const overall = (column: number) => (all === 0 ? 0 : (sums[0][column]! + sums[1][column]!) / all);
    const meanOf = (kind: 0 | 1) =>
      sums[kind].map((sum, column) => (sum + AVERAGE_PRIOR * overall(column)) / (totals[kind] + AVERAGE_PRIOR));
    this.#means = [meanOf(0), meanOf(1)];
  }

  /** Features of a deploy started in `hour`, average in all that `change` does not say. */
  at(hour: WallHour, intensity: number, change: Change): Float64Array {
    const row = Float64Array.from(this.#means[isWeekend(hour) ? 1 : 0]);
    setMoment(hour, intensity, row);
    setChange(change, row);
    return row;
  }
}

function isWeekend(hour: WallHour): boolean {
  return dayOfWeek(hour) >= 5;
}
