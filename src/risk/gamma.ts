/**
 * The gamma distribution: conjugate prior of a Poisson rate.
 * @module
 */

/**
 * Natural logarithm of the gamma function for x > 0, to 1e-10.
 * Source: Stirling's series (Abramowitz & Stegun 6.1.41) after raising x above 8 by the recurrence 6.1.15.
 */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 8; z += 1) shift -= Math.log(z);
  const i = 1 / (z * z);
  const series = (1 / 12 - i * (1 / 360 - i * (1 / 1260 - i / 1680))) / z;
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * The derivative of `logGamma` for x > 0, to 1e-10.
 * Source: Abramowitz & Stegun 6.3.18 after raising x above 8 by the recurrence 6.3.5.
 */
export function digamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 8; z += 1) shift -= 1 / z;
  const i = 1 / (z * z);
  return shift + Math.log(z) - 0.5 / z - i * (1 / 12 - i * (1 / 120 - i * (1 / 252 - i / 240)));
}

/**
 * Log probability of a count whose Poisson mean is `mean` times a gamma factor of mean 1 and the given shape: the
 * negative binomial. Counts may be fractional (weighted events).
 * Source: Clayton & Kaldor (1987), "Empirical Bayes Estimates of Age-Standardized Relative Risks", Biometrics 43(3).
 */
export function logNegativeBinomial(count: number, mean: number, shape: number): number {
  return (
    logGamma(count + shape) -
    logGamma(shape) -
    logGamma(count + 1) +
    shape * Math.log(shape / (shape + mean)) +
    (count > 0 ? count * Math.log(mean / (shape + mean)) : 0)
  );
}

/** Standard normal quantile of .9. */
const Z90 = 1.2815515655446004;

/**
 * The 10 % and 90 % quantiles of a gamma distribution given by its mean and variance.
 * Source: Wilson & Hilferty (1931), "The Distribution of Chi-Square", PNAS 17(12): the cube root is nearly normal.
 * Error below 3 % of the mean for shapes of 1 and above; below it the lower quantile is floored at 0.
 */
export function gammaBand(mean: number, variance: number): { p10: number; p90: number } {
  if (mean <= 0 || variance <= 0) return { p10: Math.max(0, mean), p90: Math.max(0, mean) };
  const c = variance / (9 * mean * mean);
  const at = (z: number) => mean * Math.max(0, 1 - c + z * Math.sqrt(c)) ** 3;
  return { p10: Math.min(mean, at(-Z90)), p90: Math.max(mean, at(Z90)) };
}

/**
 * Chance of at least one event where the Poisson mean is itself uncertain: a gamma variable of the given mean and variance.
 * That makes counts negative binomial, whose chance of none is (1 + v/m)^(−m²/v).
 */
export function chanceOfAny(mean: number, variance: number): number {
  if (mean <= 0) return 0;
  if (variance < 1e-9 * mean * mean) return -Math.expm1(-mean);
  return -Math.expm1((-mean * mean * Math.log1p(variance / mean)) / variance);
}
