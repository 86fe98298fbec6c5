/**
 * What may make a deploy fail, as numbers of at least 0 that failures per deploy are a sum over.
 * @module
 */

import { HOURS_PER_DAY, HOURS_PER_WEEK, hourOfWeek } from "../calendar/week.ts";
import { HOUR_MS, type WallHour } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import { causeOf, type Incident } from "../events/incident.ts";
import { hourOf } from "../series/hourly-series.ts";
import type { Change } from "./change.ts";
import type { FailureParts } from "./risk-forecast.ts";
import { clockIndex, ONE_HOUR_KERNEL } from "./two-factor-rate.ts";

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
/** From here on deploys of one hour of the week differ. */
export const FIRST_OWN = COLUMN.intensity;
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
  return column >= COLUMN.hour && column < FIRST_OWN;
}

const LONGEST_IDLE_HOURS = 2 * HOURS_PER_WEEK;

const KERNEL_SUM = ONE_HOUR_KERNEL.reduce((sum, weight, away) => sum + (away === 0 ? 1 : 2) * weight, 0);

/** [168] the columns before FIRST_OWN by hour of the week: the hour of the day, smooth over the hours around it, and the day. */
export const CLOCK_ROWS: readonly Float64Array[] = Array.from({ length: HOURS_PER_WEEK }, (_, cell) => {
  const row = new Float64Array(FIRST_OWN);
  row[COLUMN.base] = 1;
  for (let away = 1 - ONE_HOUR_KERNEL.length; away < ONE_HOUR_KERNEL.length; away += 1) {
    const column = COLUMN.hour + ((cell + away + HOURS_PER_DAY) % HOURS_PER_DAY);
    row[column] = ONE_HOUR_KERNEL[Math.abs(away)]! / KERNEL_SUM;
  }
  row[COLUMN.day + Math.floor(cell / HOURS_PER_DAY)] = 1;
  return row;
});

/** Features of deploys; what the clock says of them is kept once an hour of the week. Of a million they are 60 MB. */
export type DeployFeatures = {
  /** [deploys] hour of the week */
  cells: Uint8Array;
  /** [COLUMNS − FIRST_OWN, deploys] the columns from FIRST_OWN on */
  own: readonly Float64Array[];
};

/**
 * @param deploys   in order of time
 * @param incidents in order of time
 */
export function featuresOf(
  deploys: readonly Deploy[],
  incidents: readonly Incident[],
  intensityAt: (hour: WallHour) => number,
): DeployFeatures {
  const cells = Uint8Array.from(deploys, ({ timestamp }) => hourOfWeek(hourOf(timestamp)));
  const own = Array.from({ length: COLUMNS - FIRST_OWN }, () => new Float64Array(deploys.length));
  const starts = concurrentStarts(deploys);
  let [oldest, newest] = [0, 0];
  const troubles = incidents.filter((incident) => causeOf(incident) !== "load");
  const lastOf = new Map<string | undefined, number>();
  const row = new Float64Array(COLUMNS);
  deploys.forEach(({ timestamp, is_critical_fix, deploy_size, service }, i) => {
    row.fill(0);
    row[COLUMN.intensity] = intensityAt(hourOf(timestamp));
    setChange({ size: deploy_size, critical: is_critical_fix }, row);
    row[COLUMN.concurrent] = howConcurrent(starts[i]!);
    const last = lastOf.get(service) ?? timestamp;
    lastOf.set(service, timestamp); // of the same service, where services are named
    row[COLUMN.idle] = Math.log2(1 + Math.min(LONGEST_IDLE_HOURS, (timestamp - last) / HOUR_MS));
    while (newest < troubles.length && troubles[newest]!.timestamp < timestamp) newest += 1;
    while (oldest < newest && troubles[oldest]!.timestamp < timestamp - HOURS_PER_WEEK * HOUR_MS) oldest += 1;
    row[COLUMN.troubled] = trouble(newest - oldest);
    own.forEach((column, c) => {
      column[i] = row[FIRST_OWN + c]!;
    });
  });
  return { cells, own };
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

/**
 * The average change of each hour of working days and of weekends, columns of the change alone: a pipeline that deploys small
 * changes of its own at night says nothing of what people deploy by day. Hours are drawn towards their kind of day, the more so the
 * less they differ by more than chance.
 * Source: Efron & Morris (1973), "Stein's Estimation Rule and Its Competitors", JASA 68(341); the spread of hours by moments, as
 * DerSimonian & Laird (1986), "Meta-Analysis in Clinical Trials", Controlled Clinical Trials 7(3).
 */
export class AverageChange {
  /** [48] rows of [COLUMNS], the hours of weekends after those of working days */
  readonly #means: readonly Float64Array[];

  /** @param weights [deploys] how much each of the first counts; the others do not */
  constructor({ cells, own }: DeployFeatures, weights: ArrayLike<number>) {
    const hours = Array.from({ length: 2 * HOURS_PER_DAY }, emptyTotal);
    for (let i = 0; i < weights.length; i += 1) {
      const total = hours[clockIndex(cells[i]!)]!;
      total.weight += weights[i]!;
      for (let column = FIRST_OF_CHANGE; column < COLUMNS; column += 1) {
        const value = own[column - FIRST_OWN]![i]!;
        total.sums[column]! += weights[i]! * value;
        total.squares[column]! += weights[i]! * value ** 2;
      }
    }
    const days = [0, HOURS_PER_DAY].map((first) => totalOf(hours.slice(first, first + HOURS_PER_DAY)));
    const all = totalOf(days);
    const overall = all.sums.map((sum) => (all.weight === 0 ? 0 : sum / all.weight));
    this.#means = days.flatMap((day, kind) => {
      const ofDay = day.sums.map((sum, c) => (sum + AVERAGE_PRIOR * overall[c]!) / (day.weight + AVERAGE_PRIOR));
      const ofKind = hours.slice(kind * HOURS_PER_DAY, (kind + 1) * HOURS_PER_DAY);
      const spreads = ofDay.map((_, column) => spreadOf(ofKind, column));
      return ofKind.map(({ weight, sums }) =>
        ofDay.map((mean, c) => {
          const own = weight * spreads[c]!;
          return own > 0 ? (own * (sums[c]! / weight) + mean) / (own + 1) : mean;
        }),
      );
    });
  }

  /** Features of a deploy started in `hour`, average in all that `change` does not say. */
  at(hour: WallHour, intensity: number, change: Change): Float64Array {
    const cell = hourOfWeek(hour);
    const row = Float64Array.from(this.#means[clockIndex(cell)]!);
    row.set(CLOCK_ROWS[cell]!);
    row[COLUMN.intensity] = intensity;
    setChange(change, row);
    return row;
  }
}

/** Weighted deploys, with the sums of their features and of the squares of these [COLUMNS]. */
type Total = { weight: number; sums: Float64Array; squares: Float64Array };

function emptyTotal(): Total {
  return { weight: 0, sums: new Float64Array(COLUMNS), squares: new Float64Array(COLUMNS) };
}

function totalOf(totals: readonly Total[]): Total {
  const all = emptyTotal();
  for (const { weight, sums, squares } of totals) {
    all.weight += weight;
    for (let c = 0; c < COLUMNS; c += 1) {
      all.sums[c]! += sums[c]!;
      all.squares[c]! += squares[c]!;
    }
  }
  return all;
}

/** The variance between the means of groups beyond chance, in units of that within them; 0 where there is none. */
function spreadOf(groups: readonly Total[], column: number): number {
  const present = groups.filter(({ weight }) => weight > 0);
  const { weight, sums, squares } = totalOf(present);
  const summed = (of: (group: Total) => number) => present.reduce((sum, group) => sum + of(group), 0);
  const explained = summed((group) => group.sums[column]! ** 2 / group.weight);
  const within = (squares[column]! - explained) / Math.max(1, weight - present.length);
  const between =
    (explained - sums[column]! ** 2 / weight - (present.length - 1) * within) /
    (weight - summed((group) => group.weight ** 2) / weight);
  return between > 0 ? between / Math.max(within, Number.EPSILON) : 0;
}
