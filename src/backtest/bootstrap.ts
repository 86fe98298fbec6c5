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
  const ratios = Float64Array.from({ length: RESAMPLES }, () =>
    ratioOf(all.map(() => Math.floor(random() * weeks))),
  ).sort();
  return {
    ratio: ratioOf(all),
    low: ratios[Math.floor(0.025 * RESAMPLES)]!,
    high: ratios[Math.ceil(0.975 * RESAMPLES) - 1]!,
  };
}
