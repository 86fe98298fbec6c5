type Answer = { mean: ArrayLike<number>; quantiles: ArrayLike<number> };

/** The largest difference of two forecasts in units of a limit, as `deviation()`. */
export function forecastDeviation(got: Answer, expected: Answer, limit: number): number {
  return Math.max(deviation(got.mean, expected.mean, limit), deviation(got.quantiles, expected.quantiles, limit));
}

/** The largest |got − expected| in units of a limit; infinite where lengths differ or a value is no number. */
export function deviation(got: ArrayLike<number>, expected: ArrayLike<number>, limit: number): number {
  if (got.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < got.length; i += 1) {
    const difference = Math.abs(got[i]! - expected[i]!);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst === 0 ? 0 : worst / limit;
}

/** The largest |value|. */
export function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
