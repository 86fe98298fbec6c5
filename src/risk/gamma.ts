/**
 * The gamma distribution: conjugate prior of a Poisson rate.
 * @module
 */

/**
 * Natural logarithm of the gamma function for x > 0, to 1e-13, or to the last digits where it is large.
 * Source: Stirling's series (Abramowitz & Stegun 6.1.41) after raising x above 10 by the recurrence 6.1.15.
 */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 10; z += 1) shift -= Math.log(z);
  const i = 1 / (z * z);
  const series = (1 / 12 - i * (1 / 360 - i * (1 / 1260 - i * (1 / 1680 - i / 1188)))) / z;
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

/** A share of a distribution, with the quantile of the standard normal distribution for it. */
type Level = { share: number; z: number };
const P10: Level = { share: 0.1, z: -1.2815515655446004 };
const P90: Level = { share: 0.9, z: 1.2815515655446004 };

/**
 * The 10 % and 90 % quantiles of a gamma distribution given by its mean and variance. Where it is so skewed that more than nine
 * tenths of it lie below its mean (shapes below .04), the upper one is the mean instead: a band holds what is expected.
 */
export function gammaBand(mean: number, variance: number): { p10: number; p90: number } {
  if (mean <= 0 || variance <= 0) return { p10: Math.max(0, mean), p90: Math.max(0, mean) };
  const shape = (mean / variance) * mean;
  const at = (level: Level) => mean * gammaQuantile(shape, level);
  return { p10: Math.min(mean, at(P10)), p90: Math.max(mean, at(P90)) };
}

/** From here on the expansion for large shapes is exact to 1e-13. */
const LARGE_SHAPE = 10_000;

/**
 * A quantile of the gamma distribution of mean 1, to 1e-11 of itself; 0 where it is less than the smallest number.
 *
 * Of the distribution of scale 1 it is found by Newton's method in u = ln x on ln P(a, x) = a·u − x − ln Γ(a + 1) + ln S, where
 * S = Σ_n xⁿ / ((a + 1)…(a + n)) and the slope is a / S. P is below x^a / Γ(a + 1), where the search starts, and concave in u: it
 * comes from below and never overshoots.
 *
 * Sources: Abramowitz & Stegun 6.5.29 for the series; DiDonato & Morris (1986), "Computation of the Incomplete Gamma Function
 * Ratios and their Inverse", ACM Transactions on Mathematical Software 12(4), equation 31, for large shapes.
 */
function gammaQuantile(shape: number, { share, z }: Level): number {
  if (shape >= LARGE_SHAPE) return largeGammaQuantile(shape, z);
  const logFactorial = logGamma(shape + 1);
  let logX = (Math.log(share) + logFactorial) / shape;
  for (;;) {
    const series = incompleteSeries(shape, Math.exp(logX));
    const logShare = shape * logX - Math.exp(logX) - logFactorial + Math.log(series);
    const step = ((Math.log(share) - logShare) * series) / shape;
    if (!(step > Number.EPSILON * Math.max(1, Math.abs(logX)))) return Math.exp(logX) / shape;
    logX += step;
  }
}

/** 1 + x / (a + 1) + x² / ((a + 1)(a + 2)) + … */
function incompleteSeries(shape: number, x: number): number {
  let [sum, term] = [1, 1];
  for (let n = 1; term > 0.1 * Number.EPSILON * sum; n += 1) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum;
}

/** @param a shape */
function largeGammaQuantile(a: number, z: number): number {
  const root = Math.sqrt(a);
  return (
    1 +
    z / root +
    (z ** 2 - 1) / (3 * a) +
    (z ** 3 - 7 * z) / (36 * a * root) -
    (3 * z ** 4 + 7 * z ** 2 - 16) / (810 * a ** 2) +
    (9 * z ** 5 + 256 * z ** 3 - 433 * z) / (38_880 * a ** 2 * root)
  );
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
