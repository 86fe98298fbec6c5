/**
 * Intervals from weeks drawn with replacement: hours of one week depend on each other, weeks far less.
 * Sources: Künsch (1989), "The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17(3);
 * Efron & Tibshirani (1993), "An Introduction to the Bootstrap", 13.3.
 * @module
 */

/** Holds a value with a chance of 95 %. */
export type Interval = { low: number; high: number };

/** A ratio of totals with its interval. */
export type RatioInterval = Interval & { ratio: number };

/** The ends of an interval need a thousand or more; a standard error would need 200. Source: Efron & Tibshirani (1993), 6.4 and 19.3. */
const RESAMPLES = 2000;

/**
 * How often each week is in every sample of as many weeks. What is compared in the same samples is paired by week.
 *
 * @param random uniform on [0, 1)
 * @returns [samples] of [weeks]
 */
export function weekResamples(weeks: number, random: () => number): Uint16Array[] {
  return Array.from({ length: RESAMPLES }, () => {
    const counts = new Uint16Array(weeks);
    for (let draw = 0; draw < weeks; draw += 1) counts[Math.floor(random() * weeks)]! += 1;
    return counts;
  });
}

/**
 * The ratio of two losses, paired by week, with its percentile interval.
 *
 * @param losses    [weeks] summed loss of each week
 * @param others    [weeks] of the method compared with, > 0 in total
 * @param resamples of `weekResamples`
 */
export function pairedRatio(
  losses: readonly number[],
  others: readonly number[],
  resamples: readonly ArrayLike<number>[],
): RatioInterval {
  const ratioIn = (counts: ArrayLike<number>) => weighted(losses, counts) / weighted(others, counts);
  const once = new Uint8Array(losses.length).fill(1);
  return { ratio: ratioIn(once), ...percentileInterval(Float64Array.from(resamples, ratioIn)) };
}

/** Total of values of which each counts so often. */
export function weighted(values: ArrayLike<number>, counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += counts[i]! * values[i]!;
  return sum;
}

/** Where the middle 95 % of resampled values lie. Source: Efron & Tibshirani (1993), 13.3. @param values at least one */
export function percentileInterval(values: Float64Array): Interval {
  const ascending = values.slice().sort();
  return {
    low: ascending[Math.floor(0.025 * values.length)]!,
    high: ascending[Math.ceil(0.975 * values.length) - 1]!,
  };
}
