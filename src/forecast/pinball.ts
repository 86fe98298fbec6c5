import type { Forecast } from "./forecaster.ts";

/**
 * Twice the pinball loss of one hour, meaned over the levels.
 * Source: Koenker & Bassett (1978), "Regression Quantiles", Econometrica 46(1).
 */
export function pinballOf(value: number, { quantiles, levels }: Forecast, hour: number): number {
  let sum = 0;
  for (let i = 0; i < levels.length; i += 1) {
    const error = value - quantiles[hour * levels.length + i]!;
    sum += Math.max(levels[i]! * error, (levels[i]! - 1) * error);
  }
  return (2 * sum) / levels.length;
}

/** The same, summed over hours. @param actual [hours] NaN = missing, which costs nothing */
export function pinballLossOf(actual: Float64Array, forecast: Forecast): number {
  return actual.reduce((sum, value, hour) => (Number.isNaN(value) ? sum : sum + pinballOf(value, forecast, hour)), 0);
}
