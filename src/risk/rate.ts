/** An estimated rate per clock hour, and the variance of the estimate. */
export type Rate = { mean: number; variance: number };

export function scaled({ mean, variance }: Rate, factor: number): Rate {
  return { mean: mean * factor, variance: variance * factor ** 2 };
}

/** The sum of estimates whose errors are independent. */
export function total(rates: readonly Rate[]): Rate {
  return {
    mean: rates.reduce((sum, { mean }) => sum + mean, 0),
    variance: rates.reduce((sum, { variance }) => sum + variance, 0),
  };
}

/** The product of two estimates whose errors are independent. */
export function product(a: Rate, b: Rate): Rate {
  return {
    mean: a.mean * b.mean,
    variance: a.mean ** 2 * b.variance + b.mean ** 2 * a.variance + a.variance * b.variance,
  };
}

/** The power of an estimate, at least 1: its mean to the second order of its error, its variance to the first (delta method). */
export function power({ mean, variance }: Rate, exponent: number): Rate {
  if (exponent === 1) return { mean, variance };
  return {
    mean: mean ** exponent + ((exponent * (exponent - 1)) / 2) * mean ** (exponent - 2) * variance,
    variance: (exponent * mean ** (exponent - 1)) ** 2 * variance,
  };
}

/** The weighted mean of two estimates of one rate, whose errors are taken to be independent. */
export function mixed(a: Rate, b: Rate, weight: number): Rate {
  return {
    mean: weight * a.mean + (1 - weight) * b.mean,
    variance: weight ** 2 * a.variance + (1 - weight) ** 2 * b.variance,
  };
}
