/** A ratio of totals with an interval that holds it with a chance of 95 %. */
export type RatioInterval = { ratio: number; low: number; high: number };

const RESAMPLES = 2000;

/**
 * The ratio of two losses, paired by week, with a percentile interval from weeks drawn with replacement: hours of one
 * week depend on each other, weeks far less.
 * Sources: Künsch (1989), "The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17(3);
 * Efron & Tibshirani (1993), "An Introduction to the Bootstrap", 13.3.
 *
 * @param losses [weeks] summed loss of each week
 * @param others [weeks] of the method compared with, > 0 in total
 * @param random uniform on [0, 1)
 */
export function pairedRatio(losses: readonly number[], others: readonly number[], random: () => number): RatioInterval {
  const weeks = losses.length;
  const ratioOf = (indices: readonly number[]) => {
    let [loss, other] = [0, 0];
    for (const week of indices) {
      loss += losses[week]!;
      other += others[week]!;
    }
    return loss / other;
  };
  const all = Array.from({ length: weeks }, (_, week) => week);
  const ratios = Float64Array.from({ length: RESAMPLES }, () => ratioOf(all.map(() => Math.floor(random() * weeks))));
  return { ratio: ratioOf(all), ...percentileInterval(ratios) };
}

/** Where the middle 95 % of resampled values lie. Source: Efron & Tibshirani (1993), 13.3. @param values at least one */
export function percentileInterval(values: Float64Array): { low: number; high: number } {
  const ascending = values.slice().sort();
  return {
    low: ascending[Math.floor(0.025 * values.length)]!,
    high: ascending[Math.ceil(0.975 * values.length) - 1]!,
  };
}
